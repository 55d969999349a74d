import { invertIf, unknown } from '../../model/truth.ts';
import { ICMPV6 } from '../../net/packet.ts';
import { match } from '../extension.ts';
import { type IcmpName, nameIcmpType, parseIcmpType, printIcmpType } from '../icmp-type.ts';
import { requireProtocol } from '../require.ts';
import type { IcmpOptions } from './icmp.ts';

export const ICMP6_NAMES: readonly IcmpName[] = [
  ['destination-unreachable', 1],
  ['no-route', 1, 0],
  ['communication-prohibited', 1, 1],
  ['beyond-scope', 1, 2],
  ['address-unreachable', 1, 3],
  ['port-unreachable', 1, 4],
  ['failed-policy', 1, 5],
  ['reject-route', 1, 6],
  ['packet-too-big', 2],
  ['time-exceeded', 3],
  ['ttl-exceeded', 3],
  ['ttl-zero-during-transit', 3, 0],
  ['ttl-zero-during-reassembly', 3, 1],
  ['parameter-problem', 4],
  ['bad-header', 4, 0],
  ['unknown-header-type', 4, 1],
  ['unknown-option', 4, 2],
  ['echo-request', 128],
  ['ping', 128],
  ['echo-reply', 129],
  ['pong', 129],
  ['router-solicitation', 133],
  ['router-advertisement', 134],
  ['neighbour-solicitation', 135],
  ['neighbor-solicitation', 135],
  ['neighbour-advertisement', 136],
  ['neighbor-advertisement', 136],
  ['redirect', 137],
];

/** Unlike `icmp`, no type stands for all. */
export const icmp6 = match<IcmpOptions>({
  name: 'icmp6',
  families: ['ip6'],
  implicitFor: [ICMPV6],
  options: { '--icmpv6-type': { args: 1, invert: true } },
  parse(given, context) {
    const icmp = parseIcmpType(given.required('--icmpv6-type'), ICMP6_NAMES, 'ICMPv6');
    requireProtocol('icmp6', context, ICMPV6);
    return { icmp, inverted: given.inverted('--icmpv6-type') };
  },
  print: ({ icmp, inverted }) => `${inverted ? ' !' : ''} --icmpv6-type ${printIcmpType(icmp)}`,
  describe: ({ icmp, inverted }) => `ICMPv6 ${inverted ? 'not ' : ''}${nameIcmpType(icmp, ICMP6_NAMES)}`,
  evaluate({ icmp: { type, low, high }, inverted }, packet) {
    if (packet.protocol !== ICMPV6 || packet.fragment === 'later') return false;
    if (!packet.icmp) return unknown('the ICMPv6 type of the packet is not known');
    const { icmp } = packet;
    return invertIf(inverted, icmp.type === type && icmp.code >= low && icmp.code <= high);
  },
});
