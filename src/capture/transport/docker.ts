import { CaptureFailure } from '../failure.ts';
import type { Target } from '../host.ts';
import { SHELL } from '../script.ts';
import { outputOf, runProcess } from './process.ts';

/** Labels by which kind and k3d mark the containers that are nodes, and name their cluster. */
const NODES: readonly { readonly role: string; readonly roles: readonly string[]; readonly cluster: string }[] = [
  { role: 'io.x-k8s.kind.role', roles: ['control-plane', 'worker'], cluster: 'io.x-k8s.kind.cluster' },
  { role: 'k3d.role', roles: ['server', 'agent'], cluster: 'k3d.cluster' },
];

/** The containers that are nodes of a cluster on this machine, of all clusters or of one. Throws CaptureFailure. */
export async function dockerTargets(cluster: string | undefined, seconds: number): Promise<Target[]> {
  const listed = await outputOf(
    ['docker', 'ps', '--no-trunc', '--format', '{{json .}}'],
    AbortSignal.timeout(seconds * 1000),
  );
  const names = listed.split('\n').flatMap(line => nodeOf(line, cluster) ?? []);
  if (names.length === 0)
    throw new CaptureFailure(
      `no container of kind or k3d is running${cluster === undefined ? '' : ` for a cluster named ${cluster}`}; docker ps lists what is`,
    );
  return names.sort().map(name => ({
    name,
    group: 'nodes',
    how: `docker exec ${name}`,
    run: (script, sink, signal) => runProcess(['docker', 'exec', '-i', name, 'sh', '-c', SHELL], script, sink, signal),
  }));
}

function nodeOf(line: string, cluster: string | undefined): string | undefined {
  const [, name] = /"Names":"([\w.-]+)"/.exec(line) ?? [];
  const [, text = ''] = /"Labels":"([^"]*)"/.exec(line) ?? [];
  const labels = new Map(
    text.split(',').map(label => {
      const at = label.indexOf('=');
      return [label.slice(0, at), label.slice(at + 1)] as const;
    }),
  );
  const kind = NODES.find(({ role, roles }) => roles.includes(labels.get(role) ?? ''));
  if (name === undefined || kind === undefined) return undefined;
  return cluster === undefined || labels.get(kind.cluster) === cluster ? name : undefined;
}
