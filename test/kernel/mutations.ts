import { ConntrackTable } from '../../src/walk/conntrack/table.ts';
import { Sysctls } from '../../src/walk/sysctl.ts';
import {
  always,
  bases,
  type Change,
  effects,
  inverted,
  returnAccepts,
  withoutChange,
  withoutField,
} from './mutate/rules.ts';
import { firstAddress, keepTtl, natAgain, offByOne, replace, routeWithoutMark, stateInstead } from './mutate/walk.ts';

/** A way to break the walk on purpose, which the judge must notice. */
export interface Mutation {
  readonly name: string;
  /** Of what the walk is given: rules, routes, the order of registration. */
  readonly change?: Change;
  /** Replaces methods of the walk; what it returns puts them back. */
  readonly patch?: () => () => void;
}

export const MUTATIONS: readonly Mutation[] = [
  { name: 'the match addrtype is inverted', change: inverted('addrtype') },
  { name: 'the match mark is inverted', change: inverted('mark') },
  { name: 'ports of a protocol that is not asked for match', change: always('udp') },
  { name: 'the TTL is not decremented', patch: keepTtl },
  { name: 'NAT is evaluated again for later packets', patch: natAgain },
  {
    name: 'equal priorities are swapped',
    change: n => ({ ...n, registrations: [...(n.registrations ?? [])].reverse() }),
  },
  { name: 'INVALID is NEW', patch: () => stateInstead('invalid', 'new') },
  { name: 'RELATED is ESTABLISHED', patch: () => stateInstead('related', 'established') },
  { name: 'goto comes back like jump', change: effects(e => (e.kind === 'goto' ? { ...e, kind: 'jump' } : e)) },
  { name: 'connections are not confirmed', patch: () => replace(ConntrackTable.prototype, 'add', () => () => {}) },
  { name: 'MASQUERADE takes the first address of the node', patch: firstAddress },
  {
    name: 'no new route after mangle OUTPUT',
    change: bases(base => ({ ...base, type: base.type === 'route' ? 'filter' : base.type })),
  },
  { name: 'statistic nth counts from one more', patch: offByOne },
  { name: 'RETURN in a base chain accepts', change: returnAccepts },
  { name: 'policies accept', change: bases(base => ({ ...base, policy: 'accept' })) },
  { name: 'rp_filter is ignored', patch: () => replace(Sysctls.prototype, 'reversePathFilter', () => () => 0) },
  {
    name: 'frames of a bridge pass no rules',
    patch: () => replace(Sysctls.prototype, 'bridgeCalls', () => () => false),
  },
  { name: 'routing rules do not see the mark', patch: routeWithoutMark },
  {
    name: 'raw runs behind conntrack',
    change: bases(base => (base.priority === -300 ? { ...base, priority: -199 } : base)),
  },
  {
    name: 'security runs before filter',
    change: bases(base => (base.priority === 150 ? { ...base, priority: -1 } : base)),
  },
  { name: 'NOTRACK does nothing', change: withoutChange('notrack') },
  { name: 'zones do nothing', change: withoutChange('ct') },
  { name: 'SET adds and deletes nothing', change: withoutChange('member') },
  { name: 'TOS and DSCP change nothing', change: withoutField('tos') },
  { name: 'CONNMARK is not kept', change: withoutField('ctmark') },
];

/** Breaks the walk while `body` runs. */
export function broken<T>({ patch }: Mutation, body: () => T): T {
  const undo = patch?.();
  try {
    return body();
  } finally {
    undo?.();
  }
}
