import type { LocalSocket } from '../model/socket.ts';
import { type Address, parseAddress } from '../net/address.ts';
import { excerpt, linesOf, type Reading, Remarks, wordsOf } from './reading.ts';

type Protocol = LocalSocket['protocol'];

interface End {
  /** Several where one socket serves both families. */
  readonly addresses: readonly Address[];
  readonly device?: string;
  /** Absent: any (`*`). */
  readonly port?: number;
}

const ANY = { ip: 0, ip6: 0n } as const;
const MAPPED = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i;

/** `ss -tuna`, with or without -e, -p and -l: Netid State Recv-Q Send-Q Local:Port Peer:Port. Other kinds are left out. */
export function parseSockets(text: string, file: string): Reading<readonly LocalSocket[]> {
  const remarks = new Remarks(file);
  const sockets: LocalSocket[] = [];
  for (const { text: line, number } of linesOf(text)) {
    if (/^(?:Netid|State) /.test(line) || /^\s/.test(line)) continue;
    const [netid = '', state = '', , , local = '', remote = ''] = wordsOf(line);
    if (!/^(?:tcp|udp|raw|icmp6?|u_\w+|nl|p_\w+|sctp|mptcp|dccp|tipc|vsock|xdp|unix|packet|netlink)$/.test(netid)) {
      remarks.error(number, `not a line of ss -tuna: ${excerpt(line)}`);
      continue;
    }
    const protocol = protocolOf(netid);
    if (protocol === undefined) continue;
    const [near, far] = [endOf(local), endOf(remote)];
    if (near?.port === undefined || !far) {
      remarks.error(number, `an address of ss that is none: ${excerpt(line)}`);
      continue;
    }
    const mark = /\bfwmark:(0x[0-9a-f]+)\b/.exec(line)?.[1];
    const both = /\bv6only:1\b/.test(line)
      ? near.addresses.filter(address => typeof address === 'bigint')
      : near.addresses;
    sockets.push(
      ...socketsOf(protocol, { ...near, addresses: both }, far, {
        ...stateOf(state),
        ...(mark !== undefined && { mark: Number(mark) }),
      }),
    );
  }
  return { value: sockets, remarks: remarks.list };
}

/** As `ss` says it, and as /proc/net/tcp does. */
const PARTIAL: ReadonlyMap<string, LocalSocket['state']> = new Map([
  ['SYN-RECV', 'half-open'],
  ['03', 'half-open'],
  ['TIME-WAIT', 'time-wait'],
  ['06', 'time-wait'],
]);

function stateOf(text: string): Pick<LocalSocket, 'state'> {
  const state = PARTIAL.get(text);
  return state === undefined ? {} : { state };
}

const protocolOf = (netid: string): Protocol | undefined => (netid === 'tcp' || netid === 'udp' ? netid : undefined);

function* each(near: End): Generator<Address> {
  yield* near.addresses;
}

function socketsOf(protocol: Protocol, near: End, far: End, more: Pick<LocalSocket, 'mark' | 'state'>): LocalSocket[] {
  if (near.port === undefined) return [];
  const { port, device } = near;
  const [address] = far.addresses;
  const peer = far.port === undefined || address === undefined ? {} : { peer: { address, port: far.port } };
  const about = { protocol, port, ...(device !== undefined && { device }), ...peer, ...more };
  return [...each(near)].map(own => ({ ...about, address: own }));
}

/** `10.0.0.1:80`, `127.0.0.53%lo:53`, `[::1]:80`, `*:80` of either family, `[fe80::1]%eth0:80`. */
function endOf(text: string): End | undefined {
  const at = text.lastIndexOf(':');
  const portText = text.slice(at + 1);
  if (at < 0 || !/^(?:\d{1,5}|\*)$/.test(portText)) return undefined;
  const [host = '', device] = text.slice(0, at).split('%');
  const bare = host.replace(/^\[(.*)\]$/, '$1');
  const address = parseAddress(MAPPED.exec(bare)?.[1] ?? bare);
  if (address === undefined && bare !== '*') return undefined;
  return {
    addresses: address === undefined ? [ANY.ip, ANY.ip6] : [address],
    ...(device !== undefined && { device }),
    ...(portText !== '*' && { port: Number(portText) }),
  };
}

const PROC =
  /^\s*\d+: ([0-9A-F]{8}|[0-9A-F]{32}):([0-9A-F]{4}) ([0-9A-F]{8}|[0-9A-F]{32}):([0-9A-F]{4}) ([0-9A-F]{2}) /;

/**
 * /proc/net/tcp, tcp6, udp, udp6; which of the two protocols, the file's name says. Addresses are words of 32 bits as a
 * little-endian machine has them. A socket on `::` serves IPv4 too, as it does unless it asked not to.
 */
export function parseProcSockets(text: string, file: string, protocol: Protocol): Reading<readonly LocalSocket[]> {
  const remarks = new Remarks(file);
  const sockets: LocalSocket[] = [];
  for (const { text: line, number } of linesOf(text)) {
    if (/^\s*sl +local_address/.test(line)) continue;
    const [, near = '', port = '', far = '', farPort = '', state = ''] = PROC.exec(line) ?? [];
    if (near === '') {
      remarks.error(number, `not a line of /proc/net/tcp or udp: ${excerpt(line)}`);
      continue;
    }
    const own = addressOf(near);
    const addresses = own === ANY.ip6 ? [ANY.ip, ANY.ip6] : [own];
    const remote = Number.parseInt(farPort, 16);
    const end = { addresses: [addressOf(far)], ...(remote !== 0 && { port: remote }) };
    sockets.push(
      ...socketsOf(
        protocol,
        { addresses, port: Number.parseInt(port, 16) },
        end,
        protocol === 'tcp' ? stateOf(state) : {},
      ),
    );
  }
  return { value: sockets, remarks: remarks.list };
}

function addressOf(hex: string): Address {
  const words = (hex.match(/.{8}/g) ?? []).map(word => (word.match(/../g) ?? []).reverse().join(''));
  const [first = '0'] = words;
  if (words.length === 1) return Number.parseInt(first, 16);
  const value = BigInt(`0x${words.join('')}`);
  return value >> 32n === 0xffffn ? Number(value & 0xffffffffn) : value;
}
