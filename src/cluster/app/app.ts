import { formatAddress } from '../../net/address.ts';
import type { AnsweredAnswer, AppAnswer } from '../answer.ts';
import type { Cluster } from '../cluster.ts';
import type { Fate } from '../fate.ts';
import { isTunnel } from '../owners.ts';
import { ftp, ftpActive, ftpEpsv } from './ftp.ts';
import type { AppProtocol } from './protocol.ts';
import { sip } from './sip.ts';
import { tftp } from './tftp.ts';

export const APPS = ['tftp', 'ftp', 'ftp-epsv', 'ftp-active', 'sip'] as const;
export type App = (typeof APPS)[number];

export const PROTOCOLS: Readonly<Record<App, AppProtocol>> = {
  tftp,
  ftp,
  'ftp-epsv': ftpEpsv,
  'ftp-active': ftpActive,
  sip,
};

/** Where the request's connection is translated, whether a helper waits for the data there, and what comes of it. */
export function appAnswer(app: App, cluster: Cluster, request: Fate, transfer: Transfer | undefined): AppAnswer {
  const protocol = PROTOCOLS[app];
  const nodes = request.journey.visits.flatMap(({ host, walked, around }) => {
    const { status, helper } = walked.hop.connection;
    if (around !== undefined || host.kind !== 'node') return [];
    const translated = status.includes('DST_NAT') || status.includes('SRC_NAT');
    return [{ node: host.name, translated, helper: helper === protocol.helper }];
  });
  const { answered, data } = transfer ?? {};
  const how = helperWords(protocol, nodes);
  const masqueraded = data && protocol.anyPort ? masqueradedOnTheWay(data, nodes) : undefined;
  const tunnel =
    answered?.accepted && protocol.anyPort && nodes.some(({ translated }) => translated)
      ? byTunnel(cluster, request)
      : undefined;
  const because = [how, ...(tunnel === undefined ? [] : [tunnel]), ...(masqueraded === undefined ? [] : [masqueraded])];
  const { session = 'the transfer' } = protocol;
  const isHelped = nodes.every(({ translated, helper }) => !translated || helper);
  const though = protocol.mediaPorts && isHelped ? ', though ' : ': ';
  const verdict = answered && `${session} ${answered.accepted ? 'works: ' : `does not work${though}`}`;
  return { name: app, nodes, text: `${verdict ?? ''}${because.join('; ')}` };
}

/** The data that were walked back, and what the client makes of them. */
export interface Transfer {
  readonly data: Fate;
  readonly answered: AnsweredAnswer;
}

type AppNode = AppAnswer['nodes'][number];

const names = (list: readonly AppNode[]): string => list.map(({ node }) => node).join(' and ');

function helperWords({ helper, expects, anyPort, unhelped }: AppProtocol, nodes: readonly AppNode[]): string {
  const translating = nodes.filter(({ translated }) => translated);
  const without = translating.filter(node => !node.helper);
  if (translating.length === 0) return 'no node translates the request, and no helper is needed';
  if (without.length === 0) return `the ${helper} helper of ${names(translating)} expects ${expects}`;
  const data = unhelped ?? `the data ${anyPort ? 'from' : 'to'} another port are a connection of their own`;
  return `no ${helper} helper on ${names(without)}, which translates the request: ${data} (a rule \`-j CT --helper ${helper}\` in raw assigns one; since Linux 6.0 a loaded module alone does not)`;
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
