import type { DataType } from './datatype.ts';
import { BITMASK, INTEGER, named } from './types.ts';

/** Where a field of a header lies, in bits from the header's start, and what its constants are. */
export interface Field {
  readonly offset: number;
  readonly length: number;
  readonly type: DataType;
}

/** NAME:OFFSET:LENGTH[:TYPE], in bits; without a type an integer. A `_` in a name is a blank. */
function header(rows: string): ReadonlyMap<string, Field> {
  const fields = new Map<string, Field>();
  for (const row of rows.trim().split(/\s+/)) {
    const [name = '', offset, length, type] = row.split(':');
    const of = type === undefined ? INTEGER : type === 'bitmask' ? BITMASK : named(type);
    fields.set(name.replaceAll('_', ' '), { offset: Number(offset), length: Number(length), type: of });
  }
  return fields;
}

/** Headers that a payload expression names, with the base that the kernel counts from. */
export interface Header {
  readonly base: 'll' | 'nh' | 'th' | 'ih';
  readonly fields: ReadonlyMap<string, Field>;
}

const PORTS = 'sport:0:16:inet_service dport:16:16:inet_service';
const ll = (rows: string): Header => ({ base: 'll', fields: header(rows) });
const nh = (rows: string): Header => ({ base: 'nh', fields: header(rows) });
const th = (rows: string): Header => ({ base: 'th', fields: header(rows) });
const ih = (rows: string): Header => ({ base: 'ih', fields: header(rows) });

/** By the name that both nft's text and its JSON use. */
export const HEADERS: ReadonlyMap<string, Header> = new Map([
  ['ether', ll('daddr:0:48:ether_addr saddr:48:48:ether_addr type:96:16:ether_type')],
  ['vlan', ll('pcp:112:3 dei:115:1 cfi:115:1 id:116:12 type:128:16:ether_type')],
  [
    'arp',
    nh(`htype:0:16 ptype:16:16:ether_type hlen:32:8 plen:40:8 operation:48:16:arp_op saddr_ether:64:48:ether_addr
      saddr_ip:112:32:ipv4_addr daddr_ether:144:48:ether_addr daddr_ip:192:32:ipv4_addr`),
  ],
  [
    'ip',
    nh(`version:0:4 hdrlength:4:4 dscp:8:6:dscp ecn:14:2:ecn length:16:16 id:32:16 frag-off:48:16 ttl:64:8
      protocol:72:8:inet_proto checksum:80:16 saddr:96:32:ipv4_addr daddr:128:32:ipv4_addr`),
  ],
  [
    'ip6',
    nh(`version:0:4 dscp:4:6:dscp ecn:10:2:ecn flowlabel:12:20 length:32:16 nexthdr:48:8:inet_proto hoplimit:56:8
      saddr:64:128:ipv6_addr daddr:192:128:ipv6_addr`),
  ],
  ['icmp', th(`type:0:8:icmp_type code:8:8:icmp_code checksum:16:16 id:32:16 sequence:48:16 gateway:32:32 mtu:48:16`)],
  [
    'icmpv6',
    th(`type:0:8:icmpv6_type code:8:8:icmpv6_code checksum:16:16 parameter-problem:32:32 mtu:32:32
      packet-too-big:32:32 id:32:16 sequence:48:16 max-delay:32:16 taddr:64:128:ipv6_addr daddr:192:128:ipv6_addr`),
  ],
  ['igmp', th('type:0:8:igmp_type mrt:8:8 checksum:16:16 group:32:32:ipv4_addr')],
  ['udp', th(`${PORTS} length:32:16 checksum:48:16`)],
  ['udplite', th(`${PORTS} csumcov:32:16 checksum:48:16`)],
  [
    'tcp',
    th(`${PORTS} sequence:32:32 ackseq:64:32 doff:96:4 reserved:100:4 flags:104:8:tcp_flag window:112:16
      checksum:128:16 urgptr:144:16`),
  ],
  ['dccp', th(`${PORTS} type:67:4:dccp_pkttype`)],
  ['sctp', th(`${PORTS} vtag:32:32 checksum:64:32`)],
  ['th', th(PORTS)],
  ['ah', th('nexthdr:0:8:inet_proto hdrlength:8:8 reserved:16:16 spi:32:32 sequence:64:32')],
  ['esp', th('spi:0:32 sequence:32:32')],
  ['comp', th('nexthdr:0:8:inet_proto flags:8:8:bitmask cpi:16:16')],
  ['gre', ih('flags:0:5 version:13:3 protocol:16:16:ether_type')],
  ['gretap', ih('flags:0:5 version:13:3 protocol:16:16:ether_type')],
  ['vxlan', ih('flags:0:8 vni:32:24')],
  ['geneve', ih('type:16:16:ether_type vni:32:24')],
]);

export const payloadField = (protocol: string, field: string): Field | undefined =>
  HEADERS.get(protocol)?.fields.get(field);

/** IPv6 extension headers; offsets from the header's start. */
export const EXTENSION_HEADERS: ReadonlyMap<string, ReadonlyMap<string, Field>> = new Map([
  ['hbh', header('nexthdr:0:8:inet_proto hdrlength:8:8')],
  ['dst', header('nexthdr:0:8:inet_proto hdrlength:8:8')],
  ['rt', header('nexthdr:0:8:inet_proto hdrlength:8:8 type:16:8 seg-left:24:8')],
  ['rt0', header('reserved:32:32 addr:64:128:ipv6_addr')],
  ['rt2', header('reserved:32:32 addr:64:128:ipv6_addr')],
  ['srh', header('last-entry:32:8 flags:40:8 tag:48:16 sid:64:128:ipv6_addr')],
  ['frag', header('nexthdr:0:8:inet_proto reserved:8:8 frag-off:16:13 reserved2:29:2 more-fragments:31:1 id:32:32')],
  ['mh', header('nexthdr:0:8:inet_proto hdrlength:8:8 type:16:8:mh_type reserved:24:8 checksum:32:16')],
]);

/** Fields of TCP options, from the option's start. */
export const TCP_OPTIONS: ReadonlyMap<string, ReadonlyMap<string, Field>> = new Map([
  ['eol', header('kind:0:8')],
  ['nop', header('kind:0:8')],
  ['maxseg', header('kind:0:8 length:8:8 size:16:16')],
  ['window', header('kind:0:8 length:8:8 count:16:8')],
  ['sack-perm', header('kind:0:8 length:8:8')],
  ['sack', header('kind:0:8 length:8:8 left:16:32 right:48:32')],
  ['sack0', header('kind:0:8 length:8:8 left:16:32 right:48:32')],
  ['sack1', header('kind:0:8 length:8:8 left:80:32 right:112:32')],
  ['sack2', header('kind:0:8 length:8:8 left:144:32 right:176:32')],
  ['sack3', header('kind:0:8 length:8:8 left:208:32 right:240:32')],
  ['timestamp', header('kind:0:8 length:8:8 tsval:16:32 tsecr:48:32')],
  ['fastopen', header('kind:0:8 length:8:8')],
  ['md5sig', header('kind:0:8 length:8:8')],
  ['mptcp', header('kind:0:8 length:8:8 subtype:16:4')],
]);

/** Options of the IPv4 header. */
export const IP_OPTIONS: ReadonlyMap<string, ReadonlyMap<string, Field>> = new Map([
  ['lsrr', header('type:0:8 length:8:8 ptr:16:8 addr:24:32:ipv4_addr')],
  ['ssrr', header('type:0:8 length:8:8 ptr:16:8 addr:24:32:ipv4_addr')],
  ['rr', header('type:0:8 length:8:8 ptr:16:8 addr:24:32:ipv4_addr')],
  ['ra', header('type:0:8 length:8:8 value:16:16')],
]);

const CHUNK = 'type:0:8 flags:8:8 length:16:16';
/** Chunks of SCTP, from the chunk's start. */
export const SCTP_CHUNKS: ReadonlyMap<string, ReadonlyMap<string, Field>> = new Map([
  ['data', header(`${CHUNK} tsn:32:32 stream:64:16 ssn:80:16 ppid:96:32`)],
  ...['init', 'init-ack'].map(
    name =>
      [
        name,
        header(
          `${CHUNK} init-tag:32:32 a-rwnd:64:32 num-outbound-streams:96:16 num-inbound-streams:112:16 initial-tsn:128:32`,
        ),
      ] as const,
  ),
  ['sack', header(`${CHUNK} cum-tsn-ack:32:32 a-rwnd:64:32 num-gap-ack-blocks:96:16 num-dup-tsns:112:16`)],
  ...[
    'heartbeat',
    'heartbeat-ack',
    'abort',
    'shutdown-ack',
    'error',
    'cookie-echo',
    'cookie-ack',
    'shutdown-complete',
  ].map(name => [name, header(CHUNK)] as const),
  ['shutdown', header(`${CHUNK} cum-tsn-ack:32:32`)],
  ['ecne', header(`${CHUNK} lowest-tsn:32:32`)],
  ['cwr', header(`${CHUNK} lowest-tsn:32:32`)],
  ['asconf-ack', header(`${CHUNK} seqno:32:32`)],
  ['asconf', header(`${CHUNK} seqno:32:32`)],
  ['forward-tsn', header(`${CHUNK} new-cum-tsn:32:32`)],
]);

/** Bits of a header or option that have no name nft prints as `unknown`: which they are cannot be told from that. */
const UNKNOWN = 'unknown';
export const isField = (fields: ReadonlyMap<string, Field> | undefined, word: string): boolean =>
  word === UNKNOWN || fields?.has(word) === true;
