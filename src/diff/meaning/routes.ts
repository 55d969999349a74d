import type { Nexthop, Route, RoutingRule } from '../../model/route.ts';
import { formatAddress } from '../../net/address.ts';
import { grouped } from '../../net/grouped.ts';
import { formatPrefix, prefixLength } from '../../net/prefix.ts';
import { protocolName } from '../../net/protocol.ts';
import { aside, oneSided, type Statement, statement, type Told, told } from './statement.ts';

/** The kernel makes these of the addresses of interfaces, which are told anyway. */
const isDerived = ({ table, type }: Route): boolean => table === 'local' && type !== 'unicast';

/** Routes by what they are for: two that only lead elsewhere are one that changed. Who set a route does not count. */
export function compareRoutes(before: readonly Route[] | undefined, after: readonly Route[] | undefined): Told {
  if (!before || !after) return before === after ? told([]) : oneSided('routes', before);
  const [a, b] = [grouped(before, nameOf), grouped(after, nameOf)];
  const statements: Statement[] = [];
  let derived = 0;
  for (const key of new Set([...a.keys(), ...b.keys()])) {
    const [was, is] = [a.get(key) ?? [], b.get(key) ?? []];
    const [textA, textB] = [waysOf(was), waysOf(is)];
    const [route] = [...is, ...was];
    if (!route || textA === textB) continue;
    if (isDerived(route)) {
      derived++;
      continue;
    }
    const say = statement('route', key);
    const name = `route to ${key}`;
    if (was.length === 0) statements.push(say('came', `${name} came: ${textB}`));
    else if (is.length === 0) statements.push(say('went', `${name} went: it was ${textA}`));
    else statements.push(say('changed', `${name} was ${textA}, is ${textB}`));
  }
  return told(statements, aside(derived, 'route', ' that the kernel makes of addresses'));
}

function nameOf({ family, destination, table, tos, metric, from }: Route): string {
  const all = prefixLength(destination) === 0;
  const parts = [all ? (family === 'ip6' ? 'default (IPv6)' : 'default') : formatPrefix(destination)];
  if (from) parts.push(`from ${formatPrefix(from)}`);
  if (tos !== 0) parts.push(`tos ${tos}`);
  if (table !== 'main') parts.push(`in table ${table}`);
  if (metric !== 0 && !(family === 'ip6' && (metric === 256 || metric === 1024))) parts.push(`metric ${metric}`);
  return parts.join(' ');
}

const waysOf = (routes: readonly Route[]): string => [...new Set(routes.map(wayOf))].sort().join('; ');

function wayOf({ type, nexthops, source }: Route): string {
  const parts: string[] = type === 'unicast' ? [] : [type];
  parts.push(nexthops.map(hop => hopText(hop, nexthops.length > 1)).join(' and '));
  if (source !== undefined) parts.push(`src ${formatAddress(source)}`);
  return parts.filter(part => part !== '').join(' ');
}

function hopText({ gateway, device, weight, encap, flags }: Nexthop, several: boolean): string {
  const parts: string[] = [];
  if (encap !== undefined) parts.push(`encap ${encap}`);
  if (gateway !== undefined) parts.push(`via ${formatAddress(gateway)}`);
  if (device !== undefined) parts.push(`dev ${device}`);
  if (several) parts.push(`weight ${weight}`);
  return [...parts, ...flags].join(' ');
}

/** The rules that choose a routing table. */
export function compareRoutingRules(
  before: readonly RoutingRule[] | undefined,
  after: readonly RoutingRule[] | undefined,
): Told {
  if (!before || !after) return before === after ? told([]) : oneSided('routing rules', before);
  const [a, b] = [new Set(before.map(ruleText)), new Set(after.map(ruleText))];
  const say = statement('rule', 'ip rule');
  return told([
    ...[...b].filter(text => !a.has(text)).map(text => say('came', `routing rule came: ${text}`)),
    ...[...a].filter(text => !b.has(text)).map(text => say('went', `routing rule went: ${text}`)),
  ]);
}

function ruleText(rule: RoutingRule): string {
  const { priority, inverted, from, to, iif, oif, mark, tos, protocol, sport, dport, uid, action } = rule;
  const range = (name: string, span: readonly [number, number] | undefined) =>
    span ? [`${name} ${span[0] === span[1] ? span[0] : `${span[0]}-${span[1]}`}`] : [];
  const hex = (value: number) => `0x${value.toString(16)}`;
  return [
    `${priority}:${inverted ? ' not' : ''}`,
    ...(rule.family === 'ip6' ? ['(IPv6)'] : []),
    `from ${from ? formatPrefix(from) : 'all'}`,
    ...(to ? [`to ${formatPrefix(to)}`] : []),
    ...(mark ? [`fwmark ${hex(mark.value)}/${hex(mark.mask)}`] : []),
    ...(iif === undefined ? [] : [`iif ${iif}`]),
    ...(oif === undefined ? [] : [`oif ${oif}`]),
    ...(tos === undefined ? [] : [`tos ${tos}`]),
    ...(protocol === undefined ? [] : [`ipproto ${protocolName(protocol) ?? protocol}`]),
    ...range('sport', sport),
    ...range('dport', dport),
    ...range('uidrange', uid),
    actionText(action),
  ].join(' ');
}

function actionText(action: RoutingRule['action']): string {
  switch (action.kind) {
    case 'lookup': {
      const suppressed = action.suppressPrefixLength;
      return `lookup ${action.table}${suppressed === undefined ? '' : ` suppress_prefixlength ${suppressed}`}`;
    }
    case 'goto':
      return `goto ${action.priority}`;
    case 'unsupported':
      return action.text;
    default:
      return action.kind;
  }
}
