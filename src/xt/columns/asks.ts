import type { Asked } from '../../model/ruleset.ts';
import { type Header, headerOf } from '../header.ts';
import { type ConntrackOptions, conntrack } from '../match/conntrack.ts';
import { optionsOf, type XtStatement } from '../statement.ts';

/** Ask nothing but the mark, and what they do hangs on nothing else. */
const MARK_ALONE = new Set([
  'ACCEPT',
  'DROP',
  'MARK',
  'MASQUERADE',
  'REJECT',
  'RETURN',
  'comment',
  'goto',
  'jump',
  'mark',
]);

/** What the statements of a rule ask of a packet; undefined: more than can be named, or they are not the same every time. */
export function asksOf(statements: readonly XtStatement[]): readonly Asked[] | undefined {
  const asked = new Set<Asked>();
  for (const statement of statements) {
    const header = headerOf(statement);
    const connection = optionsOf(statement, conntrack);
    if (header) for (const field of headerAsks(header)) asked.add(field);
    else if (connection && isState(connection)) asked.add('ctstate');
    else if (!MARK_ALONE.has(statement.name)) return undefined;
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
const isState = ({ state, addresses, ports, ...others }: ConntrackOptions): boolean =>
  state !== undefined &&
  !state.names.has('SNAT') &&
  !state.names.has('DNAT') &&
  addresses.length + ports.length + Object.keys(others).length === 0;
