import type { CtState } from '../model/conntrack.ts';
import { InputError } from '../model/source.ts';
import { type Address, familyOf, parseAddress } from '../net/address.ts';
import { hasPorts, ICMP, ICMPV6, TCP, TCP_FLAG, type TcpFlag } from '../net/packet.ts';
import { parseProtocol } from '../net/protocol.ts';
import { type App, PROTOCOLS } from './app/app.ts';

export interface Endpoint {
  readonly address: Address;
  readonly port?: number;
}

/** The packet that a person asks about, and where it starts; what is absent was not said. */
export interface TraceRequest {
  readonly source: Endpoint;
  readonly destination: Endpoint;
  readonly protocol: number;
  readonly node?: string;
  readonly in?: string;
  readonly fromNode?: boolean;
  readonly mark?: number;
  readonly ttl?: number;
  readonly tos?: number;
  readonly tcpFlags?: number;
  readonly icmp?: { readonly type: number; readonly code: number };
  readonly ct?: CtState;
  /** Only the outcomes in which this one answers. */
  readonly endpoint?: Endpoint;
  readonly reply?: boolean;
  readonly app?: App;
}

/** `10.0.0.1`, `10.0.0.1:53`, `fd00::1`, `[fd00::1]`, `[fd00::1]:53`. */
export function parseEndpoint(text: string, what: string): Endpoint {
  const bracket = /^\[([^\]]*)\](?::(.*))?$/.exec(text);
  const colon = text.indexOf(':');
  const single = colon >= 0 && colon === text.lastIndexOf(':');
  const host = bracket ? (bracket[1] ?? '') : single ? text.slice(0, colon) : text;
  const portText = bracket ? bracket[2] : single ? text.slice(colon + 1) : undefined;
  const address = parseAddress(host);
  if (address === undefined)
    throw new InputError(`${what}: '${text}' is not an address; write 10.0.0.1:53 or [fd00::1]:53`);
  return portText === undefined ? { address } : { address, port: parsePort(portText, what) };
}

/** `10.96.0.10:53/udp`: an endpoint and a protocol by name or number, which is tcp where none is said. */
export function parseDestination(text: string): { readonly endpoint: Endpoint; readonly protocol: number } {
  const slash = text.lastIndexOf('/');
  const endpoint = parseEndpoint(slash < 0 ? text : text.slice(0, slash), 'destination');
  const name = slash < 0 ? 'tcp' : text.slice(slash + 1);
  const protocol = parseProtocol(name);
  if (protocol === undefined || name === 'all')
    throw new InputError(`destination: '${name}' is no protocol; write tcp, udp, sctp, icmp, icmpv6 or a number`);
  if (hasPorts(protocol) && endpoint.port === undefined)
    throw new InputError(`destination: ${name} needs a port; write ${suggest(text, slash)}`);
  if (!hasPorts(protocol) && endpoint.port !== undefined)
    throw new InputError(`destination: ${name} has no ports; leave out :${endpoint.port}`);
  return { endpoint, protocol };
}

const suggest = (text: string, slash: number): string => {
  const host = slash < 0 ? text : text.slice(0, slash);
  return `${host.includes(':') && !host.startsWith('[') ? `[${host}]` : host}:80${slash < 0 ? '' : text.slice(slash)}`;
};

export function parsePort(text: string, what: string): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN;
  if (!(port >= 0 && port <= 65535)) throw new InputError(`${what}: '${text}' is no port; it goes from 0 to 65535`);
  return port;
}

/** A decimal or `0x` number of at most `max`. */
export function parseNumber(text: string, max: number, what: string): number {
  const value = /^(?:0x[0-9a-fA-F]{1,8}|\d{1,10})$/.test(text) ? Number(text) : Number.NaN;
  if (!(value <= max)) throw new InputError(`${what}: '${text}' is no number from 0 to ${max}`);
  return value;
}

/** `SYN,ACK`, `none`, `all`. */
export function parseTcpFlags(text: string): number {
  const word = text.toUpperCase();
  if (word === 'NONE') return 0;
  if (word === 'ALL') return Object.values(TCP_FLAG).reduce((sum, bit) => sum | bit, 0);
  let flags = 0;
  for (const name of word.split(',')) {
    if (!isFlag(name)) throw new InputError(`--tcp-flags: '${name}' is none of ${Object.keys(TCP_FLAG).join(', ')}`);
    flags |= TCP_FLAG[name];
  }
  return flags;
}

const isFlag = (name: string): name is TcpFlag => Object.hasOwn(TCP_FLAG, name);

export const tcpFlagNames = (flags: number): string[] =>
  Object.entries(TCP_FLAG)
    .filter(([, bit]) => flags & bit)
    .map(([name]) => name);

/** `8`, `3/4`. */
export function parseIcmpType(text: string): { readonly type: number; readonly code: number } {
  const [, type, code = '0'] = /^(\d{1,3})(?:\/(\d{1,3}))?$/.exec(text) ?? [];
  if (type === undefined || Number(type) > 255 || Number(code) > 255)
    throw new InputError(`--icmp-type: '${text}' is no TYPE or TYPE/CODE; an echo request is 8, of ICMPv6 128`);
  return { type: Number(type), code: Number(code) };
}

/** What cannot be of one packet: two families, ICMP of the other one, flags of another protocol. */
export function checkRequest(request: TraceRequest): void {
  const { source, destination, protocol } = request;
  const family = familyOf(destination.address);
  if (familyOf(source.address) !== family)
    throw new InputError('source and destination are of two families; give two IPv4 or two IPv6 addresses');
  if (protocol === ICMP && family === 'ip6') throw new InputError('icmp is of IPv4; write /icmpv6');
  if (protocol === ICMPV6 && family === 'ip') throw new InputError('icmpv6 is of IPv6; write /icmp');
  if (source.port !== undefined && !hasPorts(protocol))
    throw new InputError('source: this protocol has no ports; leave the port out');
  if (request.tcpFlags !== undefined && protocol !== TCP) throw new InputError('--tcp-flags: the packet is not tcp');
  if (request.icmp && protocol !== ICMP && protocol !== ICMPV6)
    throw new InputError('--icmp-type: the packet is not icmp; write /icmp or /icmpv6 behind the destination');
  if (request.fromNode && request.in !== undefined)
    throw new InputError('--from-node and --in exclude each other: a packet that the node sends comes in by nothing');
  if (request.app) PROTOCOLS[request.app].check(protocol);
}
