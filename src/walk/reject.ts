import type { Reject } from '../model/effect.ts';
import { DCCP, GRE, ICMP, ICMPV6, isIcmpError, type Packet, SCTP, TCP, UDPLITE } from '../net/packet.ts';
import { attachedTo, icmpError, tcpReset } from './answers.ts';
import { has, STATUS } from './conntrack/connection.ts';
import type { End, Pass } from './pass.ts';
import { rerouteFlow, sentFlow } from './route/flow.ts';
import { routeOutput } from './route/output.ts';
import type { RulePosition } from './trace.ts';

/** `--reject-with` by type and code. */
export const REJECT_ICMP: Readonly<Record<string, readonly [number, number]>> = {
  'icmp-net-unreachable': [3, 0],
  'icmp-host-unreachable': [3, 1],
  'icmp-proto-unreachable': [3, 2],
  'icmp-port-unreachable': [3, 3],
  'icmp-net-prohibited': [3, 9],
  'icmp-host-prohibited': [3, 10],
  'icmp-admin-prohibited': [3, 13],
  'icmp6-no-route': [1, 0],
  'icmp6-adm-prohibited': [1, 1],
  'icmp6-addr-unreachable': [1, 3],
  'icmp6-port-unreachable': [1, 4],
  'icmp6-policy-fail': [1, 5],
  'icmp6-reject-route': [1, 6],
};

const AH = 51;
const ESP = 50;
/** Protocols without a checksum of their whole payload, or with another than the usual. */
const NOT_SUMMED: ReadonlySet<number> = new Set([GRE, AH, ESP, SCTP, UDPLITE, DCCP]);
const NO_NEXT_HEADER = 59;

/** nf_reject_verify_csum, and for IPv6 reject6_csum_ok, which wants a header behind the extension headers. */
const answerable = ({ family, protocol, badChecksum }: Packet): boolean =>
  !(badChecksum && !NOT_SUMMED.has(protocol)) && !(family === 'ip6' && protocol === NO_NEXT_HEADER);

/** Drops the packet and sends what the rule says. ICMP errors and later fragments are answered by nothing. */
export function reject(pass: Pass, effect: Reject, at: RulePosition): End {
  const { packet } = pass;
  const end: End = { disposition: 'rejected', reason: `rejected with ${effect.with}`, decidedBy: at };
  if (pass.compiled.options.recorder || !answerable(packet)) return end;
  if (effect.with === 'tcp-reset') {
    if (packet.protocol === TCP) {
      const attached = attachedTo(pass);
      const before = pass.answers.length;
      tcpReset(pass, 'none', attached);
      const reset = pass.answers[before]?.packet;
      if (reset && hasWay(reset, pass)) setClosing(pass);
    }
    return end;
  }
  const icmp = REJECT_ICMP[effect.with];
  if (icmp && !((packet.protocol === ICMP || packet.protocol === ICMPV6) && isIcmpError(packet)))
    icmpError(pass, icmp[0], icmp[1], effect.with);
  return end;
}

/** nf_send_reset, nf_send_reset6: a reset without a route ends before the connection hears of it. */
function hasWay(reset: Packet, { compiled, routing }: Pass): boolean {
  const flow = reset.family === 'ip' ? rerouteFlow(reset, compiled.fib) : sentFlow(reset);
  return routeOutput(reset, flow, routing).kind !== 'stop';
}

/** nf_conntrack_tcp_set_closing: whom a reset ends is in CLOSE from then on. */
function setClosing({ flow }: Pass): void {
  if (!flow?.connection.tcp || !has(flow.connection, STATUS.CONFIRMED)) return;
  flow.connection.tcp = { ...flow.connection.tcp, state: 'CLOSE' };
}
