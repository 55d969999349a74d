import { invertIf, type Truth, unknown } from '../../model/truth.ts';
import type { RouteAnswer, World } from '../../model/world.ts';
import { type Address, formatAddress } from '../../net/address.ts';
import type { Packet } from '../../net/packet.ts';
import { match, OptionError } from '../extension.ts';
import { requireHook } from '../require.ts';

export interface RpfilterOptions {
  readonly loose: boolean;
  readonly validmark: boolean;
  readonly acceptLocal: boolean;
  readonly inverted: boolean;
}

const BROADCAST = 0xffffffff;
const isMulticast4 = (address: number): boolean => address >>> 28 === 0xe;
const isZeronet = (address: number): boolean => address >>> 24 === 0;
const isMulticast6 = (address: bigint): boolean => address >> 120n === 0xffn;
const isLinkLocal6 = (address: bigint): boolean => address >> 118n === 0x3fan;

function leavesBy(answer: RouteAnswer & { readonly kind: 'found' }, device: string): boolean {
  return answer.device === device || (answer.devices?.includes(device) ?? false);
}

/**
 * net/ipv4/netfilter/ipt_rpfilter.c: the route back, looked up as for a packet of this node's own (routing rules with
 * `iif lo` apply).
 */
function reverse4(options: RpfilterOptions, packet: Packet, saddr: number, iif: string, world: World): Truth {
  const { daddr } = packet;
  const group = typeof daddr === 'number' && (daddr === BROADCAST || isMulticast4(daddr));
  if (isZeronet(saddr) && typeof daddr === 'number' && (daddr === BROADCAST || daddr >>> 8 === 0xe00000)) return true;
  const speaks = group || (typeof daddr === 'number' && isZeronet(daddr)) ? {} : { saddr: daddr };
  const mark = options.validmark ? packet.mark : 0;
  const answer = world.route({ ...speaks, daddr: saddr, iif: 'lo', mark, tos: packet.tos & 0x1c });
  if (answer.kind === 'unknown') return answer;
  if (answer.kind === 'none') return false;
  if (answer.type !== 'unicast' && !(answer.type === 'local' && options.acceptLocal)) return false;
  return options.loose || leavesBy(answer, iif);
}

/**
 * net/ipv6/netfilter/ip6t_rpfilter.c: the look-up only prefers the device the packet came in by among routes of the
 * same prefix (rt6_device_match); for link-local sources it is bound to it.
 */
function reverse6(options: RpfilterOptions, packet: Packet, saddr: bigint, iif: string, world: World): Truth {
  if (saddr === 0n) return true;
  const speaks = typeof packet.daddr === 'bigint' && !isMulticast6(packet.daddr) ? { saddr: packet.daddr } : {};
  const device = isLinkLocal6(saddr) ? { oif: iif } : options.loose ? {} : { prefers: iif };
  const { tos, protocol, extensionHeaders: [first] = [] } = packet;
  const answer = world.route({
    ...speaks,
    ...device,
    daddr: saddr,
    iif: 'lo',
    mark: options.validmark ? packet.mark : 0,
    tos: tos & 0xfc,
    protocol: first ?? protocol,
  });
  if (answer.kind === 'unknown') return answer;
  if (answer.kind === 'none') return false;
  if (answer.type === 'local') return options.acceptLocal;
  if (answer.type !== 'unicast' && answer.type !== 'multicast') return false;
  return options.loose || leavesBy(answer, iif);
}

function passes(options: RpfilterOptions, packet: Packet, world: World): Truth {
  const { saddr, iif } = packet;
  if (iif === undefined) return unknown('the interface that the packet came in by is not known');
  if (iif === 'lo') return true;
  const wanted = (address: Address) => `the route back to ${formatAddress(address)}`;
  const truth =
    typeof saddr === 'number'
      ? reverse4(options, packet, saddr, iif, world)
      : reverse6(options, packet, saddr, iif, world);
  if (typeof truth === 'boolean' || truth.kind !== 'unknown') return truth;
  return unknown(`${wanted(saddr)} is not known: ${truth.reason}`, truth.howToLearn);
}

export const rpfilter = match<RpfilterOptions>({
  name: 'rpfilter',
  families: ['ip', 'ip6'],
  options: {
    '--loose': { args: 0 },
    '--validmark': { args: 0 },
    '--accept-local': { args: 0 },
    '--invert': { args: 0 },
  },
  parse(given, context) {
    requireHook('rpfilter', context, ['prerouting']);
    if (context.table !== 'raw' && context.table !== 'mangle')
      throw new OptionError(`rpfilter: the kernel refuses it in table ${context.table}`);
    return {
      loose: given.has('--loose'),
      validmark: given.has('--validmark'),
      acceptLocal: given.has('--accept-local'),
      inverted: given.has('--invert'),
    };
  },
  print({ loose, validmark, acceptLocal, inverted }) {
    let out = loose ? ' --loose' : '';
    if (validmark) out += ' --validmark';
    if (acceptLocal) out += ' --accept-local';
    return inverted ? `${out} --invert` : out;
  },
  describe: ({ loose, inverted }) =>
    `the route back ${inverted ? 'does not lead' : 'leads'} ${loose ? 'anywhere' : 'by the same interface'}`,
  evaluate: (options, packet, world) => invertIf(options.inverted, passes(options, packet, world)),
});
