import { beforeAll, describe, expect, it } from 'vitest';
import { clusterOf } from '../../src/cluster/cluster.ts';
import type { ServiceExplained } from '../../src/explain/answer.ts';
import { parseServiceQuery } from '../../src/explain/query.ts';
import { type Evidence, explainServices } from '../../src/explain/services.ts';
import { InputError } from '../../src/model/source.ts';
import { readNamespace } from '../../src/read/snapshot.ts';
import { renderServices } from '../../src/render/explain-service.ts';
import { captured } from '../commands/explain-answers.ts';
import { type Capture, capturesIn, explained, rulesOf } from './capture.ts';
import { differences, keyOf, keyOfExplained } from './compare.ts';
import { withoutComments } from './nameless.ts';
import { visible } from './visible.ts';

const FIXTURE = new URL('../../fixtures/kube-proxy-1.36-iptables', import.meta.url).pathname;
let evidence: Evidence;
let capture: Capture;
beforeAll(async () => {
  evidence = await captured();
  const [first] = capturesIn(FIXTURE);
  if (!first) throw new Error('the fixture is no capture');
  capture = first;
});

const ask = (from: Evidence, text: string): readonly ServiceExplained[] =>
  explainServices(from, parseServiceQuery(text), { version: '1' }).services;

describe('a question', () => {
  it.each([
    ['default/web', { namespace: 'default', name: 'web' }],
    ['kube-system/kube-dns:dns-tcp', { namespace: 'kube-system', name: 'kube-dns', port: 'dns-tcp' }],
    ['default/web:80', { namespace: 'default', name: 'web', port: '80' }],
  ])('%s', (text, query) => {
    expect(parseServiceQuery(text)).toEqual(query);
  });

  it.each(['web', 'a/b/c', '', 'a/', '/b', 'a/b:'])('%j is none', text => {
    expect(() => parseServiceQuery(text)).toThrow(InputError);
  });

  it.each([
    ['default/multi', 5],
    ['default/multi:dns', 1],
    ['default/multi:53', 2],
    ['default/web:80', 1],
  ])('%s has %i ports', (text, count) => {
    expect(ask(evidence, text)).toHaveLength(count);
  });

  it.each(['default/nothing', 'default/web:nothing', 'other/web'])('%s is nowhere', text => {
    expect(() => ask(evidence, text)).toThrow(/no rule names it/);
  });
});

/** The fixture's nodes, n3's rules changed. */
function changed(change: (text: string) => string): readonly ReturnType<typeof rulesOf>[] {
  return capture.nodes.map(node => rulesOf(capture, node, node === 'n3' ? change : text => text));
}

describe('nodes that differ', () => {
  const STALE = 'KUBE-SEP-H43H35ODYEDBXZU7';

  it('an endpoint that is missing on one of them', () => {
    const nodes = changed(text => text.replaceAll(/^.*-A KUBE-SVC-446JGJO3FXDO7OFC .*192\.168\.2\.10:8080.*\n/gm, ''));
    const [service] = ask({ cluster: clusterOf(nodes), objects: [], outside: [] }, 'default/web');
    expect(service?.disagreements).toContainEqual({
      kind: 'endpoint',
      what: '192.168.2.10:8080',
      saidBy: ['n1', 'n2'],
      notBy: ['n3'],
    });
    expect(service?.endpoints.find(({ address }) => address === '192.168.2.10')?.probability).toBeNull();
  });

  it('a stale endpoint, which the API no longer has', () => {
    const nodes = changed(text =>
      text.replaceAll(`${STALE} -p tcp`, `${STALE} -p tcp`).replaceAll('192.168.3.10:8080', '192.168.3.99:8080'),
    );
    const [service] = ask({ cluster: clusterOf(nodes), objects: evidence.objects, outside: [] }, 'default/web');
    const about = service?.disagreements.filter(({ what }) => what === '192.168.3.99:8080');
    expect(about).toEqual([
      { kind: 'endpoint', what: '192.168.3.99:8080', saidBy: ['n3'], notBy: ['n1', 'n2', 'API'] },
    ]);
  });

  it('a node that knows nothing of a service', () => {
    const nodes = changed(text => text.replaceAll(/^.*446JGJO3FXDO7OFC.*\n|^.*"default\/web:p.*\n/gm, ''));
    const [service] = ask({ cluster: clusterOf(nodes), objects: [], outside: [] }, 'default/web');
    expect(service?.disagreements).toContainEqual({
      kind: 'service',
      what: 'IPv4 rules for the service',
      saidBy: ['n1', 'n2'],
      notBy: ['n3'],
    });
  });

  it('nothing is said where they agree with each other and with the API', () => {
    const services = explainServices(evidence, 'all', { version: '1' }).services;
    expect(services.filter(({ disagreements }) => disagreements.length > 0)).toEqual([]);
  });
});

describe('what a packet gets', () => {
  it.each([
    // Seen in the capture's own journeys: the node port of a Local service is dropped where no endpoint is.
    ['default/local', 'n1', 'outside', 'node port', 'dropped', undefined],
    ['default/local', 'n2', 'outside', 'node port', 'delivered', '10.10.100.197'],
    ['default/local', 'n1', 'pod', 'load balancer IP', 'delivered', '192.168.1.10'],
    ['default/empty', 'n2', 'pod', 'cluster IP', 'rejected', undefined],
    ['default/empty', 'n2', 'node', 'load balancer IP', 'rejected', undefined],
    ['default/fw', 'n1', 'pod', 'load balancer IP', 'dropped', undefined],
  ])('%s at %s from %s to %s: %s, source %s', (name, node, from, kind, disposition, source) => {
    const paths = ask(evidence, name)[0]?.paths?.filter(
      each => each.node === node && each.from === from && each.kind === kind && !each.source.includes(':'),
    );
    const [outcome] = paths?.find(each => from !== 'outside' || each.source === '10.10.100.197')?.outcomes ?? [];
    expect([outcome?.disposition, outcome?.sourceSeen]).toEqual([disposition, source]);
  });
});

describe('who announces an address', () => {
  it.each([
    ['default/web', 'load balancer IP', ['n2', 'n2']],
    ['default/empty', 'load balancer IP', ['n3']],
    ['default/web', 'external IP', ['n2', 'n3']],
    ['default/web', 'cluster IP', []],
  ])('%s %s', (name, kind, nodes) => {
    const address = ask(evidence, name)[0]?.addresses.find(each => each.kind === kind);
    expect(address?.announcedBy.map(({ node }) => node)).toEqual(nodes);
  });

  it('nobody, where the neighbour entry is incomplete', () => {
    const text = '10.10.100.240 dev eth0 INCOMPLETE\n';
    const client = readNamespace('c9', [{ path: 'ip-neigh.txt', text }]);
    const [service] = ask({ ...evidence, outside: [client] }, 'default/web');
    const balancer = service?.addresses.find(({ kind }) => kind === 'load balancer IP');
    expect(balancer?.announcedBy).toEqual([
      { by: 'neighbour', seenBy: 'c9', text: 'nobody: its neighbour entry is INCOMPLETE' },
    ]);
  });
});

describe('test:explain', () => {
  it('sees what is missing and what is invented', () => {
    const [node] = changed(text => text);
    const [api] = capture.objects.ports.filter(({ service }) => service.name === 'web');
    if (!node || !api) throw new Error('the fixture has no default/web');
    const view = {
      minor: 36,
      mode: 'iptables' as const,
      gates: new Map(),
      node: 'n1',
      zone: 'a',
      families: ['ip', 'ip6'] as const,
    };
    const wants = visible(api, capture.objects, view, () => {});
    const answer = explained([node]).services.find(each => keyOfExplained(each) === keyOf(api));
    if (!wants || !answer) throw new Error('default/web is not explained');
    expect(differences('web', answer, wants)).toEqual([]);
    const told = (other: Partial<ServiceExplained>) =>
      differences('web', { ...answer, ...other }, wants).map(({ kind, what }) => `${kind} ${what}`);
    expect(told({ endpoints: answer.endpoints.slice(1) })).toEqual(['missing web: endpoints 192.168.1.10:8080']);
    expect(told({ clusterIPs: [...answer.clusterIPs, '10.96.9.9'] })).toEqual(['invented web: clusterIPs 10.96.9.9']);
    expect(told({ externalTrafficPolicy: 'Local' })).toEqual([
      'missing web: externalTrafficPolicy Cluster',
      'invented web: externalTrafficPolicy Local',
    ]);
    expect(told({ externalTrafficPolicy: null })).toEqual(['missing web: externalTrafficPolicy Cluster']);
    expect(told({ unknowns: [] })).toEqual(['missing web: a reason why endpoints.node is not known']);
    expect(told({ nodePort: 1 })).toEqual(['missing web: nodePort 30081', 'invented web: nodePort 1']);
  });
});

describe('without comments', () => {
  it('services have their names by hash, and their chains where the API was not captured', () => {
    const [node] = changed(text => text).map((_, i) => rulesOf(capture, capture.nodes[i] ?? 'n1', withoutComments));
    if (!node) throw new Error('the fixture has no node');
    const named = explained([node], evidence.objects).services;
    const web = named.find(({ name }) => name === 'web');
    expect([web?.namedBy, web?.clusterIPs, web?.chains]).toEqual([
      'hash',
      ['10.96.0.11'],
      ['KUBE-EXT-446JGJO3FXDO7OFC', 'KUBE-SVC-446JGJO3FXDO7OFC'],
    ]);
    const alone = explained([node]).services.find(({ clusterIPs }) => clusterIPs.includes('10.96.0.11'));
    expect([alone?.name, alone?.namedBy, alone?.chains]).toEqual([null, null, web?.chains]);
    expect(alone?.unknowns.map(({ field }) => field)).toContain('name');
  });
});

describe('text', () => {
  it.each(['web', 'dual', 'fwlocal', 'multi', 'itplocal', 'empty'])('%s fits 80 columns', name => {
    const answer = explainServices(evidence, parseServiceQuery(`default/${name}`), { version: '1' });
    const lines = renderServices(answer, { columns: 80, color: 0 }).split('\n');
    expect(lines.filter(line => line.length > 80)).toEqual([]);
    expect(lines.length).toBeGreaterThan(8);
  });

  it('a comment cannot write to the terminal', () => {
    const evil = changed(text => text.replaceAll('default/web:p cluster IP', 'default/web:p\u001b[31m cluster IP'));
    const answer = explainServices({ cluster: clusterOf(evil), objects: [], outside: [] }, 'all', { version: '1' });
    const text = renderServices(answer, { columns: 80, color: 0 });
    expect([...text].filter(character => character < ' ' && character !== '\n')).toEqual([]);
  });
});
