import type {
  EndpointAnswer,
  Outcome,
  PacketAnswer,
  ReceiverAnswer,
  RuleAnswer,
  ServiceAnswer,
  TranslationAnswer,
} from '../cluster/answer.ts';
import { safe } from './safe.ts';

export { share } from '../net/share.ts';

/** `10.0.0.1:80`, `[fd00::1]:80`. */
export function endpoint({ address, port }: EndpointAnswer): string {
  if (port === undefined) return address;
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
}

const NODES_OWN = "the node's address";

/** 0.0.0.0 and :: stand for the address that MASQUERADE would take, where it was not captured. */
const ownAddress = (address: string): string => (address === '0.0.0.0' || address === '::' ? NODES_OWN : address);

export function ownEndpoint(at: EndpointAnswer): string {
  const address = ownAddress(at.address);
  return address === at.address ? endpoint(at) : [address, ...(at.port === undefined ? [] : [at.port])].join(':');
}

/** What one side of a packet was, and what it becomes. */
export function changeWords({ field, from, to }: Pick<TranslationAnswer, 'field' | 'from' | 'to'>): string {
  const [was, is] = field === 'source' ? [endpoint(from), ownEndpoint(to)] : [ownEndpoint(from), endpoint(to)];
  return `${field} ${was} > ${is}`;
}

/** `10.0.0.2`, or that it is the node's address, of what a receiver sees as the source. */
export function sourceWords({ sourceSeen, translations }: Outcome): string | undefined {
  const address = sourceSeen?.address;
  const own = translations.some(({ kind, to }) => kind === 'masquerade' && to.address === address);
  return address !== undefined && own ? ownAddress(address) : address;
}

/** The answer to a packet, which may go to the address that MASQUERADE took. */
export const answerWords = (packet: PacketAnswer): string => packetWords(packet, ownEndpoint(packet.destination));

export function packetWords(
  { protocol, source, destination, tcpFlags, icmp, mark }: PacketAnswer,
  to = endpoint(destination),
): string {
  const more: string[] = [];
  if (tcpFlags && tcpFlags.join() !== 'SYN') more.push(tcpFlags.join(',') || 'no flags');
  if (icmp) more.push(`type ${icmp.type}${icmp.code === 0 ? '' : `/${icmp.code}`}`);
  if (mark !== 0) more.push(`mark ${hex(mark)}`);
  return [`${protocol} ${endpoint(source)} > ${to}`, ...more].join(', ');
}

export const hex = (value: number): string => `0x${value.toString(16)}`;

export function serviceWords({ namespace, name, portName, address }: ServiceAnswer): string {
  const text = `${namespace}/${name}${portName === undefined ? '' : `:${portName}`}`;
  return safe(address === undefined ? text : `${text}, ${address}`);
}

/** `pod default/n1p1, 192.168.1.10:8080`, `n2 itself, 10.0.0.2:22`, `10.0.0.9:80`. */
export function receiver({ kind, name, node, ...at }: ReceiverAnswer): string {
  if (kind === 'socket') return safe(`${node ?? 'the node'} itself, ${endpoint(at)}`);
  if (kind === 'host') return safe(name === undefined ? endpoint(at) : `${name}, ${endpoint(at)}`);
  return safe(`${kind} ${name ?? ''}, ${endpoint(at)}`);
}

/** The shortest name that tells who receives it: of a pod its name, else its address. */
export function receiverName(outcome: Outcome): string {
  const { deliveredTo, headedFor, disposition } = outcome;
  const who = deliveredTo ?? headedFor;
  if (!who) return disposition;
  return safe(who.kind === 'pod' && who.name !== undefined ? who.name : endpoint(who));
}

export const place = ({ table, chain, number }: RuleAnswer): string => safe(`${table} ${chain} ${number}`);
export const source = ({ file, line }: { readonly file: string; readonly line: number }): string =>
  safe(`${file}:${line}`);

/** A fate in words. */
export function fate({ disposition, reason, deliveredTo, headedFor, hops }: Outcome): string {
  const last = hops.at(-1);
  const why = safe(reason);
  switch (disposition) {
    case 'delivered':
      return deliveredTo ? `delivered to ${receiver(deliveredTo)}` : 'delivered';
    case 'leaves-the-node':
    case 'leaves-the-cluster': {
      const by = last?.out === undefined ? '' : ` by ${last.out}`;
      const hop = last?.nexthop === undefined ? '' : ` to ${last.nexthopName ?? last.nexthop}`;
      const bound = headedFor ? `, bound for ${receiver(headedFor)}` : '';
      return `${safe(`leaves ${last?.node ?? 'the node'}${by}${hop}`)}${bound}`;
    }
    case 'undecided':
      return `not decided: ${why}`;
    default: {
      const word = disposition.replaceAll('-', ' ');
      const several = disposition !== 'loop' && hops.some(({ node }) => node !== last?.node);
      const at = several && last ? safe(`, at ${last.node}`) : '';
      return `${why.startsWith(word) ? why : `${word}: ${why}`}${at}`;
    }
  }
}
