import { and, invertIf, type Truth } from '../../model/truth.ts';
import type { AddressType, World } from '../../model/world.ts';
import type { Address } from '../../net/address.ts';
import { match, OptionError } from '../extension.ts';
import { parseNames, printNames } from '../names.ts';
import { requireHook } from '../require.ts';

export interface AddrtypeOptions {
  readonly source?: Types;
  readonly destination?: Types;
  readonly limit?: 'iif' | 'oif';
}

interface Types {
  readonly types: ReadonlySet<AddressType>;
  readonly inverted: boolean;
}

const NAMES: readonly AddressType[] = [
  'UNSPEC',
  'UNICAST',
  'LOCAL',
  'BROADCAST',
  'ANYCAST',
  'MULTICAST',
  'BLACKHOLE',
  'UNREACHABLE',
  'PROHIBIT',
  'THROW',
  'NAT',
  'XRESOLVE',
];
const NOT_IN_IPV6: readonly AddressType[] = ['BROADCAST', 'BLACKHOLE', 'PROHIBIT', 'THROW', 'NAT', 'XRESOLVE'];

export const addrtype = match<AddrtypeOptions>({
  name: 'addrtype',
  families: ['ip', 'ip6'],
  options: {
    '--src-type': { args: 1, invert: true },
    '--dst-type': { args: 1, invert: true },
    '--limit-iface-in': { args: 0 },
    '--limit-iface-out': { args: 0 },
  },
  parse(given, context) {
    given.oneOf('--src-type', '--dst-type');
    given.exclusive('--limit-iface-in', '--limit-iface-out');
    const read = (option: string): Types | undefined => {
      const text = given.value(option);
      if (text === undefined) return undefined;
      const types = parseNames(text, NAMES);
      if (!types) throw new OptionError(`addrtype: bad type \`${text}'`);
      const refused = context.family === 'ip6' ? NOT_IN_IPV6.find(type => types.has(type)) : undefined;
      if (refused) throw new OptionError(`addrtype: ${refused} is not possible with IPv6`);
      return { types, inverted: given.inverted(option) };
    };
    const source = read('--src-type');
    const destination = read('--dst-type');
    const limit = given.has('--limit-iface-in') ? 'iif' : given.has('--limit-iface-out') ? 'oif' : undefined;
    if (limit === 'iif') requireHook('addrtype --limit-iface-in', context, ['prerouting', 'input', 'forward']);
    if (limit === 'oif') requireHook('addrtype --limit-iface-out', context, ['forward', 'output', 'postrouting']);
    return { ...(source && { source }), ...(destination && { destination }), ...(limit && { limit }) };
  },
  print: ({ source, destination, limit }) =>
    print('--src-type', source) +
    print('--dst-type', destination) +
    (limit === undefined ? '' : limit === 'iif' ? ' --limit-iface-in' : ' --limit-iface-out'),
  describe: ({ source, destination }) =>
    [...(source ? [`from ${describe(source)}`] : []), ...(destination ? [`to ${describe(destination)}`] : [])].join(
      ', ',
    ),
  evaluate: ({ source, destination, limit }, packet, world) =>
    and([
      source ? evaluate(source, packet.saddr, limit, world) : true,
      destination ? evaluate(destination, packet.daddr, limit, world) : true,
    ]),
});

const print = (option: string, types: Types | undefined): string =>
  types ? `${types.inverted ? ' !' : ''} ${option} ${printNames(types.types, NAMES)}` : '';

function describe({ types, inverted }: Types): string {
  return `an address that is ${inverted ? 'not ' : ''}${[...types].map(type => type.toLowerCase()).join(' or ')}`;
}

function evaluate({ types, inverted }: Types, address: Address, limit: AddrtypeOptions['limit'], world: World): Truth {
  return invertIf(
    inverted,
    typeof address === 'bigint'
      ? evaluate6(types, address, limit, world)
      : matchesAny(types, world.addressType(address, limit)),
  );
}

const matchesAny = (types: ReadonlySet<AddressType>, answer: ReturnType<World['addressType']>): Truth =>
  'kind' in answer ? answer : [...types].some(type => answer.has(type));

const ROUTED: readonly AddressType[] = ['LOCAL', 'ANYCAST', 'UNREACHABLE'];

/** What the address itself says must all hold; of what the route says one is enough (xt_addrtype.c match_type6). */
function evaluate6(
  types: ReadonlySet<AddressType>,
  address: bigint,
  limit: AddrtypeOptions['limit'],
  world: World,
): Truth {
  const multicast = address >> 120n === 0xffn;
  if (types.has('MULTICAST') && !multicast) return false;
  if (types.has('UNICAST') && (multicast || address === 0n || address >> 32n === 0xffffn)) return false;
  if (types.has('UNSPEC') && address !== 0n) return false;
  const routed = new Set(ROUTED.filter(type => types.has(type)));
  return routed.size === 0 || matchesAny(routed, world.addressType(address, limit));
}
