import type { Nat, NatRange } from '../model/effect.ts';
import { type Address, type Family, familyOf, formatAddress, formatEndpoint, parseAddress } from '../net/address.ts';
import { DCCP, ICMP, SCTP, TCP, UDP } from '../net/packet.ts';
import { servicePort } from '../net/service.ts';
import { OptionError, type RuleContext } from './extension.ts';
import type { Given } from './given.ts';
import { parseInteger } from './numbers.ts';

export interface NatOptions {
  readonly range: NatRange;
}

/** `shift`: the target takes a base (DNAT); `drop`: it reads one and keeps 0; `refuse`: it has none. */
type Base = 'shift' | 'drop' | 'refuse';

/** Also behind `! -p`, and ICMP's number in either family (libxt_NAT.c). */
const WITH_PORTS: readonly number[] = [TCP, UDP, SCTP, DCCP, ICMP];

function port(text: string, min = 0): number {
  const value = parseInteger(text, min, 0xffff);
  if (value === undefined) throw new OptionError(`Port \`${text}' not valid`);
  return value;
}

/** `80`, `ssh`, `80-90`, `80-90/1000`. Throws OptionError. */
export function parsePorts(text: string, context: RuleContext, base: Base): NatRange {
  if (!WITH_PORTS.includes(context.protocol))
    throw new OptionError('Need TCP, UDP, SCTP or DCCP with port specification');
  const service = servicePort(text);
  if (service !== undefined) return { minPort: service, maxPort: service };
  const dash = text.indexOf('-');
  if (dash < 0) {
    if (/^\w+:/.test(text)) throw new OptionError('Invalid port:port syntax - use dash');
    const single = port(text);
    return { minPort: single, maxPort: single };
  }
  const slash = text.indexOf('/', dash);
  const minPort = port(text.slice(0, dash));
  const maxPort = port(text.slice(dash + 1, slash < 0 ? undefined : slash));
  if (maxPort < minPort) throw new OptionError(`Port range \`${minPort}-${maxPort}' funky`);
  if (slash < 0) return { minPort, maxPort };
  if (base === 'refuse') throw new OptionError('Shifted portmap ranges not supported with this kernel');
  const basePort = port(text.slice(slash + 1), base === 'shift' ? 1 : 0);
  return { minPort, maxPort, basePort: base === 'shift' ? basePort : 0 };
}

function address(text: string, family: Family): Address {
  const value = parseAddress(text);
  if (value === undefined || familyOf(value) !== family) throw new OptionError(`Bad IP address "${text}"`);
  return value;
}

/** `ADDRESS[-ADDRESS][:PORTS]`, `[ADDRESS-ADDRESS]:PORTS`, `:PORTS`. Throws OptionError. */
export function parseNatRange(text: string, context: RuleContext, base: Base): NatRange {
  const open = text.indexOf('[');
  const close = open < 0 ? -1 : text.indexOf(']', open);
  if (open >= 0 && (close < 0 || context.family === 'ip')) throw new OptionError('Invalid address format');
  const colon = text.indexOf(':', close + 1);
  const hasPorts = colon >= 0 && (open >= 0 || text.indexOf(':', colon + 1) < 0);
  const ports = hasPorts ? parsePorts(text.slice(colon + 1), context, base) : {};
  if (hasPorts && colon === 0) return ports;
  const addresses = open >= 0 ? text.slice(open + 1, close) : hasPorts ? text.slice(0, colon) : text;
  const dash = addresses.indexOf('-');
  const minAddress = address(dash < 0 ? addresses : addresses.slice(0, dash), context.family);
  const maxAddress = dash < 0 ? minAddress : address(addresses.slice(dash + 1), context.family);
  return { minAddress, maxAddress, ...ports };
}

/** `--random` and its like, as far as the target has them. */
export function natFlags(given: Given): NatRange {
  return {
    ...(given.has('--random') && { random: true }),
    ...(given.has('--random-fully') && { fullyRandom: true }),
    ...(given.has('--persistent') && { persistent: true }),
  };
}

export function printPorts({ minPort, maxPort, basePort }: NatRange): string {
  if (minPort === undefined) return '';
  const ports = maxPort === undefined || maxPort === minPort ? `${minPort}` : `${minPort}-${maxPort}`;
  return basePort === undefined ? ports : `${ports}/${basePort}`;
}

function printAddresses({ minAddress, maxAddress }: NatRange): string {
  if (minAddress === undefined) return '';
  const last = maxAddress === undefined || maxAddress === minAddress ? '' : `-${formatAddress(maxAddress)}`;
  return formatAddress(minAddress) + last;
}

/** As `--to-destination` prints it: IPv6 in brackets where a port follows. */
export function printNatRange(range: NatRange): string {
  const addresses = printAddresses(range);
  const ports = printPorts(range);
  if (ports === '') return addresses;
  return `${typeof range.minAddress === 'bigint' ? `[${addresses}]` : addresses}:${ports}`;
}

export function printNatFlags({ random, fullyRandom, persistent }: NatRange): string {
  return `${random ? ' --random' : ''}${fullyRandom ? ' --random-fully' : ''}${persistent ? ' --persistent' : ''}`;
}

/** `10.0.0.1:80`; a range as it prints. */
export function describeRange(range: NatRange): string {
  const single = range.minAddress !== undefined && range.minAddress === range.maxAddress;
  return single && range.minPort === range.maxPort && range.basePort === undefined
    ? formatEndpoint(range.minAddress, range.minPort)
    : printNatRange(range);
}

export const natEffect = (type: Exclude<Nat['type'], 'netmap'>, range: NatRange): Nat => ({ kind: 'nat', type, range });
