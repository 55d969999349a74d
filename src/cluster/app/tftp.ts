import { InputError } from '../../model/source.ts';
import { formatEndpoint } from '../../net/address.ts';
import { type Packet, UDP } from '../../net/packet.ts';
import { type AppProtocol, DATA_PORT } from './protocol.ts';

/** The server sends its data from a port of its own, and the client acknowledges them there. */
export const tftp: AppProtocol = {
  helper: 'tftp',
  expects: "the server's data from any port",
  request: () => 'tftp',
  anyPort: true,
  connects: false,
  check(protocol) {
    if (protocol !== UDP)
      throw new InputError('--app tftp: TFTP is asked for by udp; write the destination as ADDRESS:69/udp');
  },
  answer(back) {
    const packet: Packet = { ...back.start.packet, sport: DATA_PORT };
    const what = `${back.what}, from a port of the server's own (${DATA_PORT})`;
    return { ...back, start: { ...back.start, packet }, what };
  },
  onward: (asked, { last }) => ({
    ...asked,
    packet: { ...asked.packet, dport: last.walked.hop.after.sport, request: undefined },
  }),
  judge(request, acknowledged, data) {
    const server = request.last.walked.hop.after;
    const { fate } = acknowledged ?? {};
    const { host, walked } = fate?.last ?? {};
    const { daddr, dport } = walked?.hop.after ?? {};
    if (fate?.delivered && host === request.last.host && daddr === server.daddr && dport === DATA_PORT)
      return { accepted: true, text: `${data.text}; its acknowledgements get back to the server` };
    const where =
      fate && !fate.delivered
        ? fate.journey.reason
        : `they end up at ${host?.name ?? 'nobody'}, ${daddr === undefined ? '' : formatEndpoint(daddr, dport)}`;
    return { accepted: false, text: `the data arrive, but their acknowledgements do not get back: ${where}` };
  },
};
