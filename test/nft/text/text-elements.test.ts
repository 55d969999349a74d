import { describe, expect, it } from 'vitest';
import { parseIpv6 } from '../../../src/net/address.ts';
import { Lookup, wordsOf } from '../../../src/nft/evaluate/lookup.ts';
import type { Value } from '../../../src/nft/evaluate/value.ts';
import type { NftSet } from '../../../src/nft/ruleset.ts';
import type { Element } from '../../../src/nft/schema.ts';
import { readNftText } from '../../../src/nft/text/read-ruleset.ts';
import { typesNamed } from '../../../src/nft/type/types.ts';

function mapOf(type: string, elements: string): NftSet {
  const text = `table ip t {\n\tmap m {\n\t\ttype ${type} : verdict\n\t\telements = { ${elements} }\n\t}\n}\n`;
  const map = readNftText(text, 'f').tables[0]?.sets.get('m');
  if (!map) throw new Error('no map');
  return map;
}

const targetOf = (element: Element | undefined): string | undefined => {
  const value = element?.value;
  return value?.kind === 'goto' ? value.target : value?.kind;
};

const A = 0x0a000001;
const SERVICE = 'ipv4_addr . inet_proto . inet_service';

describe('an element sought by its words', () => {
  it.each<[type: string, elements: string, value: Value, target: string | undefined]>([
    ['ipv4_addr', '10.0.0.1 : goto a', A, 'a'],
    ['ipv4_addr', '10.0.0.2 : goto b, 10.0.0.1 : goto a', A, 'a'],
    ['ipv4_addr', '10.0.0.1 : goto a,\n\t\t\t     10.0.0.2 : goto b', A, 'a'],
    ['ipv4_addr', '10.0.0.1 timeout 5s expires 3s : drop, 10.0.0.2 : goto b', A, 'drop'],
    [SERVICE, '10.0.0.1 . tcp . 80 : goto a, 10.0.0.1 . tcp . 8 : goto b', [A, 6, 8], 'b'],
    [SERVICE, '10.0.0.1 . tcp . 80 : goto a, 10.0.0.1 . udp . 80 : goto b', [A, 17, 80], 'b'],
    ['ipv6_addr . inet_proto', 'fd00::1 . tcp : goto a', [parseIpv6('fd00::1') ?? 0n, 6], 'a'],
    // What only looks like it.
    ['ipv4_addr', '110.0.0.1 : goto b', A, undefined],
    ['ipv4_addr', '10.0.0.11 : goto b', A, undefined],
    ['ipv4_addr', '10.0.0.1/32 : goto b', A, undefined],
    ['ipv4_addr', '10.0.0.1-10.0.0.9 : goto b', A, undefined],
    ['ipv4_addr', '10.0.0.0-10.0.0.1 : goto b', A, undefined],
    ['ipv4_addr . ipv4_addr', '10.0.0.2 . 10.0.0.1 : goto b', [A, A + 1], undefined],
    [SERVICE, '10.0.0.1 . tcp . 80-90 : goto b', [A, 6, 80], undefined],
    // A name for a port, or a number for a protocol: such elements are read one by one.
    [SERVICE, '10.0.0.1 . tcp . http : goto b', [A, 6, 80], undefined],
    [SERVICE, '10.0.0.1 . 6 . 80 : goto b', [A, 6, 80], undefined],
    // A comment, or a chain in place, may say anything.
    ['ipv4_addr', '10.0.0.2 comment "x, 10.0.0.1 : goto b" : goto c', A, undefined],
    ['ipv4_addr', '10.0.0.2 : jump { ip saddr vmap { 10.0.0.3 : drop, 10.0.0.1 : goto b } }', A, undefined],
  ])('%s { %s }', (type, elements, value, target) => {
    const { elements: list, type: names } = mapOf(type, elements);
    const types = typesNamed(names);
    const words = wordsOf(value, types);
    expect(words).toBeDefined();
    const sought = words && list.seek?.(words);
    expect(targetOf(sought)).toBe(target);
    if (sought) expect(sought).toEqual(new Lookup(list, types).find(value));
  });

  it.each<[type: string, value: Value]>([
    ['ifname', 'eth0'],
    ['mark', 1],
    ['inet_proto', 253],
  ])('a value of %s has no words here', (type, value) => {
    expect(wordsOf(value, typesNamed([type]))).toBeUndefined();
  });
});
