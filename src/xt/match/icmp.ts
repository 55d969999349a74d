import { invertIf, unknown } from '../../model/truth.ts';
import { ICMP } from '../../net/packet.ts';
import { match } from '../extension.ts';
import { type IcmpName, type IcmpType, nameIcmpType, parseIcmpType, printIcmpType } from '../icmp-type.ts';
import { requireProtocol } from '../require.ts';

export interface IcmpOptions {
  readonly icmp: IcmpType;
  readonly inverted: boolean;
}

/** Type 255 stands for every type, whatever the code. */
const ANY = 255;

export const ICMP_NAMES: readonly IcmpName[] = [
  ['any', ANY],
  ['echo-reply', 0],
  ['pong', 0],
  ['destination-unreachable', 3],
  ['network-unreachable', 3, 0],
  ['host-unreachable', 3, 1],
  ['protocol-unreachable', 3, 2],
  ['port-unreachable', 3, 3],
  ['fragmentation-needed', 3, 4],
  ['source-route-failed', 3, 5],
  ['network-unknown', 3, 6],
  ['host-unknown', 3, 7],
  ['network-prohibited', 3, 9],
  ['host-prohibited', 3, 10],
  ['TOS-network-unreachable', 3, 11],
  ['TOS-host-unreachable', 3, 12],
  ['communication-prohibited', 3, 13],
  ['host-precedence-violation', 3, 14],
  ['precedence-cutoff', 3, 15],
  ['source-quench', 4],
  ['redirect', 5],
  ['network-redirect', 5, 0],
  ['host-redirect', 5, 1],
  ['TOS-network-redirect', 5, 2],
  ['TOS-host-redirect', 5, 3],
  ['echo-request', 8],
  ['ping', 8],
  ['router-advertisement', 9],
  ['router-solicitation', 10],
  ['time-exceeded', 11],
  ['ttl-exceeded', 11],
  ['ttl-zero-during-transit', 11, 0],
  ['ttl-zero-during-reassembly', 11, 1],
  ['parameter-problem', 12],
  ['ip-header-bad', 12, 0],
  ['required-option-missing', 12, 1],
  ['timestamp-request', 13],
  ['timestamp-reply', 14],
  ['address-mask-request', 17],
  ['address-mask-reply', 18],
];

export const icmp = match<IcmpOptions>({
  name: 'icmp',
  families: ['ip'],
  implicitFor: [ICMP],
  options: { '--icmp-type': { args: 1, invert: true } },
  parse(given, context) {
    const icmp = parseIcmpType(given.required('--icmp-type'), ICMP_NAMES, 'ICMP');
    requireProtocol('icmp', context, ICMP);
    return { icmp, inverted: given.inverted('--icmp-type') };
  },
  print: ({ icmp, inverted }) =>
    `${inverted ? ' !' : ''} --icmp-type ${icmp.type === ANY ? 'any' : printIcmpType(icmp)}`,
  describe: ({ icmp, inverted }) => `ICMP ${inverted ? 'not ' : ''}${nameIcmpType(icmp, ICMP_NAMES)}`,
  evaluate({ icmp: { type, low, high }, inverted }, packet) {
    if (packet.protocol !== ICMP || packet.fragment === 'later') return false;
    if (type === ANY) return !inverted;
    if (!packet.icmp) return unknown('the ICMP type of the packet is not known');
    const { icmp } = packet;
    return invertIf(inverted, icmp.type === type && icmp.code >= low && icmp.code <= high);
  },
});
