import type { JiffiesClock } from './recent.ts';

/** `jiffies: N`, as /proc/timer_list says it. */
export function parseJiffies(text: string): bigint | undefined {
  const now = /^jiffies: (\d{1,20})$/m.exec(text)?.[1];
  return now === undefined ? undefined : BigInt(now);
}

/** `CONFIG_HZ=250`, of the kernel's configuration. */
export function parseHz(text: string): number | undefined {
  const hz = Number(/^(?:\S+:)?CONFIG_HZ=(\d{1,5})$/m.exec(text)?.[1]);
  return hz > 0 ? hz : undefined;
}

export const clockOf = (now: bigint | undefined, hz: number | undefined): JiffiesClock | undefined =>
  now === undefined || hz === undefined ? undefined : { now, hz };
