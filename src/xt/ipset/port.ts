import { ICMP, ICMPV6, SCTP, TCP, UDP, UDPLITE } from '../../net/packet.ts';
import { parseProtocol, protocolName } from '../../net/protocol.ts';
import { parseInteger } from '../numbers.ts';

/** A protocol and, where it has one, a port; ICMP's type and code make one number of 16 bits. */
export interface ProtocolPort {
  readonly protocol: number;
  readonly port: number;
}

/** Names that ipset prints for ICMP's type/code (`ipset help hash:ip,port`). */
const ICMP_NAMES: ReadonlyMap<string, readonly [type: number, code: number]> = new Map([
  ['echo-reply', [0, 0]],
  ['pong', [0, 0]],
  ['network-unreachable', [3, 0]],
  ['host-unreachable', [3, 1]],
  ['protocol-unreachable', [3, 2]],
  ['port-unreachable', [3, 3]],
  ['fragmentation-needed', [3, 4]],
  ['source-route-failed', [3, 5]],
  ['network-unknown', [3, 6]],
  ['host-unknown', [3, 7]],
  ['network-prohibited', [3, 9]],
  ['host-prohibited', [3, 10]],
  ['TOS-network-unreachable', [3, 11]],
  ['TOS-host-unreachable', [3, 12]],
  ['communication-prohibited', [3, 13]],
  ['host-precedence-violation', [3, 14]],
  ['precedence-cutoff', [3, 15]],
  ['source-quench', [4, 0]],
  ['network-redirect', [5, 0]],
  ['host-redirect', [5, 1]],
  ['TOS-network-redirect', [5, 2]],
  ['TOS-host-redirect', [5, 3]],
  ['echo-request', [8, 0]],
  ['ping', [8, 0]],
  ['router-advertisement', [9, 0]],
  ['router-solicitation', [10, 0]],
  ['ttl-zero-during-transit', [11, 0]],
  ['ttl-zero-during-reassembly', [11, 1]],
  ['ip-header-bad', [12, 0]],
  ['required-option-missing', [12, 1]],
  ['timestamp-request', [13, 0]],
  ['timestamp-reply', [14, 0]],
  ['address-mask-request', [17, 0]],
  ['address-mask-reply', [18, 0]],
]);

const ICMPV6_NAMES: ReadonlyMap<string, readonly [type: number, code: number]> = new Map([
  ['no-route', [1, 0]],
  ['communication-prohibited', [1, 1]],
  ['address-unreachable', [1, 3]],
  ['port-unreachable', [1, 4]],
  ['packet-too-big', [2, 0]],
  ['ttl-zero-during-transit', [3, 0]],
  ['ttl-zero-during-reassembly', [3, 1]],
  ['bad-header', [4, 0]],
  ['unknown-header-type', [4, 1]],
  ['unknown-option', [4, 2]],
  ['echo-request', [128, 0]],
  ['ping', [128, 0]],
  ['echo-reply', [129, 0]],
  ['pong', [129, 0]],
  ['router-solicitation', [133, 0]],
  ['router-advertisement', [134, 0]],
  ['neighbour-solicitation', [135, 0]],
  ['neigbour-solicitation', [135, 0]],
  ['neighbour-advertisement', [136, 0]],
  ['neigbour-advertisement', [136, 0]],
  ['redirect', [137, 0]],
]);

const withPorts = (protocol: number): boolean => [TCP, UDP, SCTP, UDPLITE].includes(protocol);
const icmpNames = (protocol: number) =>
  protocol === ICMP ? ICMP_NAMES : protocol === ICMPV6 ? ICMPV6_NAMES : undefined;

/** `80`, `tcp:80-82`, `icmp:echo-request`, `icmpv6:1/4`, `vrrp:0`; a bare port is TCP's. Undefined: not understood. */
export function parsePorts(text: string): { readonly first: ProtocolPort; readonly last: number } | undefined {
  const colon = text.indexOf(':');
  const protocol = colon < 0 ? TCP : parseProtocol(text.slice(0, colon));
  if (!protocol) return undefined;
  const rest = text.slice(colon + 1);
  const names = icmpNames(protocol);
  if (names) {
    const port = icmpPort(rest, names);
    return port === undefined ? undefined : { first: { protocol, port }, last: port };
  }
  const [from = '', to = from, more] = rest.split('-');
  const low = parseInteger(from, 0, 0xffff);
  const high = parseInteger(to, 0, 0xffff);
  if (low === undefined || high === undefined || more !== undefined) return undefined;
  if (!withPorts(protocol)) return high > 0 ? undefined : { first: { protocol, port: 0 }, last: 0 };
  return { first: { protocol, port: Math.min(low, high) }, last: Math.max(low, high) };
}

function icmpPort(text: string, names: ReadonlyMap<string, readonly [number, number]>): number | undefined {
  const named = names.get(text);
  const [type, code, rest] = named ?? text.split('/').map(word => parseInteger(word, 0, 255));
  return type === undefined || code === undefined || rest !== undefined ? undefined : type * 256 + code;
}

/** As ipset prints it. */
export function formatPort({ protocol, port }: ProtocolPort): string {
  const name = protocolName(protocol) ?? String(protocol);
  const names = icmpNames(protocol);
  if (!names) return `${name}:${port}`;
  for (const [word, [type, code]] of names) if (type * 256 + code === port) return `${name}:${word}`;
  return `${name}:${port >>> 8}/${port & 255}`;
}
