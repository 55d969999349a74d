import type { Statement } from '../model/ruleset.ts';
import type { Truth } from '../model/truth.ts';
import type { Address } from '../net/address.ts';
import type { Packet } from '../net/packet.ts';
import { contains, formatPrefix, type Prefix } from '../net/prefix.ts';
import { protocolName } from '../net/protocol.ts';
import type { Backend, RuleContext } from './extension.ts';
import type { XtStatement } from './statement.ts';

interface Invertible<T> {
  readonly value: T;
  readonly inverted: boolean;
}

/** The options every rule has without `-m`. Interface names ending in `+` match by prefix. */
export interface Header {
  readonly source?: Invertible<Prefix>;
  readonly destination?: Invertible<Prefix>;
  readonly iif?: Invertible<string>;
  readonly oif?: Invertible<string>;
  /** 0 (all) is not kept. */
  readonly protocol?: Invertible<number>;
  /** `-f`: second and further fragments (IPv4). */
  readonly fragment?: { readonly inverted: boolean };
}

const bang = (item: { readonly inverted: boolean }): string => (item.inverted ? ' !' : '');

/** An absent interface is the empty string to the kernel: `-o eth0` is no in PREROUTING, `! -o eth0` yes. */
export function interfaceMatches(pattern: string, name: string | undefined): boolean {
  return pattern.endsWith('+') ? (name ?? '').startsWith(pattern.slice(0, -1)) : pattern === name;
}

/** Whether an address is as a rule wants it. */
export type AddressTest = (address: Address) => boolean;

const networkTest =
  ({ value, inverted }: Invertible<Prefix>): AddressTest =>
  address =>
    contains(value, address) !== inverted;

/** The header's test of a packet; `own`: what is asked of the addresses instead of what the header says. */
export function headerTest(
  header: Header,
  own: { readonly source?: AddressTest | undefined; readonly destination?: AddressTest | undefined } = {},
): (packet: Packet) => boolean {
  const { iif, oif, protocol, fragment } = header;
  const destination = own.destination ?? (header.destination && networkTest(header.destination));
  const source = own.source ?? (header.source && networkTest(header.source));
  return packet => {
    if (destination && !destination(packet.daddr)) return false;
    if (source && !source(packet.saddr)) return false;
    if (iif && interfaceMatches(iif.value, packet.iif) === iif.inverted) return false;
    if (oif && interfaceMatches(oif.value, packet.oif) === oif.inverted) return false;
    if (protocol && (protocol.value === packet.protocol) === protocol.inverted) return false;
    if (fragment && (packet.fragment === 'later') === fragment.inverted) return false;
    return true;
  };
}

/** The legacy printer leaves out `+`, which every interface matches, even behind `!`. */
export function printHeader(header: Header, backend: Backend): string {
  const { source, destination, iif, oif, protocol, fragment } = header;
  let out = '';
  if (source) out += `${bang(source)} -s ${formatPrefix(source.value)}`;
  if (destination) out += `${bang(destination)} -d ${formatPrefix(destination.value)}`;
  if (iif && (iif.value !== '+' || backend === 'nft')) out += `${bang(iif)} -i ${iif.value}`;
  if (oif && (oif.value !== '+' || backend === 'nft')) out += `${bang(oif)} -o ${oif.value}`;
  if (protocol) out += `${bang(protocol)} -p ${protocolName(protocol.value) ?? protocol.value}`;
  if (fragment) out += `${bang(fragment)} -f`;
  return out;
}

function describeHeader(header: Header): string {
  const { source, destination, iif, oif, protocol, fragment } = header;
  const part = (word: string, item: Invertible<unknown> | undefined, text: string) =>
    item ? [`${item.inverted ? 'not ' : ''}${word}${text}`] : [];
  return [
    ...part('', protocol, protocol ? (protocolName(protocol.value) ?? `protocol ${protocol.value}`) : ''),
    ...part('from ', source, source ? formatPrefix(source.value) : ''),
    ...part('to ', destination, destination ? formatPrefix(destination.value) : ''),
    ...part('in ', iif, iif?.value ?? ''),
    ...part('out ', oif, oif?.value ?? ''),
    ...(fragment ? [`${fragment.inverted ? 'not ' : ''}a later fragment`] : []),
  ].join(', ');
}

/** In words the options of a header that a packet is not as they want it. */
export const refusedBy = (header: Header, packet: Packet): readonly string[] => {
  const { source, destination, iif, oif, protocol, fragment } = header;
  const parts: readonly (Header | undefined)[] = [
    protocol && { protocol },
    source && { source },
    destination && { destination },
    iif && { iif },
    oif && { oif },
    fragment && { fragment },
  ];
  return parts.flatMap(part => (part && !headerTest(part)(packet) ? [describeHeader(part)] : []));
};

class HeaderStatement implements XtStatement {
  readonly kind = 'match';
  readonly name = 'ip';
  readonly options: Header;
  private test: ((packet: Packet) => boolean) | undefined;

  constructor(options: Header) {
    this.options = options;
  }

  evaluate(packet: Packet): Truth {
    this.test ??= headerTest(this.options);
    return this.test(packet);
  }

  describe(): string {
    return describeHeader(this.options);
  }

  print({ backend }: RuleContext): string {
    return printHeader(this.options, backend);
  }
}

export const headerStatement = (header: Header): XtStatement => new HeaderStatement(header);

/** The options of a header statement; undefined: it is another one. */
export const headerOf = (statement: Statement): Header | undefined =>
  statement instanceof HeaderStatement ? statement.options : undefined;
