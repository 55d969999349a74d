import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { chainwalk, FIXTURE, ROOT } from '../commands/run.ts';

const missing = ['kubectl', 'openssl'].filter(tool => {
  try {
    execFileSync('sh', ['-c', `command -v ${tool}`]);
    return false;
  } catch {
    return true;
  }
});
if (missing.length > 0) console.log(`left out: kubectl against an API server needs ${missing.join(', ')}`);

/** Lists, as the API server of the fixture returned them. */
const listOf = (name: string): { items: { metadata: { name: string } }[] } =>
  JSON.parse(readFileSync(join(ROOT, FIXTURE, 'cluster', `${name}.json`), 'utf8'));
const LISTS = new Map([
  ['/api/v1/nodes', { kind: 'Node', apiVersion: 'v1', items: listOf('nodes').items }],
  ['/api/v1/services', { kind: 'Service', apiVersion: 'v1', items: listOf('services').items }],
  ['/api/v1/pods', { kind: 'Pod', apiVersion: 'v1', items: [] }],
  [
    '/apis/discovery.k8s.io/v1/endpointslices',
    { kind: 'EndpointSlice', apiVersion: 'discovery.k8s.io/v1', items: listOf('endpointslices').items },
  ],
]);
const resource = (name: string, kind: string, namespaced: boolean) => ({
  name,
  singularName: '',
  kind,
  namespaced,
  verbs: ['get', 'list'],
});
const DISCOVERY = new Map<string, object>([
  ['/api', { kind: 'APIVersions', versions: ['v1'] }],
  [
    '/apis',
    {
      kind: 'APIGroupList',
      apiVersion: 'v1',
      groups: [
        {
          name: 'discovery.k8s.io',
          versions: [{ groupVersion: 'discovery.k8s.io/v1', version: 'v1' }],
          preferredVersion: { groupVersion: 'discovery.k8s.io/v1', version: 'v1' },
        },
      ],
    },
  ],
  [
    '/api/v1',
    {
      kind: 'APIResourceList',
      groupVersion: 'v1',
      resources: [
        resource('nodes', 'Node', false),
        resource('services', 'Service', true),
        resource('pods', 'Pod', true),
      ],
    },
  ],
  [
    '/apis/discovery.k8s.io/v1',
    {
      kind: 'APIResourceList',
      groupVersion: 'discovery.k8s.io/v1',
      resources: [resource('endpointslices', 'EndpointSlice', true)],
    },
  ],
]);
const PAGE = 10;
const TOKEN = 'a-token';

let folder = '';
let server: Server;
let asked: string[] = [];
/** What the server does with a path instead of answering. */
let trouble: (path: string) => 'forbidden' | 'hangs' | undefined = () => undefined;

const status = (response: ServerResponse, code: number, reason: string, message: string) => {
  response.writeHead(code, { 'content-type': 'application/json' });
  response.end(JSON.stringify({ kind: 'Status', apiVersion: 'v1', status: 'Failure', reason, message, code }));
};

/** As an API server does: bearer tokens, lists in pages (limit, continue), 401, 403 and 404 as Status objects. */
function answer(request: IncomingMessage, response: ServerResponse): void {
  const url = new URL(request.url ?? '/', 'https://api');
  asked.push(`${url.pathname}${url.search}`);
  const known = trouble(url.pathname);
  const found = DISCOVERY.get(url.pathname);
  const list = LISTS.get(url.pathname);
  if (request.headers.authorization !== `Bearer ${TOKEN}`) status(response, 401, 'Unauthorized', 'Unauthorized');
  else if (known === 'forbidden') {
    const what = url.pathname.split('/').at(-1);
    status(response, 403, 'Forbidden', `${what} is forbidden: User "u" cannot list resource`);
  } else if (found && known !== 'hangs') {
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end(JSON.stringify(found));
  } else if (list && known !== 'hangs') {
    const from = Number(url.searchParams.get('continue') ?? 0);
    const rest = list.items.length - from - PAGE;
    const more = rest > 0 && { continue: String(from + PAGE), remainingItemCount: rest };
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end(
      JSON.stringify({
        kind: `${list.kind}List`,
        apiVersion: list.apiVersion,
        metadata: { resourceVersion: '1', ...more },
        items: list.items.slice(from, from + PAGE),
      }),
    );
  } else if (known !== 'hangs') status(response, 404, 'NotFound', 'the server could not find the requested resource');
}

async function take(token = TOKEN, ...args: readonly string[]) {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the server listens nowhere');
  const config = join(folder, `kubeconfig-${asked.length}-${token}`);
  writeFileSync(
    config,
    JSON.stringify({
      apiVersion: 'v1',
      kind: 'Config',
      'current-context': 'test',
      clusters: [
        {
          name: 'c',
          cluster: { server: `https://127.0.0.1:${address.port}`, 'certificate-authority': join(folder, 'cert.pem') },
        },
      ],
      users: [{ name: 'u', user: { token } }],
      contexts: [{ name: 'test', context: { cluster: 'c', user: 'u' } }],
    }),
  );
  const path = mkdtempSync(join(folder, 'snap-'));
  const { code, stdout } = await chainwalk(['capture', '-o', path, '--kubectl', '--kubeconfig', config, ...args], {
    env: { HOME: mkdtempSync(join(folder, 'home-')) },
  });
  return { code, stdout, path, about: JSON.parse(readFileSync(join(path, 'snapshot.json'), 'utf8')) };
}

describe.skipIf(missing.length > 0)('kubectl against an API server', () => {
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'chainwalk-api-'));
    execFileSync(
      'openssl',
      [
        'req',
        '-x509',
        '-newkey',
        'ec',
        '-pkeyopt',
        'ec_paramgen_curve:prime256v1',
        '-nodes',
        '-days',
        '2',
        '-subj',
        '/CN=api',
        '-addext',
        'subjectAltName=IP:127.0.0.1',
        '-keyout',
        join(folder, 'key.pem'),
        '-out',
        join(folder, 'cert.pem'),
      ],
      { stdio: 'ignore' },
    );
    server = createServer(
      { key: readFileSync(join(folder, 'key.pem')), cert: readFileSync(join(folder, 'cert.pem')) },
      answer,
    );
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  });
  afterAll(() => {
    server?.closeAllConnections();
    server?.close();
    if (folder !== '') rmSync(folder, { recursive: true });
  });
  beforeEach(() => {
    asked = [];
    trouble = () => undefined;
  });

  it('takes the whole of lists that come in pages', async () => {
    const { about, path, code } = await take();
    expect(about.cluster).toMatchObject({ state: 'complete' });
    for (const name of ['nodes', 'services', 'endpointslices']) {
      const { items } = JSON.parse(readFileSync(join(path, 'cluster', `${name}.json`), 'utf8'));
      const names = (list: readonly { metadata: { name: string } }[]) => list.map(item => item.metadata.name).sort();
      expect(names(items)).toEqual(names(listOf(name).items));
    }
    expect(listOf('services').items.length).toBeGreaterThan(2 * PAGE);
    expect(asked.some(url => /services\?continue=20/.test(url))).toBe(true);
    const metallb = about.cluster.commands.find(({ file }: { file: string }) => file === 'ipaddresspools.json');
    expect(metallb.notRun).toBe('the cluster has no such resources');
    // There are nodes, and no pod to run in.
    expect(about.hosts.map(({ name, state }: Record<string, string>) => [name, state])).toEqual([
      ['n1', 'failed'],
      ['n2', 'failed'],
      ['n3', 'failed'],
    ]);
    expect(code).toBe(4);
  });

  it('says what it may not list, and takes the rest', async () => {
    trouble = path => (path.endsWith('/services') ? 'forbidden' : undefined);
    const { about, code } = await take();
    expect(about.cluster).toMatchObject({
      state: 'partial',
      problem: expect.stringMatching(/^no services: .*services is forbidden/),
    });
    expect(about.hosts.length).toBe(3);
    expect(code).toBe(4);
  });

  it('says that nobody let it in', async () => {
    const { about, code } = await take('another-token');
    expect(about.cluster).toMatchObject({
      state: 'failed',
      problem: expect.stringMatching(/^nothing was listed: .*(?:Unauthorized|logged in|credentials)/i),
    });
    expect(code).toBe(4);
  });

  it('leaves a server that hangs', async () => {
    trouble = path => (path.endsWith('/endpointslices') ? 'hangs' : undefined);
    const { about, code } = await take(TOKEN, '--connect-timeout', '2');
    expect(about.cluster).toMatchObject({
      state: 'partial',
      problem: 'no endpointslices: the API server did not answer within 2 seconds',
    });
    expect(code).toBe(4);
  });
});
