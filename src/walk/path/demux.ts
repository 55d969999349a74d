import { TCP } from '../../net/packet.ts';
import type { Pass } from '../pass.ts';
import { connectedSocket } from '../sockets.ts';

/**
 * tcp_v4_early_demux, tcp_v6_early_demux: a segment finds the socket of its connection before it is routed. A socket in
 * full keeps the route that its connection came by: the segment goes `up` by it, whatever marks and rules say now. One
 * that is half there keeps none, but the segment is the socket's and may not be forwarded (ip_forward, ip6_forward).
 */
export function earlyDemux(pass: Pass): 'up' | undefined {
  const { packet, sockets, compiled } = pass;
  if (!sockets || pass.proxied || packet.protocol !== TCP) return undefined;
  if (packet.type !== undefined && packet.type !== 'unicast') return undefined;
  const off = ['ip_early_demux', 'tcp_early_demux'].some(name => compiled.sysctls.get(`net.ipv4.${name}`) === '0');
  const socket = off ? undefined : connectedSocket(packet, sockets);
  if (!socket) return undefined;
  if (socket.state === undefined) return 'up';
  pass.held = 'a socket whose connection is half open or over';
  return undefined;
}
