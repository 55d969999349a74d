import { InputError } from '../../model/source.ts';
import { formatEndpoint } from '../../net/address.ts';
import { TCP, TCP_FLAG } from '../../net/packet.ts';
import type { Start } from '../journey.ts';
import { type AppProtocol, DATA_PORT } from './protocol.ts';

/**
 * Passive FTP: the server names a port for the data, by PASV (RFC 959) with its address, by EPSV (RFC 2428) without, and
 * the client connects to it. What the server names is taken to travel with the first packet of its answer.
 */
function passive(name: string, hasAddress: boolean): AppProtocol {
  return {
    helper: 'ftp',
    expects: 'the data connection of the client',
    anyPort: false,
    connects: true,
    check(protocol) {
      if (protocol !== TCP)
        throw new InputError(`--app ${name}: FTP is asked for by tcp; write the destination as ADDRESS:21`);
    },
    answer(back) {
      const { packet } = back.start;
      const offered = { port: DATA_PORT, ...(hasAddress && { address: packet.saddr }) };
      const what = `${back.what}; the server offers ${hasAddress ? formatEndpoint(packet.saddr, DATA_PORT) : `port ${DATA_PORT}`} for the data (${hasAddress ? 'PASV' : 'EPSV'})`;
      return { ...back, start: { ...back.start, packet: { ...packet, request: offered } }, what };
    },
    onward(asked, { last }) {
      const { request } = last.walked.hop.after;
      if (typeof request !== 'object') return undefined;
      const { sport, daddr } = asked.packet;
      const packet = {
        ...asked.packet,
        daddr: request.address ?? daddr,
        dport: request.port,
        ...(sport !== undefined && { sport: sport < 65535 ? sport + 1 : sport - 1 }),
        tcp: { flags: TCP_FLAG.SYN },
      };
      return { ...asked, packet };
    },
    judge(request, data, answered) {
      const server = request.last.walked.hop.after;
      if (!data) return { accepted: false, text: `${answered.text}, but no port for the data` };
      const { delivered, journey, last } = data.fate;
      const { daddr, dport } = last.walked.hop.after;
      const to = endpoint(data.start);
      if (delivered && last.host === request.last.host && daddr === server.daddr && dport === DATA_PORT)
        return { accepted: true, text: `${answered.text}; its data connection to ${to} reaches the server` };
      const where = delivered ? `it ends up at ${last.host.name}, ${formatEndpoint(daddr, dport)}` : journey.reason;
      return {
        accepted: false,
        text: `the login works, but the data connection to ${to} does not reach the server: ${where}`,
      };
    },
  };
}

const endpoint = ({ packet }: Start): string => formatEndpoint(packet.daddr, packet.dport);

export const ftp = passive('ftp', true);
export const ftpEpsv = passive('ftp-epsv', false);
