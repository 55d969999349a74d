import { captureHost } from '../../../src/capture/host.ts';
import { SHELL } from '../../../src/capture/script.ts';
import { runProcess } from '../../../src/capture/transport/process.ts';
import { type Cluster, clusterOf } from '../../../src/cluster/cluster.ts';
import { readSnapshot } from '../../../src/read/snapshot.ts';
import { PLACES, type Place, type Topology } from './topology.ts';

const OPTIONS = { nftJson: false, pods: false, seconds: 120, commandSeconds: 60 };

/** The nodes, clients and the gateway as `chainwalk capture` takes them; of the pods no more than the API would tell. */
export async function captureCluster(topology: Topology): Promise<Cluster> {
  const files: { path: string; text: string }[] = [];
  for (const place of PLACES.filter(({ kind }) => kind !== 'pod')) {
    const target = {
      name: place.name,
      group: place.kind === 'node' ? ('nodes' as const) : ('outside' as const),
      how: 'ip netns exec',
      run: (script: string, sink: Parameters<typeof runProcess>[2], signal: AbortSignal) =>
        runProcess(['ip', 'netns', 'exec', topology.space(place.name), 'sh', '-c', SHELL], script, sink, signal),
    };
    const { about, files: captured } = await captureHost(target, OPTIONS, () => {});
    if (about.state === 'failed') throw new Error(`${place.name} could not be captured: ${about.problem}`);
    for (const [path, bytes] of captured) files.push({ path, text: Buffer.from(bytes).toString() });
  }
  const { nodes, outside, remarks } = readSnapshot(files);
  return clusterOf(nodes.values(), [podsOf(PLACES)], remarks, { outside: outside.values() });
}

const podsOf = (places: readonly Place[]) => ({
  kind: 'PodList',
  items: places
    .filter(({ kind }) => kind === 'pod')
    .map(({ name, node, ip, ip6 }) => ({
      metadata: { name, namespace: 'default' },
      spec: { nodeName: `n${node}` },
      status: { podIP: ip, podIPs: [{ ip }, { ip: ip6 }] },
    })),
});
