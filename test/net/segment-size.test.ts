import { describe, expect, it } from 'vitest';
import { bytesOf } from '../../src/net/bytes.ts';
import type { Packet } from '../../src/net/packet.ts';

/** A SYN of 10.0.0.1:1000 to 10.0.0.2:80 with these TCP options; its checksums as a sender makes them. */
function syn(options: readonly number[]): Packet & { readonly bytes: Uint8Array } {
  const tcp = [
    3,
    232,
    0,
    80,
    0,
    0,
    3,
    232,
    0,
    0,
    0,
    0,
    (5 + options.length / 4) << 4,
    2,
    250,
    240,
    0,
    0,
    0,
    0,
    ...options,
  ];
  const ip = [0x45, 0, 0, 20 + tcp.length, 0, 1, 0x40, 0, 64, 6, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2];
  const bytes = withSums(Uint8Array.from([...ip, ...tcp]));
  const base = { family: 'ip', saddr: 0x0a000001, daddr: 0x0a000002, protocol: 6, sport: 1000, dport: 80 } as const;
  return { ...base, ttl: 64, tos: 0, mark: 0, length: bytes.length, bytes };
}

/** The same bytes with both checksums worked out from nothing. */
function withSums(bytes: Uint8Array): Uint8Array {
  const out = bytes.slice();
  out.fill(0, 10, 12);
  out.fill(0, 36, 38);
  const pseudo = [...out.subarray(12, 20), 0, 6, 0, out.length - 20];
  put(out, 36, [...pseudo, ...out.subarray(20)]);
  put(out, 10, [...out.subarray(0, 20)]);
  return out;
}

function put(out: Uint8Array, at: number, words: readonly number[]): void {
  let sum = 0;
  for (let i = 0; i < words.length; i += 2) sum += (words[i] ?? 0) * 256 + (words[i + 1] ?? 0);
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  out[at] = (~sum >> 8) & 0xff;
  out[at + 1] = ~sum & 0xff;
}

describe('bytes behind TCPMSS', () => {
  it.each([
    ['written over', [2, 4, 5, 180, 1, 1, 4, 2], 500, 0, [2, 4, 1, 244, 1, 1, 4, 2]],
    ['written over at an odd place', [1, 2, 4, 5, 180, 1, 1, 1], 500, 0, [1, 2, 4, 1, 244, 1, 1, 1]],
    ['put before the other options', [1, 1, 4, 2], 536, 4, [2, 4, 2, 24, 1, 1, 4, 2]],
    ['put in where there is none', [], 536, 4, [2, 4, 2, 24]],
    ['left as it was', [2, 4, 1, 244], 500, 0, [2, 4, 1, 244]],
  ])('a segment size is %s', (_, before, mss, grown, after) => {
    const packet = syn(before);
    const now = bytesOf({ ...packet, tcp: { flags: 2, mss }, length: packet.bytes.length + grown });
    expect([...(now ?? [])]).toEqual([...syn(after).bytes]);
  });
});
