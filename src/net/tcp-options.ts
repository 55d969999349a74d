import type { TcpHeader } from './packet.ts';

const MSS = 2;

/** A header in which no-operations stand in the place of these options, by their numbers. */
export const withoutOptions = (tcp: TcpHeader, kinds: readonly number[]): TcpHeader => ({
  ...tcp,
  ...(tcp.options && { options: tcp.options.filter(option => !kinds.includes(option)) }),
  ...(kinds.includes(MSS) && { mss: null }),
});
