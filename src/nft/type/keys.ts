import type { DataType } from './datatype.ts';
import { dataType, HOST_INTEGER, named, STRING, TIME } from './types.ts';

/** KEY:TYPE[:BITS]; without a type an integer. */
function keys(rows: string): ReadonlyMap<string, DataType> {
  const types = new Map<string, DataType>();
  for (const row of rows.trim().split(/\s+/)) {
    const [key = '', type = 'integer', bits] = row.split(':');
    const of = type === 'integer' ? HOST_INTEGER : type === 'string' ? STRING : type === 'time' ? TIME : named(type);
    types.set(key, bits === undefined ? of : { ...of, bits: Number(bits) });
  }
  return types;
}

/** What `meta KEY` yields. */
export const META_KEYS = keys(`length:integer:32 protocol:ether_type priority:classid mark:mark iif:iface_index
  iifname:ifname iiftype:iface_type oif:iface_index oifname:ifname oiftype:iface_type skuid:uid skgid:gid
  nftrace:integer:1 rtclassid:realm secmark:integer:32 nfproto:nf_proto l4proto:inet_proto ibriport:ifname
  ibrname:ifname ibridgename:ifname obriport:ifname obrname:ifname obridgename:ifname pkttype:pkt_type
  cpu:integer:32 iifgroup:devgroup oifgroup:devgroup cgroup:integer:32 random:integer:32 ipsec:boolean
  secpath:boolean iifkind:ifname oifkind:ifname ibrpvid:integer:16 ibrvproto:ether_type ibrhwaddr:ether_addr
  time:date day:day hour:hour sdif:iface_index sdifname:ifname broute:boolean`);

/** What `ct KEY` yields; addresses are of the connection's family. */
export const CT_KEYS = keys(`state:ct_state direction:ct_dir status:ct_status mark:mark expiration:time
  helper:string label:ct_label l3proto:nf_proto protocol:inet_proto proto-src:inet_service proto-dst:inet_service
  packets:integer:64 bytes:integer:64 avgpkt:integer:64 zone:integer:16 id:integer:32 event:ct_event
  secmark:integer:32 count:integer:32 eventmask:ct_event`);

export const RT_KEYS = keys('classid:realm mtu:integer:16 ipsec:boolean');
export const SOCKET_KEYS = keys('transparent:integer:8 mark:mark wildcard:integer:8 cgroupv2:cgroupsv2');

/** Of an address that is told to be of a family, or told by nothing. */
export const addressType = (family: string | undefined): DataType =>
  family === 'ip6' ? named('ipv6_addr') : (dataType('ipv4_addr') ?? HOST_INTEGER);
