import type { Fields } from './fields.ts';

/** What was sent, by whom, and how: `frame` is a whole Ethernet frame to a node, `cmd` a program of its own. */
export interface Probe {
  readonly id: number | undefined;
  readonly sender: string;
  readonly mode: string | undefined;
  readonly protocol: string;
  readonly source: string | undefined;
  readonly destination: string;
  readonly sport: number | undefined;
  readonly dport: number | undefined;
  readonly ttl: number | undefined;
  /** Of a frame the node whose link layer address it has. */
  readonly to: string | undefined;
  /** Of a real socket: whether it got an answer, and of UDP from whom. */
  readonly answered: boolean | undefined;
  readonly answeredBy: string | undefined;
}

/** What became of a probe, as pods and the sender saw it. */
export interface Result {
  readonly deliveredTo: readonly { readonly pod: string; readonly packet: string; readonly ttl: number }[];
  readonly serverSaw: readonly { readonly pod: string; readonly source: string; readonly port: number | undefined }[];
  readonly reply: readonly { readonly kind: string; readonly packet: string }[];
}

export interface Topology {
  readonly nodes: ReadonlyMap<string, string>;
  readonly pods: ReadonlyMap<string, string>;
  /** Who answers for which address. */
  readonly leaders: ReadonlyMap<string, string>;
}

export const readProbe = (fields: Fields): Probe => ({
  answered: ['sock', 'connect'].includes(fields.maybeText('mode') ?? '') ? hasResponse(fields) : undefined,
  answeredBy: typeof fields.value('response') === 'object' ? fields.fields('response').text('from') : undefined,
  id: fields.maybeNumber('id'),
  sender: fields.text('ns'),
  mode: fields.maybeText('mode'),
  protocol: fields.text('proto'),
  source: fields.maybeText('src'),
  destination: fields.text('dst'),
  sport: fields.maybeNumber('sport'),
  dport: fields.maybeNumber('dport'),
  ttl: fields.maybeNumber('ttl'),
  to: fields.maybeText('to'),
});

export const readResult = (fields: Fields): Result => ({
  deliveredTo: fields
    .objects('delivered_to')
    .map(item => ({ pod: item.text('pod'), packet: item.text('pkt'), ttl: item.number('ttl') })),
  serverSaw: fields
    .objects('server_saw')
    .map(item => ({ pod: item.text('pod'), source: item.text('src'), port: item.maybeNumber('sport') })),
  reply: fields.objects('reply').map(item => ({ kind: item.text('kind'), packet: item.text('pkt') })),
});

export function readTopology(fields: Fields): Topology {
  const texts = (name: string): readonly (readonly [string, string])[] =>
    fields.has(name)
      ? fields
          .fields(name)
          .entries()
          .flatMap(([key, value]) => (typeof value === 'string' ? [[key, value] as const] : []))
      : [];
  return {
    nodes: new Map([...texts('nodes'), ...texts('nodes6').map(([name, address]) => [`${name} ip6`, address] as const)]),
    pods: new Map([...texts('pods'), ...texts('pods6').map(([name, address]) => [`${name} ip6`, address] as const)]),
    leaders: new Map(texts('lb_leader')),
  };
}

const hasResponse = (fields: Fields): boolean => fields.has('response') && fields.value('response') !== '';
