import type { Asked, Chain, Demand, Statement } from '../../model/ruleset.ts';
import type { Address } from '../../net/address.ts';
import type { Prefix } from '../../net/prefix.ts';
import type { RuleContext } from '../extension.ts';
import { Given } from '../given.ts';
import { type Header, headerStatement } from '../header.ts';
import { comment } from '../match/comment.ts';
import type { ParsedRule, RulePart } from '../rule.ts';
import { bindMatch, bindTarget, jumpStatement, type XtStatement } from '../statement.ts';
import { DNAT } from '../target/DNAT.ts';
import { asksOf } from './asks.ts';
import type { TableLines } from './lines.ts';
import { liveOf } from './live.ts';
import { addressAt, type PlacedHole, type Values } from './values.ts';

type Make = (values: Values) => XtStatement;
type ExtensionPart = Extract<RulePart, { kind: 'extension' }>;

/** What all rules of one shape have in common; a rule's own statements are made from its values. */
export interface Template {
  readonly context: RuleContext;
  /** The kernel keeps no state for any statement, so that rules may share them. */
  readonly stateless: boolean;
  statements(values: Values): readonly XtStatement[];
  /**
   * Of whichever rule `Values` is set to when they are asked, and without what always says yes. Undefined: the kernel
   * keeps state for some statement, which each rule has of its own.
   */
  readonly live: readonly Statement[] | undefined;
  demand(values: Values): Demand | undefined;
  /** As of RuleList. */
  readonly asks: readonly Asked[] | undefined;
}

/**
 * Finds the statement that each hole belongs to; undefined: some hole has no place that is its own alone. `values` are
 * those of the rule that was parsed, `cursor` will hold those of the rule that live statements are asked about.
 */
export function templateOf(
  parsed: ParsedRule,
  holes: readonly PlacedHole[],
  values: Values,
  cursor: Values,
  lines: TableLines,
  chainOf: (chain: number) => Chain,
): Template | undefined {
  const { parts, statements, context } = parsed;
  if (parsed.problems.length > 0 || parsed.counters || parts.length !== statements.length) return undefined;
  if (new Set(holes.map(hole => hole.option)).size !== holes.length) return undefined;
  const owned = parts.map(part => holes.filter(hole => owns(part, hole, values, lines)));
  if (owned.flat().length !== holes.length) return undefined;
  const makes: (Make | undefined)[] = [];
  for (const [i, part] of parts.entries()) {
    const own = owned[i] ?? [];
    const make = own.length === 0 ? undefined : makeOf(part, own, lines);
    if (own.length > 0 && !make) return undefined;
    makes.push(make);
  }
  const stateless = parts.every(isStateless);
  return {
    context,
    stateless,
    live: stateless
      ? parts.flatMap((part, i) => {
          const statement = statements[i];
          return (
            (statement && liveOf({ part, statement, make: makes[i], holes: owned[i] ?? [] }, cursor, chainOf)) ?? []
          );
        })
      : undefined,
    statements: values => statements.map((statement, i) => makes[i]?.(values) ?? statement),
    demand: demandOf(parts, owned, lines),
    asks: asksOf(statements),
  };
}

/** Whether the hole's value is an argument of this part. */
function owns(part: RulePart, hole: PlacedHole, values: Values, lines: TableLines): boolean {
  if (hole.type === 'chain')
    return part.kind === (hole.option === '-j' ? 'jump' : 'goto') && part.chain === lines.nameOf(values.get(hole.at));
  if (part.kind === 'header') {
    const { source, destination, iif, oif } = part.header;
    if (hole.option === '-i') return iif?.value === textOf(hole, values, lines);
    if (hole.option === '-o') return oif?.value === textOf(hole, values, lines);
    const network = hole.option === '-s' ? source : hole.option === '-d' ? destination : undefined;
    return network !== undefined && withAddress(network.value, hole, values).address === network.value.address;
  }
  if (part.kind !== 'extension') return false;
  const given = part.options.filter(option => option.name === hole.option);
  const [option] = given;
  if (!option || given.length > 1 || option.args.length !== 1) return false;
  if (hole.type === 'comment') return option.args[0] === commentOf(values, lines);
  if (hole.type === 'port') return option.args[0] === String(values.get(hole.at));
  return true;
}

function makeOf(part: RulePart, holes: readonly PlacedHole[], lines: TableLines): Make | undefined {
  const [hole] = holes;
  if (part.kind === 'header') return headerMaker(part.header, holes, lines);
  if (part.kind !== 'extension') {
    const { kind } = part;
    return hole && (values => jumpStatement(kind, lines.nameOf(values.get(hole.at))));
  }
  const { extension, options } = part;
  if (!extension || !hole) return undefined;
  if (hole.type === 'port')
    return extension.name === 'tcp' || extension.name === 'udp' ? portMaker(part, holes) : undefined;
  if (options.length !== 1 || holes.length !== 1 || options[0]?.inverted) return undefined;
  if (extension.name === 'comment') return values => bindMatch(comment, { comment: commentOf(values, lines) });
  if (extension.name !== 'DNAT') return undefined;
  return values => {
    const address = addressAt(hole, values);
    const port = values.get(hole.at + hole.width - 1);
    const range = { minAddress: address, maxAddress: address, minPort: port, maxPort: port };
    return bindTarget(DNAT, { range });
  };
}

function headerMaker(header: Header, holes: readonly PlacedHole[], lines: TableLines): Make {
  return values => {
    const own: { -readonly [K in keyof Header]: Header[K] } = { ...header };
    for (const hole of holes) {
      if (hole.option === '-s' && header.source)
        own.source = { value: withAddress(header.source.value, hole, values), inverted: header.source.inverted };
      else if (hole.option === '-d' && header.destination)
        own.destination = {
          value: withAddress(header.destination.value, hole, values),
          inverted: header.destination.inverted,
        };
      else if (hole.option === '-i' && header.iif)
        own.iif = { value: textOf(hole, values, lines), inverted: header.iif.inverted };
      else if (hole.option === '-o' && header.oif)
        own.oif = { value: textOf(hole, values, lines), inverted: header.oif.inverted };
    }
    return headerStatement(own);
  };
}

/** Ports go through their extension's own parser, which knows what each backend makes of them; once for each port. */
function portMaker({ extension, options, context }: ExtensionPart, holes: readonly PlacedHole[]): Make | undefined {
  const [hole] = holes;
  if (!extension || !hole || holes.length > 1) return undefined;
  const known = new Map<number, XtStatement>();
  return values => {
    const port = values.get(hole.at);
    let statement = known.get(port);
    if (!statement) {
      const given = options.map(option => (option.name === hole.option ? { ...option, args: [String(port)] } : option));
      statement = extension.read(new Given(extension.name, given, extension.options), context);
      known.set(port, statement);
    }
    return statement;
  };
}

/** Statements that no kernel state belongs to and that may thus be one object for many rules. */
const STATELESS = new Set([
  'ACCEPT',
  'DNAT',
  'DROP',
  'MARK',
  'MASQUERADE',
  'REJECT',
  'RETURN',
  'SNAT',
  'addrtype',
  'comment',
  'conntrack',
  'icmp',
  'icmp6',
  'mark',
  'multiport',
  'physdev',
  'set',
  'tcp',
  'udp',
]);

function isStateless(part: RulePart): boolean {
  if (part.kind !== 'extension') return true;
  if (part.name === 'statistic') return part.options.some(o => o.name === '--mode' && o.args[0] === 'random');
  return STATELESS.has(part.name);
}

/** Only what is asked first may be demanded: behind a match that writes, or that may be unknown, a rule is not idle. */
function demandOf(
  parts: readonly RulePart[],
  owned: readonly (readonly PlacedHole[])[],
  lines: TableLines,
): Template['demand'] {
  const first = parts[0];
  const header = first?.kind === 'header' ? first.header : {};
  const hole = (part: number, option: string) => owned[part]?.find(hole => hole.option === option);
  const { source, destination, iif, oif } = header;
  if (destination && isExact(destination)) return addressDemand('daddr', hole(0, '-d'), destination.value.address);
  const next = parts.findIndex(
    part => part.kind !== 'header' && !(part.kind === 'extension' && part.name === 'comment'),
  );
  const part = parts[next];
  const port = hole(next, '--destination-port');
  if (part?.kind === 'extension' && port)
    if (part.options.some(option => option.name === port.option && !option.inverted))
      return values => ({ field: 'dport', value: values.get(port.at) });
  if (iif && !iif.inverted && !iif.value.endsWith('+')) return textDemand('iif', hole(0, '-i'), iif.value, lines);
  if (oif && !oif.inverted && !oif.value.endsWith('+')) return textDemand('oif', hole(0, '-o'), oif.value, lines);
  if (source && isExact(source)) return addressDemand('saddr', hole(0, '-s'), source.value.address);
  return () => undefined;
}

const ALL6 = (1n << 128n) - 1n;
const isExact = ({ value, inverted }: { readonly value: Prefix; readonly inverted: boolean }): boolean =>
  !inverted && (value.family === 'ip' ? value.mask === 0xffffffff : value.mask === ALL6);

const addressDemand =
  (field: 'daddr' | 'saddr', hole: PlacedHole | undefined, fixed: Address): Template['demand'] =>
  values => ({ field, value: hole ? addressAt(hole, values) : fixed });

const textDemand =
  (field: 'iif' | 'oif', hole: PlacedHole | undefined, fixed: string, lines: TableLines): Template['demand'] =>
  values => ({ field, value: hole ? textOf(hole, values, lines) : fixed });

const commentOf = ({ comment: { start, end } }: Values, lines: TableLines): string => lines.text(start, end);

const textOf = (hole: PlacedHole, values: Values, lines: TableLines): string =>
  lines.text(values.get(hole.at), values.get(hole.at + 1));

function withAddress(prefix: Prefix, hole: PlacedHole, values: Values): Prefix {
  const address = addressAt(hole, values);
  if (prefix.family === 'ip')
    return {
      family: 'ip',
      address: typeof address === 'number' ? (address & prefix.mask) >>> 0 : 0,
      mask: prefix.mask,
    };
  return { family: 'ip6', address: typeof address === 'bigint' ? address & prefix.mask : 0n, mask: prefix.mask };
}
