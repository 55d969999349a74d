import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AddressMap, type Structure } from '../../../src/capture/redact/address-map.ts';
import { type Address, formatAddress, parseAddress } from '../../../src/net/address.ts';

const NONE: Structure = { networks: [], ranges: [], numbered: [] };
const key = fc.uint8Array({ minLength: 16, maxLength: 32 });
const v4 = fc.integer({ min: 0, max: 0xffffffff });
const v6 = fc.bigInt({ min: 0n, max: (1n << 128n) - 1n });
const address = fc.oneof(v4, v6);
/** One that shares bits with another. */
const near = (value: Address) =>
  typeof value === 'number'
    ? fc
        .integer({ min: 0, max: 31 })
        .chain(shift => fc.integer({ min: 0, max: 2 ** shift }).map(low => (value ^ low) >>> 0))
    : fc
        .integer({ min: 0, max: 127 })
        .chain(shift =>
          fc.bigInt({ min: 0n, max: 1n << BigInt(shift) }).map(low => (value ^ low) & ((1n << 128n) - 1n)),
        );

const bits = (value: Address): string =>
  BigInt(value)
    .toString(2)
    .padStart(typeof value === 'number' ? 32 : 128, '0');
const shared = (a: Address, b: Address): number => {
  const [x, y] = [bits(a), bits(b)];
  const at = [...x].findIndex((bit, i) => bit !== y[i]);
  return at < 0 ? x.length : at;
};
const text = (value: string): Address => parseAddress(value) ?? 0;
const network = (value: string) => ({ address: text(value.split('/')[0] ?? ''), length: Number(value.split('/')[1]) });
const inside = (value: Address, block: string): boolean => {
  const { address, length } = network(block);
  return typeof value === typeof address && shared(value, address) >= length;
};

describe('a map of addresses', () => {
  it('keeps as many bits in common as there were, so no two become one', () => {
    fc.assert(
      fc.property(
        key,
        v4.chain(a => fc.tuple(fc.constant(a), near(a))),
        (secret, [a, b]) => {
          const map = new AddressMap(secret, NONE);
          expect(shared(map.address(a), map.address(b))).toBe(shared(a, b));
        },
      ),
    );
    // An interface id that is made of a MAC keeps that form instead, behind the first 64 bits.
    fc.assert(
      fc.property(
        key,
        v6.chain(a => fc.tuple(fc.constant(a), near(a))),
        (secret, [a, b]) => {
          fc.pre([a, b].every(value => ((BigInt(value) >> 24n) & 0xffffn) !== 0xfffen));
          const map = new AddressMap(secret, NONE);
          expect(shared(map.address(a), map.address(b))).toBe(shared(a, b));
        },
      ),
    );
  });

  it.each([
    '10.0.0.0/8',
    '172.16.0.0/12',
    '192.168.0.0/16',
    '100.64.0.0/10',
    '127.0.0.0/8',
    '169.254.0.0/16',
    '224.0.0.0/4',
    'fc00::/7',
    'fe80::/64',
    'ff00::/8',
    '2002::/16',
  ])('leaves %s what it is, and lets nobody else in', block => {
    const { address: first, length } = network(block);
    fc.assert(
      fc.property(key, address, fc.boolean(), (secret, any, within) => {
        const low = BigInt(any) & ((1n << BigInt((typeof first === 'number' ? 32 : 128) - length)) - 1n);
        const value = within ? (typeof first === 'number' ? Number(BigInt(first) | low) : first | low) : any;
        expect(inside(new AddressMap(secret, NONE).address(value), block)).toBe(inside(value, block));
      }),
    );
  });

  it.each(['0.0.0.0', '255.255.255.255', '127.0.0.1', '224.0.0.251', '169.254.20.10', '::', '::1', 'ff02::1'])(
    '%s stays',
    value => {
      fc.assert(
        fc.property(key, secret => {
          expect(formatAddress(new AddressMap(secret, NONE).address(text(value)))).toBe(value);
        }),
      );
    },
  );

  it('maps a network to a network: the first address to the first, the last to the last', () => {
    fc.assert(
      fc.property(key, v4, fc.integer({ min: 1, max: 31 }), (secret, value, length) => {
        const size = 2 ** (32 - length);
        const first = value - (value % size);
        const map = new AddressMap(secret, { ...NONE, networks: [{ address: value, length }] });
        expect(Number(map.address(first)) % size).toBe(0);
        expect(Number(map.address(first + size - 1))).toBe(Number(map.address(first)) + size - 1);
      }),
    );
  });

  it('keeps the order inside of a range, so what was within it is', () => {
    fc.assert(
      fc.property(key, v4, v4, v4, (secret, a, b, c) => {
        const [first, last] = a < b ? [a, b] : [b, a];
        const map = new AddressMap(secret, { ...NONE, ranges: [{ first, last }] });
        const within = (value: number, from: number, to: number) => from <= value && value <= to;
        expect(within(Number(map.address(c)), Number(map.address(first)), Number(map.address(last)))).toBe(
          within(c, first, last),
        );
      }),
      { numRuns: 500 },
    );
  });

  it('keeps the numbers of hosts where a network is renumbered', () => {
    const renumbered = [network('10.1.0.0/16'), network('203.0.0.0/16')];
    fc.assert(
      fc.property(key, fc.integer({ min: 0, max: 0xffff }), (secret, host) => {
        const map = new AddressMap(secret, { ...NONE, numbered: renumbered });
        for (const { address } of renumbered) expect(Number(map.address(Number(address) + host)) & 0xffff).toBe(host);
      }),
    );
  });

  it('maps an address of IPv4 the same inside of one of IPv6', () => {
    fc.assert(
      fc.property(key, v4, (secret, value) => {
        const map = new AddressMap(secret, NONE);
        for (const above of [0xffffn, 0x64ff9b0000000000000000n])
          expect(map.address((above << 32n) | BigInt(value))).toBe((above << 32n) | BigInt(map.address(value)));
      }),
    );
  });

  it('maps a MAC the same inside of an address', () => {
    const map = new AddressMap(new Uint8Array(16), NONE);
    const mac = map.mac(0x02aabbccddeen);
    expect(mac >> 40n).toBe(2n);
    expect(mac).not.toBe(0x02aabbccddeen);
    const mapped = BigInt(map.address(text('fe80::aa:bbff:fecc:ddee'))) & 0xffffffffffffffffn;
    expect(mapped).toBe((((mac >> 24n) << 40n) | (0xfffen << 24n) | (mac & 0xffffffn)) ^ (1n << 57n));
    for (const kept of [0n, 0xffffffffffffn, 0x333300000001n]) expect(map.mac(kept)).toBe(kept);
  });

  it('is another one with another key, and the same with the same', () => {
    const mapped = (fill: number) => new AddressMap(new Uint8Array(16).fill(fill), NONE).address(text('8.8.8.8'));
    expect(mapped(1)).toBe(mapped(1));
    expect(mapped(1)).not.toBe(mapped(2));
  });
});
