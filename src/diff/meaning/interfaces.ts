import type { Interface, InterfaceAddress } from '../../model/interface.ts';
import { formatAddress } from '../../net/address.ts';
import { count } from '../../net/count.ts';
import { oneSided, type Statement, statement, type Told, told } from './statement.ts';

type Interfaces = readonly Interface[] | undefined;

/** Ends of pods' cables, which come and go with them. */
const isCable = ({ kind, name }: Interface): boolean =>
  kind === 'veth' || /^(?:veth|cali|lxc|eni|nodelocal)[0-9a-f]{4,}/.test(name);

/** Interfaces, what they are, and their addresses. Numbers of interfaces do not count. */
export function compareInterfaces(before: Interfaces, after: Interfaces): Told {
  if (!before || !after) return before === after ? told([]) : oneSided('interfaces', before);
  const [a, b] = [new Map(before.map(each => [each.name, each])), new Map(after.map(each => [each.name, each]))];
  const came = after.filter(({ name }) => !a.has(name));
  const went = before.filter(({ name }) => !b.has(name));
  const statements: Statement[] = [];
  const say = (name: string) => statement('interface', name);
  for (const each of came.filter(each => !isCable(each)))
    statements.push(say(each.name)('came', `interface ${each.name} came${described(each)}`));
  for (const each of went.filter(each => !isCable(each)))
    statements.push(say(each.name)('went', `interface ${each.name} went${described(each)}`));
  for (const [list, word, kind] of [
    [came, 'came', 'came'],
    [went, 'went', 'went'],
  ] as const) {
    const cables = list.filter(isCable).map(({ name }) => name);
    if (cables.length === 0) continue;
    const names = cables.length <= 4 ? `: ${cables.join(', ')}` : '';
    statements.push(say(cables.join(' '))(kind, `${count(cables.length, 'interface')} to pods ${word}${names}`));
  }
  for (const is of after) {
    const was = a.get(is.name);
    if (was) statements.push(...changesOf(was, is, say(is.name)));
  }
  return told(statements);
}

function described({ kind, addresses, master }: Interface): string {
  const parts = [
    ...(kind === undefined ? [] : [kind]),
    ...(master === undefined ? [] : [`port of ${master}`]),
    ...addresses.filter(isLasting).map(addressText),
  ];
  return parts.length === 0 ? '' : ` (${parts.join(', ')})`;
}

/** Link-local addresses of IPv6 are made of the MAC. */
const isLasting = ({ scope, address }: InterfaceAddress): boolean => scope !== 'link' || typeof address === 'number';

const addressText = ({ address, prefixLength, flags = [] }: InterfaceAddress): string => {
  const said = flags.filter(flag => ['tentative', 'dadfailed', 'deprecated'].includes(flag));
  return [`${formatAddress(address)}/${prefixLength}`, ...said].join(' ');
};

function changesOf(was: Interface, is: Interface, say: ReturnType<typeof statement>): Statement[] {
  const { name } = is;
  const statements: Statement[] = [];
  const [a, b] = [was.addresses.filter(isLasting).map(addressText), is.addresses.filter(isLasting).map(addressText)];
  for (const text of b) if (!a.includes(text)) statements.push(say('came', `${name} gained address ${text}`));
  for (const text of a) if (!b.includes(text)) statements.push(say('went', `${name} lost address ${text}`));
  const fields: readonly (readonly [string, string | undefined, string | undefined])[] = [
    ['state', stateOf(was), stateOf(is)],
    ['MAC', was.mac, is.mac],
    ['MTU', textOf(was.mtu), textOf(is.mtu)],
    ['kind', was.kind, is.kind],
    ['group', String(was.group), String(is.group)],
    ['hairpin', textOf(was.hairpin), textOf(is.hairpin)],
    ['tunnel', tunnelText(was), tunnelText(is)],
  ];
  for (const [field, before, after] of fields)
    if (before !== after && before !== undefined && after !== undefined)
      statements.push(say('changed', `${name}: ${field} was ${before}, is ${after}`));
  if (was.master !== is.master) {
    const [from, to] = [was.master ?? 'nothing', is.master ?? 'nothing'];
    statements.push(say('changed', `${name}: was a port of ${from}, is one of ${to}`));
  }
  return statements;
}

const textOf = (value: number | boolean | undefined): string | undefined =>
  value === undefined ? undefined : String(value);

function stateOf({ flags }: Interface): string | undefined {
  if (flags.length === 0) return undefined;
  if (!flags.includes('UP')) return 'down';
  return flags.includes('NO-CARRIER') ? 'up without carrier' : 'up';
}

function tunnelText({ tunnel }: Interface): string | undefined {
  if (!tunnel) return undefined;
  const { kind, id, local, remote, device, port, external } = tunnel;
  const parts: (string | undefined)[] = [
    kind,
    id === undefined ? undefined : `id ${id}`,
    local === undefined ? undefined : `local ${formatAddress(local)}`,
    remote === undefined ? undefined : `remote ${formatAddress(remote)}`,
    device === undefined ? undefined : `dev ${device}`,
    port === undefined ? undefined : `port ${port}`,
    external ? 'external' : undefined,
  ];
  return parts.filter(part => part !== undefined).join(' ');
}
