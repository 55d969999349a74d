/** One thing that the walk and the kernel do not agree about. */
export interface Difference {
  readonly probe: number;
  /** Index of the observation's journey. */
  readonly journey: number;
  readonly what: string;
  readonly kernel: string;
  readonly walk: string;
}
