import type { Address } from '../net/address.ts';

/** One line of /proc/net/xt_recent/NAME. */
export interface RecentEntry {
  readonly address: Address;
  readonly ttl: number;
  /** Seconds since each packet noted, newest first; absent: the dump has jiffies without a clock to hold them against. */
  readonly agesSeconds?: readonly number[];
  readonly hits: number;
}

export interface RecentList {
  readonly name: string;
  readonly entries: readonly RecentEntry[];
}
