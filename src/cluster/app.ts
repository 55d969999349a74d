import { InputError } from '../model/source.ts';
import { formatAddress, formatEndpoint } from '../net/address.ts';
import { type Packet, UDP } from '../net/packet.ts';
import type { AnsweredAnswer, AppAnswer } from './answer.ts';
import type { Cluster } from './cluster.ts';
import type { Fate } from './fate.ts';
import type { Start } from './journey.ts';
import { isTunnel } from './owners.ts';
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

/** Where the request's connection is translated, whether a helper waits for the data there, and what comes of it. */
export function appAnswer(app: App, cluster: Cluster, request: Fate, transfer: Transfer | undefined): AppAnswer {
  const nodes = request.journey.visits.flatMap(({ host, walked, around }) => {
    const { status, helper } = walked.hop.connection;
    if (around !== undefined || host.kind !== 'node') return [];
    return [
      { node: host.name, translated: status.includes('DST_NAT') || status.includes('SRC_NAT'), helper: helper === app },
    ];
  });
  const { answered, data } = transfer ?? {};
  const how = helperWords(app, nodes);
  const masqueraded = data && masqueradedOnTheWay(data, nodes);
  const tunnel =
    answered?.accepted && nodes.some(({ translated }) => translated) ? byTunnel(cluster, request) : undefined;
  const because = [how, ...(tunnel === undefined ? [] : [tunnel]), ...(masqueraded === undefined ? [] : [masqueraded])];
  const verdict = answered && (answered.accepted ? 'the transfer works: ' : 'the transfer does not work: ');
  return { name: app, nodes, text: `${verdict ?? ''}${because.join('; ')}` };
}

/** The data that were walked back, and what the client makes of them. */
export interface Transfer {
  readonly data: Fate;
  readonly answered: AnsweredAnswer;
}

type AppNode = AppAnswer['nodes'][number];

const names = (list: readonly AppNode[]): string => list.map(({ node }) => node).join(' and ');

function helperWords(app: App, nodes: readonly AppNode[]): string {
  const translating = nodes.filter(({ translated }) => translated);
  const without = translating.filter(({ helper }) => !helper);
  if (translating.length === 0) return 'no node translates the request, and no helper is needed';
  if (without.length === 0) return `the ${app} helper of ${names(translating)} expects the server's data from any port`;
  return `no ${app} helper on ${names(without)}, which translates the request: the data from another port are a connection of their own (a rule \`-j CT --helper ${app}\` in raw assigns one; since Linux 6.0 a loaded module alone does not)`;
}

/** Data that another node gives its own address come from somebody whom no helper expects. */
function masqueradedOnTheWay({ journey }: Fate, nodes: readonly AppNode[]): string | undefined {
  const [expecting] = nodes.filter(({ translated }) => translated);
  for (const { host, walked, around } of journey.visits) {
    if (around !== undefined || host.name === expecting?.node) continue;
    for (const step of walked.hop.steps)
      if (step.kind === 'translation' && step.field === 'source' && step.at && expecting) {
        const { table, chain, rule } = step.at;
        const [from, to] = [formatAddress(step.from.address), formatAddress(step.to.address)];
        const expects = expecting.helper
          ? `${expecting.node} expects them`
          : `a helper of ${expecting.node} would expect them`;
        return `${host.name} masquerades the data as ${to} (${table} ${chain} ${rule.number}), and ${expects} from ${from}`;
      }
  }
  return undefined;
}

/** A request that was given the address of a tunnel is answered through the tunnel. */
function byTunnel({ owners }: Cluster, { journey }: Fate): string | undefined {
  for (const { host, walked } of journey.visits)
    for (const step of walked.hop.steps) {
      if (step.kind !== 'translation' || step.field !== 'source') continue;
      const own = owners.withAddress(step.to.address).find(port => port.host === host && isTunnel(port.link));
      if (own)
        return `the request has the address of ${host.name}'s tunnel ${own.link.name}, ${formatAddress(step.to.address)}: the data come back through it, and nobody masquerades them on the way`;
    }
  return undefined;
}
