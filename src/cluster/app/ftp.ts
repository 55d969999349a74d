import { InputError } from '../../model/source.ts';
import { formatAddress, formatEndpoint } from '../../net/address.ts';
import { TCP, TCP_FLAG } from '../../net/packet.ts';
import type { Start } from '../journey.ts';
import { type AppProtocol, DATA_PORT } from './protocol.ts';

const nextTo = (port: number): number => (port < 65535 ? port + 1 : port - 1);

const checkTcp = (name: string) => (protocol: number) => {
  if (protocol !== TCP)
    throw new InputError(`--app ${name}: FTP is asked for by tcp; write the destination as ADDRESS:21`);
};

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
    check: checkTcp(name),
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
        ...(sport !== undefined && { sport: nextTo(sport) }),
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

/** Where the server's connections of active FTP come from. */
const FTP_DATA = 20;

/**
 * Active FTP (PORT of RFC 959, EPRT of RFC 2428): the client names its own address and a port of its, and the server connects
 * to it from port 20. It does so for nobody else's address (RFC 2577): what the server sees as the client must be named.
 */
export const ftpActive: AppProtocol = {
  helper: 'ftp',
  expects: 'the data connection of the server',
  anyPort: false,
  connects: false,
  check: checkTcp('ftp-active'),
  answer: back => back,
  onward(asked) {
    const { saddr, sport = 0 } = asked.packet;
    const request = { address: saddr, port: nextTo(sport) };
    return { ...asked, packet: { ...asked.packet, request, tcp: { flags: TCP_FLAG.PSH | TCP_FLAG.ACK } } };
  },
  judge(_, sent, answered) {
    const packet = sent?.fate.last.walked.hop.after;
    const offer = typeof packet?.request === 'object' ? packet.request : undefined;
    if (!sent?.fate.delivered || !packet || offer?.address === undefined)
      return { accepted: false, text: `the login works, but what the client names does not reach the server` };
    if (offer.address === packet.saddr) return answered;
    const [named, seen] = [formatAddress(offer.address), formatAddress(packet.saddr)];
    return {
      accepted: false,
      text: `the login works, but the client names its address ${named} for the data, and the server sees it as ${seen}: servers refuse that (RFC 2577)`,
    };
  },
  connection(sent, back) {
    const { request, daddr, saddr, ttl, tos, family } = sent.last.walked.hop.after;
    const offer = typeof request === 'object' ? request : undefined;
    const port = offer?.port ?? 0;
    const { iif } = back.start.packet;
    const packet = {
      ...{ family, saddr: daddr, daddr: offer?.address ?? saddr, protocol: TCP, sport: FTP_DATA, dport: port },
      ...{ ttl: Math.max(ttl, 64), tos, mark: 0, tcp: { flags: TCP_FLAG.SYN } },
      ...(iif !== undefined && { iif }),
    };
    return { ...back, start: { ...back.start, packet }, port };
  },
};

const endpoint = ({ packet }: Start): string => formatEndpoint(packet.daddr, packet.dport);

export const ftp = passive('ftp', true);
export const ftpEpsv = passive('ftp-epsv', false);
