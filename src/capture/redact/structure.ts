import { type Address, bitsOf, familyOf, parseAddress } from '../../net/address.ts';
import type { Structure } from './address-map.ts';
import { ADDRESS_TEXT } from './text.ts';

type Network = Structure['networks'][number];

/** Gathers from all texts what the map must keep, and notes what it cannot. */
export class StructureBuilder implements Structure {
  readonly networks: Network[] = [];
  readonly ranges: { readonly first: Address; readonly last: Address }[] = [];
  readonly numbered: Network[] = [];
  /** What the redacted snapshot will not say the same about. */
  readonly remarks = new Set<string>();
  private readonly seen = new Set<string>();
  /** Lengths that `-m recent --mask` cuts its entries to. */
  private readonly recentLengths = new Set<number>();
  private readonly recentTexts: string[] = [];

  add(path: string, text: string): void {
    for (const [, address = '', length = ''] of text.matchAll(WITH_LENGTH)) this.network(address, length);
    for (const pattern of JSON_LENGTHS)
      for (const [, address = '', length = ''] of text.matchAll(pattern)) this.network(address, length);
    for (const pattern of RANGES)
      for (const [, first = '', last = ''] of text.matchAll(pattern)) this.range(first, last);
    for (const line of text.match(/^.*(?:-j NETMAP|-j [SD]NPT|[sd]nat (?:ip6? )?prefix to).*$/gm) ?? [])
      this.renumbered(line, path);
    for (const [, length, name] of text.matchAll(/^create (?:\S+) \S+ .*netmask (\d+).*$|^create (\S+)/gm))
      if (length !== undefined && name === undefined) this.netmask(text, length);
    for (const [, mask = ''] of text.matchAll(/--mask (\S+) --r/g)) {
      const length = lengthOf(mask);
      if (length !== undefined) this.recentLengths.add(length);
    }
    if (/xt_recent/.test(path)) this.recentTexts.push(text);
    if (/-m (?:u32|bpf)\b/.test(text))
      this.remarks.add('rules on raw bytes (u32, bpf): addresses in them stay as they are');
    if (/--hex-string/.test(text))
      this.remarks.add('rules on content (string --hex-string): addresses in them stay as they are');
    if (/@(?:nh|th|ll),\d/.test(text))
      this.remarks.add('nft rules on raw bytes (@nh): addresses in them stay as they are');
    if (/-m cluster\b|-j (?:HMARK|CLUSTERIP)\b|jhash|symhash/.test(text))
      this.remarks.add(
        'rules that choose by a hash of addresses (cluster, HMARK, jhash): they choose differently afterwards',
      );
    if (/-j (?:SNAT|DNAT) .*\d-\d/.test(text) || /[sd]nat .*to \S+\.\d+-\d/.test(text))
      this.remarks.add('NAT to a range of addresses: which one is taken hangs on a hash of addresses');
  }

  /** Call after the last text: what several of them say together. */
  finish(): void {
    for (const text of this.recentTexts)
      for (const [, address = ''] of text.matchAll(/src=(\S+)/g))
        for (const length of this.recentLengths) this.network(address, String(length));
  }

  private network(text: string, lengthText: string): void {
    const address = parseAddress(text);
    if (address === undefined) return;
    const bits = bitsOf(familyOf(address));
    const length = /[.:]/.test(lengthText) ? lengthOf(lengthText) : Number(lengthText);
    if (length === undefined) {
      this.remarks.add(`the mask ${lengthText} is no prefix: rules with it may match differently afterwards`);
      return;
    }
    if (length >= bits || length <= 0) return;
    const key = `${text}/${length}`;
    if (this.seen.has(key)) return;
    this.seen.add(key);
    this.networks.push({ address, length });
  }

  private range(first: string, last: string): void {
    const [from, to] = [parseAddress(first), parseAddress(last)];
    if (from === undefined || to === undefined || familyOf(from) !== familyOf(to)) return;
    this.ranges.push({ first: from, last: to });
  }

  private renumbered(line: string, path: string): void {
    const networks = [...line.matchAll(WITH_LENGTH)].flatMap(([, text = '', length]) => {
      const address = parseAddress(text);
      return address === undefined ? [] : [{ address, length: Number(length) }];
    });
    this.numbered.push(...networks);
    if (networks.length < 2)
      this.remarks.add(`${path}: a rule that renumbers a network does not say which: it may differ afterwards`);
  }

  /** Members of an ipset with a netmask are the first addresses of networks. */
  private netmask(text: string, length: string): void {
    for (const [, address = ''] of text.matchAll(/^add \S+ ([0-9a-fA-F.:]+)/gm)) this.network(address, length);
  }
}

const WITH_LENGTH = new RegExp(
  `(${ADDRESS_TEXT})/(\\d{1,3}(?:\\.\\d{1,3}){3}|\\d{1,3}|[0-9a-fA-F:]{2,39})(?![\\w.:])`,
  'g',
);
const RANGES = [
  new RegExp(`(${ADDRESS_TEXT})-(${ADDRESS_TEXT})`, 'g'),
  /"range": ?\[\s*"([0-9a-fA-F.:]+)",\s*"([0-9a-fA-F.:]+)"/g,
];
const JSON_LENGTHS = [
  /"addr": ?"([0-9a-fA-F.:]+)",\s*"len": ?(\d+)/g,
  /"local": ?"([0-9a-fA-F.:]+)",\s*"prefixlen": ?(\d+)/g,
];

/** The length of a mask that is a prefix; undefined: it has a hole. */
function lengthOf(mask: string): number | undefined {
  const value = parseAddress(mask);
  if (value === undefined) return undefined;
  const bits = BigInt(value)
    .toString(2)
    .padStart(bitsOf(familyOf(value)), '0');
  return /^1*0*$/.test(bits) ? (bits.indexOf('0') >>> 0 === 0xffffffff ? bits.length : bits.indexOf('0')) : undefined;
}
