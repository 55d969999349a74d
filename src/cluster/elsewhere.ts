import type { IpsecPolicy } from '../model/elsewhere.ts';
import type { Packet } from '../net/packet.ts';
import { contains } from '../net/prefix.ts';
import type { UnknownAnswer } from './answer.ts';
import type { Visit } from './journey.ts';

/** What sees a packet where netfilter does not, and was not walked: policies of IPsec, programs and filters of devices. */
export function decidedElsewhere(visits: readonly Visit[]): UnknownAnswer[] {
  const found = new Map<string, UnknownAnswer>();
  for (const visit of visits)
    for (const { what, howToLearn } of [...byIpsec(visit), ...byPrograms(visit)])
      found.set(what, { kind: 'evidence', what, howToLearn, matters: true, decidesDelivery: true });
  return [...found.values()];
}

/** What a selector asks for. */
interface Ends extends Pick<Packet, 'saddr' | 'daddr' | 'protocol' | 'dport'> {
  readonly sport?: number | undefined;
}

interface Elsewhere {
  readonly what: string;
  readonly howToLearn: string;
}

/**
 * xfrm_policy_check of what comes up or is forwarded, by its addresses before NAT (nf_nat's decode_session); xfrm_lookup of
 * what leaves, when it is routed and again behind the source's NAT (nf_xfrm_me_harder).
 */
function byIpsec({ host, walked }: Visit): Elsewhere[] {
  const { ipsecPolicies = [] } = host.namespace;
  if (ipsecPolicies.length === 0) return [];
  const { hop } = walked;
  const asked = [
    ...(hop.disposition === 'delivered' && hop.before.iif !== undefined ? (['in'] as const) : []),
    ...(hop.out && hop.before.iif !== undefined ? (['fwd'] as const) : []),
    ...(hop.out ? (['out'] as const) : []),
  ];
  return asked.flatMap(direction => {
    const { saddr, sport } = hop.before;
    const packets = direction === 'out' ? [{ ...hop.after, saddr, sport }, hop.after] : [hop.before];
    const policy = packets.map(packet => policyOf(ipsecPolicies, direction, packet)).find(found => found !== undefined);
    if (!policy) return [];
    const { transforms, blocks, isLimited, at } = policy;
    const does = blocks
      ? 'drops it'
      : direction === 'out'
        ? `has it carried by IPsec, ${transforms}: what is around it was not walked`
        : `lets it in only if IPsec carried it, ${transforms}`;
    const limit = isLimited ? ', which asks for a mark or a device, too,' : '';
    return [
      {
        what: `${host.name}: the policy of ${at.file}:${at.line}${limit} ${does}`,
        howToLearn: 'ip xfrm policy; ip xfrm state',
      },
    ];
  });
}

/** The policy that counts and does something; of equal priorities the older one, which is listed behind the others. */
function policyOf(
  policies: readonly IpsecPolicy[],
  direction: IpsecPolicy['direction'],
  packet: Ends,
): IpsecPolicy | undefined {
  const fitting = policies
    .filter(policy => policy.direction === direction && selects(policy, packet))
    .reverse()
    .sort((a, b) => a.priority - b.priority);
  for (const policy of fitting) {
    const acts = policy.blocks || (policy.transforms !== undefined && !(policy.isOptional && direction !== 'out'));
    if (acts) return policy;
    if (!policy.isLimited) return undefined;
  }
  return undefined;
}

const selects = ({ source, destination, protocol, sport, dport }: IpsecPolicy, packet: Ends): boolean =>
  contains(source, packet.saddr) &&
  contains(destination, packet.daddr) &&
  (protocol === undefined || protocol === packet.protocol) &&
  (sport === undefined || sport === packet.sport) &&
  (dport === undefined || dport === packet.dport);

function byPrograms({ host, walked }: Visit): Elsewhere[] {
  const { hop } = walked;
  const { iif, physIn } = hop.before;
  const into = new Set([iif, physIn]);
  const by = new Set([hop.out?.device, hop.after.physOut]);
  return (host.namespace.packetPrograms ?? []).flatMap(({ what, hook, device, at }) => {
    if (!(hook === 'egress' ? by : into).has(device)) return [];
    return [
      {
        what: `${host.name}: the ${what} at ${hook} of ${device} (${at.file}:${at.line}) may drop, change or redirect it`,
        howToLearn: hook === 'xdp' ? `bpftool net show dev ${device}` : `tc filter show dev ${device} ${hook}`,
      },
    ];
  });
}
