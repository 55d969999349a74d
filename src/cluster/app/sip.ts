import { InputError } from '../../model/source.ts';
import { formatEndpoint } from '../../net/address.ts';
import { type Packet, UDP } from '../../net/packet.ts';
import { type AppProtocol, DATA_PORT } from './protocol.ts';

/** Where the caller waits for RTP; the callee does at DATA_PORT. Both are even, as RTP's are (RFC 3550). */
export const CALLER_RTP = 49160;

const offerOf = ({ saddr }: Packet) => ({ address: saddr, port: CALLER_RTP });

/**
 * A call by UDP: INVITE and its answer carry SDP (RFC 3264), in which each program names its own address as it knows it.
 * The answer goes to where the INVITE came from (RFC 3581). What goes to a Contact (ACK, BYE) is not walked.
 */
export const sip: AppProtocol = {
  helper: 'sip',
  expects: 'the media of both sides, and writes their addresses in SDP',
  session: 'the call',
  unhelped: 'the addresses in SDP stay as the two programs know themselves',
  anyPort: false,
  connects: false,
  check(protocol) {
    if (protocol !== UDP)
      throw new InputError('--app sip: SIP is walked by udp; write the destination as ADDRESS:5060/udp');
  },
  request: offerOf,
  assumptions(packet) {
    const { address, port } = offerOf(packet);
    return [
      {
        what: `the caller names ${formatEndpoint(address, port)} in its SDP, its own address and a port for RTP, and sends RTP from there`,
        change: 'no flag',
      },
    ];
  },
  answer(back) {
    const { packet } = back.start;
    const offered = { address: packet.saddr, port: DATA_PORT };
    const named = formatEndpoint(offered.address, offered.port);
    const what = `${back.what}; the callee knows itself by ${named} alone, names that in its SDP, and sends RTP from there`;
    return { ...back, start: { ...back.start, packet: { ...packet, request: offered } }, what };
  },
  onward: () => undefined,
  judge: (_request, _sent, answered) => answered,
  mediaPorts: { caller: CALLER_RTP, callee: DATA_PORT },
};
