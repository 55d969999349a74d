import type { Counters } from '../model/ruleset.ts';
import { networkOf, type Prefix, parsePrefix } from '../net/prefix.ts';
import { parseProtocol } from '../net/protocol.ts';
import { OptionError, type OptionShape, type RuleContext } from './extension.ts';
import type { Header } from './header.ts';
import { parseInteger } from './numbers.ts';

/** The options that a rule has without `-m`, by their short name, with all long ones. */
export const HEADER_OPTIONS: ReadonlyMap<string, OptionShape & { readonly long: readonly string[] }> = new Map([
  ['-s', { args: 1, invert: true, long: ['--source', '--src'] }],
  ['-d', { args: 1, invert: true, long: ['--destination', '--dst'] }],
  ['-i', { args: 1, invert: true, long: ['--in-interface'] }],
  ['-o', { args: 1, invert: true, long: ['--out-interface'] }],
  ['-p', { args: 1, invert: true, long: ['--protocol'] }],
  ['-f', { args: 0, invert: true, long: ['--fragments'] }],
  ['-m', { args: 1, long: ['--match'] }],
  ['-j', { args: 1, long: ['--jump'] }],
  ['-g', { args: 1, long: ['--goto'] }],
  ['-c', { args: 1, long: ['--set-counters'] }],
  ['-4', { args: 0, long: ['--ipv4'] }],
  ['-6', { args: 0, long: ['--ipv6'] }],
]);

const SHORT_OF = new Map([...HEADER_OPTIONS].flatMap(([short, { long }]) => long.map(name => [name, short] as const)));

/** The short name of a header option written in full. */
export const headerOption = (name: string): string | undefined =>
  HEADER_OPTIONS.has(name) ? name : SHORT_OF.get(name);

/** The short name of the header option that a beginning of a long name stands for, if there is just one. */
export function abbreviatedHeaderOption(name: string): string | undefined {
  if (!name.startsWith('--') || name.length < 3) return undefined;
  const found = new Set([...SHORT_OF].filter(([long]) => long.startsWith(name)).map(([, short]) => short));
  const [only] = found;
  return found.size === 1 ? only : undefined;
}

/** `-sADDRESS` and `-jTARGET`: the argument in the same word. */
export function joinedShortOption(text: string): readonly [name: string, argument: string] | undefined {
  const shape = text.startsWith('--') ? undefined : HEADER_OPTIONS.get(text.slice(0, 2));
  return shape?.args === 1 && text.length > 2 ? [text.slice(0, 2), text.slice(2)] : undefined;
}

const NO_OUT: readonly (string | undefined)[] = ['prerouting', 'input'];
const NO_IN: readonly (string | undefined)[] = ['output', 'postrouting'];

type Place = Pick<RuleContext, 'family' | 'backend' | 'chain' | 'hook'>;

/** Collects the header of one rule. Throws OptionError for what iptables refuses. */
export class HeaderReader {
  readonly header: { -readonly [K in keyof Header]: Header[K] } = {};
  protocol = 0;
  protocolInverted = false;
  /** What `-c` sets. */
  counters: Counters | undefined;
  private readonly place: Place;
  private readonly seen = new Set<string>();

  constructor(place: Place) {
    this.place = place;
  }

  /** Of every option but `-m`, `-j` and `-g`. */
  take(short: string, args: readonly string[], inverted: boolean): void {
    if (this.seen.has(short) && short !== '-4' && short !== '-6')
      throw new OptionError(`multiple ${short} flags not allowed`);
    this.seen.add(short);
    const value = args[0] ?? '';
    const { family } = this.place;
    switch (short) {
      case '-s':
      case '-d':
        this.address(short, value, inverted);
        return;
      case '-i':
      case '-o':
        this.interface(short, value, inverted);
        return;
      case '-p':
        this.protocolOption(value, inverted);
        return;
      case '-f':
        if (family === 'ip6') throw new OptionError("`-f' is not supported in IPv6, use -m frag instead");
        this.header.fragment = { inverted };
        return;
      case '-c':
        this.counters = parseCounters(args);
        return;
      default:
        if ((short === '-4') !== (family === 'ip')) throw new OptionError(`${short}: the rule is of the other family`);
    }
  }

  private address(short: '-s' | '-d', text: string, inverted: boolean): void {
    const prefix = OCTAL.test(text) ? undefined : parsePrefix(withFourOctets(text));
    if (!prefix || prefix.family !== this.place.family) throw new OptionError(`host/network \`${text}' not understood`);
    if (isAll(prefix)) {
      if (!inverted) return;
      if (this.place.backend === 'nft') throw new OptionError(`${short}: nf_tables refuses \`! ${text}'`);
    }
    this.header[short === '-s' ? 'source' : 'destination'] = { value: networkOf(prefix), inverted };
  }

  private interface(short: '-i' | '-o', name: string, inverted: boolean): void {
    const { hook, chain } = this.place;
    if (name === '') throw new OptionError('Empty interface is likely to be undesired');
    if (name.length > 15) throw new OptionError(`interface name \`${name}' must be shorter than IFNAMSIZ (15)`);
    if ((short === '-o' ? NO_OUT : NO_IN).includes(hook)) throw new OptionError(`Can't use ${short} with ${chain}`);
    if (name === '+' && !inverted) return;
    this.header[short === '-i' ? 'iif' : 'oif'] = { value: name, inverted };
  }

  private protocolOption(text: string, inverted: boolean): void {
    const known = parseInteger(text, 0, 255) ?? parseProtocol(text);
    if (known === undefined) throw new OptionError(`unknown protocol "${text}" specified`);
    if (known === 0 && inverted) throw new OptionError('rule would never match protocol');
    this.protocol = this.place.backend === 'nft' ? known & 0xff : known;
    this.protocolInverted = inverted;
    if (this.protocol !== 0) this.header.protocol = { value: this.protocol, inverted };
  }
}

/** A part with a leading zero, which iptables reads as octal or not at all. */
const OCTAL = /(^|[./])0\d[\d./]*$/;

/** `10/8` and `192.168/16` leave out octets of zero. */
function withFourOctets(text: string): string {
  const [, octets, length] = /^(\d{1,3}(?:\.\d{1,3}){0,2})\/(\d{1,2})$/.exec(text) ?? [];
  return octets === undefined ? text : `${octets}${'.0'.repeat(4 - octets.split('.').length)}/${length}`;
}

const isAll = (prefix: Prefix): boolean => (prefix.family === 'ip' ? prefix.mask === 0 : prefix.mask === 0n);

/** `PACKETS,BYTES` in one word or two. */
function parseCounters(args: readonly string[]): Counters {
  const [packets, bytes, ...rest] = args.length === 1 ? (args[0] ?? '').split(',') : args;
  if (!packets || bytes === undefined || rest.length > 0) throw new OptionError('-c requires packet and byte counter');
  const count = (text: string, what: string): bigint => {
    if (!/^(\d{1,20}|0[xX][0-9a-fA-F]{1,16})$/.test(text)) throw new OptionError(`-c ${what} counter not numeric`);
    return BigInt(text);
  };
  return { packets: count(packets, 'packet'), bytes: count(bytes, 'byte') };
}
