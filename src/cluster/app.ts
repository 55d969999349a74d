import { InputError } from '../model/source.ts';
import { formatEndpoint } from '../net/address.ts';
import { type Packet, UDP } from '../net/packet.ts';
import type { AnsweredAnswer, AppAnswer } from './answer.ts';
import type { Fate } from './fate.ts';
import type { Start } from './journey.ts';
import type { Back } from './reply.ts';

/** Protocols whose data travels on another connection than the request. */
export const APPS = ['tftp'] as const;
export type App = (typeof APPS)[number];

/** Any port will do: the server takes a new one for each transfer. */
const DATA_PORT = 49152;

export function checkApp(app: App | undefined, protocol: number): void {
  if (app === 'tftp' && protocol !== UDP)
    throw new InputError('--app tftp: TFTP is asked for by udp; write the destination as ADDRESS:69/udp');
}

/** The server's first data, which a request of TFTP makes it send from a port of its own. */
export function dataOf(back: Back): Back {
  const packet: Packet = { ...back.start.packet, sport: DATA_PORT };
  const what = `${back.what}, from a port of the server's own (${DATA_PORT})`;
  return { ...back, start: { ...back.start, packet }, what };
}

/** The client's acknowledgement of the data, to the port that the data came from. */
export const acknowledge = (asked: Start, { last }: Fate): Start => ({
  ...asked,
  packet: { ...asked.packet, dport: last.walked.hop.after.sport, request: undefined },
});

/** Whether the acknowledgement gets to the port that sent the data. */
export function judgeAcknowledged(request: Fate, acknowledged: Fate | undefined, data: AnsweredAnswer): AnsweredAnswer {
  const server = request.last.walked.hop.after;
  const { host, walked } = acknowledged?.last ?? {};
  const { daddr, dport } = walked?.hop.after ?? {};
  if (acknowledged?.delivered && host === request.last.host && daddr === server.daddr && dport === DATA_PORT)
    return { accepted: true, text: `${data.text}; its acknowledgements get back to the server` };
  const where =
    acknowledged && !acknowledged.delivered
      ? acknowledged.journey.reason
      : `they end up at ${host?.name ?? 'nobody'}, ${daddr === undefined ? '' : formatEndpoint(daddr, dport)}`;
  return { accepted: false, text: `the data arrive, but their acknowledgements do not get back: ${where}` };
}

/** Where the request's connection is translated, and whether a helper waits for the data there. */
export function appAnswer(app: App, { journey }: Fate): AppAnswer {
  const nodes = journey.visits.flatMap(({ host, walked, around }) => {
    const { status, helper } = walked.hop.connection;
    if (around !== undefined || host.kind !== 'node') return [];
    return [
      { node: host.name, translated: status.includes('DST_NAT') || status.includes('SRC_NAT'), helper: helper === app },
    ];
  });
  const translating = nodes.filter(({ translated }) => translated);
  const names = (list: readonly { readonly node: string }[]) => list.map(({ node }) => node).join(' and ');
  const without = translating.filter(({ helper }) => !helper);
  const text =
    translating.length === 0
      ? 'no node translates the request: no helper is needed'
      : without.length === 0
        ? `the ${app} helper of ${names(translating)} expects the server's data from any port`
        : `no ${app} helper on ${names(without)}, which translates the request: the data from another port are a connection of their own (a rule \`-j CT --helper ${app}\` in raw assigns one)`;
  return { name: app, nodes, text };
}
