import type { Asked } from '../../model/ruleset.ts';
import type { Header } from '../header.ts';
import type { RulePart } from '../rule.ts';

/** Ask nothing but the mark, and what they do hangs on nothing else. */
const MARK_ALONE = new Set(['ACCEPT', 'DROP', 'MARK', 'MASQUERADE', 'REJECT', 'RETURN', 'comment', 'mark']);

/** What the parts of a rule ask of a packet; undefined: more than can be named, or they are not the same every time. */
export function asksOf(parts: readonly RulePart[]): readonly Asked[] | undefined {
  const asked = new Set<Asked>();
  for (const part of parts) {
    if (part.kind === 'header') for (const field of headerAsks(part.header)) asked.add(field);
    else if (part.kind === 'extension' && isState(part)) asked.add('ctstate');
    else if (part.kind === 'extension' && !MARK_ALONE.has(part.name)) return undefined;
  }
  return [...asked];
}

function headerAsks({ source, destination, iif, oif, protocol, fragment }: Header): readonly Asked[] {
  const fields: readonly (readonly [asks: unknown, field: Asked])[] = [
    [source, 'saddr'],
    [destination, 'daddr'],
    [iif, 'iif'],
    [oif, 'oif'],
    [protocol, 'protocol'],
    [fragment, 'fragment'],
  ];
  return fields.flatMap(([asks, field]) => (asks === undefined ? [] : [field]));
}

/** `--ctstate` alone; SNAT and DNAT are no states but flags of the connection. */
const isState = ({ name, options }: Extract<RulePart, { kind: 'extension' }>): boolean =>
  name === 'conntrack' &&
  options.every(option => option.name === '--ctstate' && option.args.every(arg => !/NAT/i.test(arg)));
