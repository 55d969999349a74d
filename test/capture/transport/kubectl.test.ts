import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { identityOf } from '../../../src/capture/host.ts';
import { SHELL } from '../../../src/capture/script.ts';
import { chainwalk } from '../../commands/run.ts';
import { StandIns } from './stand-in.ts';

const node = (name: string) => ({
  kind: 'Node',
  metadata: { name },
  status: { nodeInfo: { machineID: `id-of-${name}` } },
});

function pod(
  nodeName: string,
  name: string,
  { privileged = true, hostNetwork = true, phase = 'Running', namespace = 'kube-system', daemon = true } = {},
) {
  return {
    kind: 'Pod',
    metadata: { name, namespace, ownerReferences: daemon ? [{ kind: 'DaemonSet', name: 'd' }] : [] },
    spec: { nodeName, hostNetwork, containers: [{ name: 'side' }, { name: 'main', securityContext: { privileged } }] },
    status: { phase },
  };
}

const NODES = [node('n1'), node('n2'), node('n3')];
const PODS = [
  pod('n1', 'calico-node-1'),
  pod('n1', 'kube-proxy-1'),
  pod('n2', 'kube-proxy-2', { phase: 'Pending' }),
  pod('n2', 'not-privileged', { privileged: false }),
  pod('n2', 'own-network', { hostNetwork: false }),
  pod('n2', 'by-hand', { daemon: false }),
  pod('n2', 'speaker-2', { namespace: 'metallb-system' }),
];

let stand: StandIns;
beforeEach(() => {
  stand = new StandIns();
  for (const [name, items] of [
    ['nodes', NODES],
    ['pods', PODS],
    ['services', []],
    ['endpointslices', []],
  ] as const)
    writeFileSync(join(stand.folder, `${name}.json`), JSON.stringify({ kind: 'List', apiVersion: 'v1', items }));
});
afterEach(() => stand.close());

/** Answers `get` from the files; what else is said decides over the rest. */
const kubectl = (exec: string): void =>
  stand.add(
    'kubectl',
    `case "$*" in *"get "*.metallb.io*) echo "error: the server doesn't have a resource type \\"x\\"" >&2; exit 1 ;; *"get "*) while [ "$1" != get ]; do shift; done; exec cat "${stand.folder}/$2.json" ;; esac\n${exec}`,
  );

async function take(...args: readonly string[]) {
  const path = join(stand.folder, 'snap');
  const ran = await chainwalk(['capture', '-o', path, '--kubectl', ...args], { env: stand.env });
  return { ...ran, about: JSON.parse(readFileSync(join(path, 'snapshot.json'), 'utf8')), path };
}

const calls = () => stand.calls('kubectl').filter(call => !/\bget\b/.test(call));

describe.skipIf(process.platform !== 'linux')('nodes by kubectl', () => {
  it('through kube-proxy, or any privileged DaemonSet with the network of the node', async () => {
    kubectl('case "$*" in *" exec -i "*|"exec -i "*) exec $NODE ;; *) exit 64 ;; esac');
    const { about, code, path } = await take('--context', 'lab');
    expect(code).toBe(4);
    const hosts = about.hosts.map(({ name, state, how, problem }: Record<string, string>) => [
      name,
      state,
      how,
      problem,
    ]);
    expect(hosts).toEqual([
      ['n1', 'complete', 'kubectl exec kube-system/kube-proxy-1 -c main', undefined],
      ['n2', 'complete', 'kubectl exec metallb-system/speaker-2 -c main', undefined],
      [
        'n3',
        'failed',
        'kubectl exec',
        "no running privileged DaemonSet pod with the host's network on n3; --debug-image IMAGE lets kubectl debug make one",
      ],
    ]);
    expect(about.hosts[0].identity).toBe(identityOf('id-of-n1'));
    expect(about.cluster).toMatchObject({ state: 'complete', how: 'kubectl --context lab' });
    expect(JSON.parse(readFileSync(join(path, 'cluster/nodes.json'), 'utf8')).items).toEqual(NODES);
    expect(calls().sort()).toEqual([
      `--context lab exec -i --namespace kube-system kube-proxy-1 --container main -- sh -c ${SHELL}`,
      `--context lab exec -i --namespace metallb-system speaker-2 --container main -- sh -c ${SHELL}`,
    ]);
    expect(stand.calls('kubectl')).toContain('--context lab get pods --all-namespaces -o json --request-timeout=15s');
  });

  it('through the next pod where one has no shell', async () => {
    kubectl(
      'case "$*" in *kube-proxy-1*) echo "exec: sh: executable file not found" >&2; exit 126 ;; *"exec -i "*) exec $NODE ;; *) exit 64 ;; esac',
    );
    const { about } = await take('--namespace', 'kube-system');
    expect(about.hosts[0]).toMatchObject({ name: 'n1', state: 'complete' });
    expect(about.hosts[1]).toMatchObject({ name: 'n2', state: 'failed' });
    expect(calls().map(call => /kube-system (\S+)/.exec(call)?.[1])).toEqual(['kube-proxy-1', 'calico-node-1']);
  });

  it('through a pod of kubectl debug, which is deleted again', async () => {
    kubectl(
      'case "$*" in *"debug node/n3 "*) echo "error: nodes n3 not found" >&2; exit 1 ;; *"debug node/"*) echo "Creating debugging pod node-debugger-x-abcde with container debugger on node x."; exec $NODE ;; *"delete pod"*) ;; *) exit 64 ;; esac',
    );
    const { about } = await take('--debug-image', 'busybox:1.37', '--namespace', 'debug');
    expect(about.hosts.map(({ state }: { state: string }) => state)).toEqual(['complete', 'complete', 'failed']);
    expect(about.hosts[2].problem).toBe('error: nodes n3 not found (kubectl ended with 1)');
    expect(calls().sort()).toEqual(
      [
        ...['n1', 'n2', 'n3'].map(
          name =>
            `debug node/${name} --namespace debug -i --image=busybox:1.37 --profile=sysadmin -- chroot /host sh -c ${SHELL}`,
        ),
        ...['n1', 'n2'].map(() => 'delete pod node-debugger-x-abcde --namespace debug --wait=false'),
      ].sort(),
    );
  });

  it('is not installed', async () => {
    const path = join(stand.folder, 'snap');
    const { code, stdout } = await chainwalk(['capture', '-o', path, '--kubectl'], { env: { PATH: stand.path } });
    expect([code, stdout.replace(/\s+/g, ' ')]).toEqual([
      4,
      expect.stringContaining('nothing was listed: kubectl is not installed, or not in PATH'),
    ]);
  });
});
