import type { CommandAbout } from '../../read/about.ts';
import { field, isObject, type JsonObject, objectsField, stringField } from '../../read/json.ts';
import { CaptureFailure, reasonOf } from '../failure.ts';
import type { CapturedHost, Sink, Target } from '../host.ts';
import { SHELL } from '../script.ts';
import { outputOf, runProcess } from './process.ts';

export interface KubectlPlace {
  readonly context: string | undefined;
  readonly kubeconfig: string | undefined;
  /** Where pods to run in are looked for; everywhere where nobody says it. */
  readonly namespace: string | undefined;
  /** An image for `kubectl debug node`, which makes a pod; absent: pods that are there already are used. */
  readonly debugImage: string | undefined;
  /** For one request. */
  readonly seconds: number;
}

/** What is listed: the file, and the resource as kubectl knows it. */
const RESOURCES: readonly (readonly [string, string])[] = [
  ...['nodes', 'services', 'endpointslices', 'pods'].map(name => [name, name] as const),
  ...[
    'ipaddresspools',
    'l2advertisements',
    'bgpadvertisements',
    'bgppeers',
    'servicel2statuses',
    'servicebgpstatuses',
  ].map(name => [name, `${name}.metallb.io`] as const),
];

/** The cluster's objects, and a way to a shell on each node. Never throws: what failed is in the answer. */
export async function kubectlCluster(
  place: KubectlPlace,
): Promise<{ cluster: CapturedHost; targets: readonly Target[] }> {
  const start = new Date().toISOString();
  const lists = await Promise.all(RESOURCES.map(([name, resource]) => list(place, name, resource)));
  const files = new Map(
    lists.flatMap(({ file, text }) => (text === undefined ? [] : [[`cluster/${file}`, Buffer.from(text)] as const])),
  );
  const failed = lists.filter(({ about: { status, notRun } }) => status !== 0 && notRun === undefined);
  const reasons = new Set(failed.map(({ reason }) => reason));
  const objects = new Map(lists.map(({ name, objects }) => [name, objects] as const));
  const pods = objects.get('pods') ?? [];
  const nodes = nodesOf(objects.get('nodes') ?? [], pods);
  const problem =
    files.size === 0
      ? `nothing was listed: ${[...reasons].join('; ')}`
      : failed.length > 0
        ? `no ${failed.map(({ name }) => name).join(', ')}: ${[...reasons].join('; ')}`
        : nodes.length === 0
          ? 'the API server knows no node'
          : undefined;
  return {
    cluster: {
      about: {
        name: 'cluster',
        folder: 'cluster',
        how: ['kubectl', ...flagsOf(place)].join(' '),
        state: problem === undefined ? 'complete' : files.size === 0 ? 'failed' : 'partial',
        ...(problem !== undefined && { problem }),
        start,
        end: new Date().toISOString(),
        commands: lists.map(({ about }) => about),
      },
      files,
    },
    targets: nodes.map(node => nodeTarget(place, node, pods)),
  };
}

const flagsOf = ({ context, kubeconfig }: KubectlPlace): string[] => [
  ...(context === undefined ? [] : ['--context', context]),
  ...(kubeconfig === undefined ? [] : ['--kubeconfig', kubeconfig]),
];

interface Listed {
  readonly name: string;
  readonly file: string;
  readonly text: string | undefined;
  readonly objects: readonly JsonObject[];
  readonly about: CommandAbout;
  readonly reason: string;
}

async function list(place: KubectlPlace, name: string, resource: string): Promise<Listed> {
  const { seconds } = place;
  const file = `${name}.json`;
  const args = ['get', resource, '--all-namespaces', '-o', 'json', `--request-timeout=${seconds}s`];
  const about = { file, command: ['kubectl', ...args].join(' '), start: new Date().toISOString() };
  try {
    // A list of several pages is several requests.
    const signal = AbortSignal.timeout(seconds * 3000);
    const text = await outputOf(['kubectl', ...flagsOf(place), ...args], signal);
    const value: unknown = JSON.parse(text);
    if (!isObject(value)) throw new CaptureFailure('kubectl printed no object');
    return { name, file, text, objects: objectsField(value, 'items'), about: { ...about, status: 0 }, reason: '' };
  } catch (error) {
    const said = reasonOf(error);
    const absent = /doesn't have a resource type/.test(said);
    const reason = /context deadline exceeded|Timeout|time is up|timed out/i.test(said)
      ? `the API server did not answer within ${seconds} seconds`
      : said;
    return {
      ...{ name, file, text: undefined, objects: [], reason },
      about: absent
        ? { ...about, notRun: 'the cluster has no such resources' }
        : { ...about, status: 1, stderr: reason },
    };
  }
}

interface NodeName {
  readonly name: string;
  readonly machineId?: string;
}

/** Whoever may not list nodes sees them in the pods. */
function nodesOf(nodes: readonly JsonObject[], pods: readonly JsonObject[]): NodeName[] {
  const found = new Map<string, NodeName>();
  for (const node of nodes) {
    const name = textAt(node, 'metadata', 'name');
    const machineId = textAt(node, 'status', 'nodeInfo', 'machineID') ?? '';
    if (name !== undefined) found.set(name, { name, ...(machineId !== '' && { machineId }) });
  }
  for (const pod of pods) {
    const name = textAt(pod, 'spec', 'nodeName');
    if (name !== undefined && !found.has(name)) found.set(name, { name });
  }
  return [...found.values()];
}

function textAt(object: JsonObject, ...path: readonly string[]): string | undefined {
  let value: unknown = object;
  for (const key of path) value = isObject(value) ? field(value, key) : undefined;
  return typeof value === 'string' ? value : undefined;
}

/** A container that sees the node's network namespace as root: who it is, and how well it is known to have tools. */
interface Candidate {
  readonly namespace: string;
  readonly pod: string;
  readonly container: string;
  readonly rank: number;
}

function candidatesOn(node: string, pods: readonly JsonObject[], namespace: string | undefined): Candidate[] {
  return pods
    .flatMap((pod): Candidate[] => {
      const spec = field(pod, 'spec');
      const own = textAt(pod, 'metadata', 'namespace') ?? 'default';
      const name = textAt(pod, 'metadata', 'name');
      if (!isObject(spec) || name === undefined || stringField(spec, 'nodeName') !== node) return [];
      if (textAt(pod, 'status', 'phase') !== 'Running' || field(spec, 'hostNetwork') !== true) return [];
      if (namespace !== undefined && own !== namespace) return [];
      const metadata = field(pod, 'metadata');
      const owners = isObject(metadata) ? objectsField(metadata, 'ownerReferences') : [];
      const daemon = owners.some(owner => stringField(owner, 'kind') === 'DaemonSet');
      const proxy = textAt(pod, 'metadata', 'labels', 'k8s-app') === 'kube-proxy' || name.startsWith('kube-proxy');
      if (!daemon && !proxy) return [];
      return objectsField(spec, 'containers').flatMap(container => {
        const privileged = field(objectOf(container, 'securityContext'), 'privileged') === true;
        const called = stringField(container, 'name');
        return privileged && called !== undefined
          ? [{ namespace: own, pod: name, container: called, rank: proxy ? 0 : 1 }]
          : [];
      });
    })
    .sort((a, b) => a.rank - b.rank || (`${a.namespace}/${a.pod}` < `${b.namespace}/${b.pod}` ? -1 : 1));
}

const objectOf = (object: JsonObject, key: string): JsonObject => {
  const value = field(object, key);
  return isObject(value) ? value : {};
};

function nodeTarget(place: KubectlPlace, { name, machineId }: NodeName, pods: readonly JsonObject[]): Target {
  const candidates = candidatesOn(name, pods, place.namespace);
  const [first] = candidates;
  const how =
    place.debugImage !== undefined
      ? `kubectl debug node/${name}`
      : first
        ? `kubectl exec ${first.namespace}/${first.pod} -c ${first.container}`
        : 'kubectl exec';
  return {
    name,
    group: 'nodes',
    how,
    ...(machineId !== undefined && { machineId }),
    run: (script, sink, signal) =>
      place.debugImage === undefined
        ? execInto(place, name, candidates, script, sink, signal)
        : debugNode(place, name, place.debugImage, script, sink, signal),
  };
}

/** The next candidate is tried where one has no shell: as long as nothing was printed, nothing ran. */
async function execInto(
  place: KubectlPlace,
  node: string,
  candidates: readonly Candidate[],
  script: string,
  sink: Sink,
  signal: AbortSignal,
): Promise<void> {
  let failure = new CaptureFailure(
    `no running privileged DaemonSet pod with the host's network on ${node}; --debug-image IMAGE lets kubectl debug make one`,
  );
  for (const { namespace, pod, container } of candidates) {
    let printed = false;
    const own: Sink = {
      started: () => sink.started(),
      stderr: chunk => sink.stderr(chunk),
      stdout: chunk => {
        printed = true;
        sink.stdout(chunk);
      },
    };
    const exec = ['exec', '-i', '--namespace', namespace, pod, '--container', container, '--', 'sh', '-c', SHELL];
    try {
      return await runProcess(['kubectl', ...flagsOf(place), ...exec], script, own, signal);
    } catch (error) {
      failure = new CaptureFailure(`${namespace}/${pod}: ${reasonOf(error)}`);
      if (printed || signal.aborted) break;
    }
  }
  throw failure;
}

/** Makes a pod on the node, runs on the node's own files, and deletes the pod again. */
async function debugNode(
  place: KubectlPlace,
  node: string,
  image: string,
  script: string,
  sink: Sink,
  signal: AbortSignal,
): Promise<void> {
  const inNamespace = place.namespace === undefined ? [] : ['--namespace', place.namespace];
  const kubectl = ['kubectl', ...flagsOf(place)];
  let said = '';
  const listening: Sink = {
    started: () => sink.started(),
    stdout: chunk => {
      if (said.length < 5000) said += chunk.toString('utf8');
      sink.stdout(chunk);
    },
    stderr: chunk => {
      if (said.length < 5000) said += chunk.toString('utf8');
      sink.stderr(chunk);
    },
  };
  const debug = ['debug', `node/${node}`, ...inNamespace, '-i', `--image=${image}`, '--profile=sysadmin'];
  try {
    await runProcess([...kubectl, ...debug, '--', 'chroot', '/host', 'sh', '-c', SHELL], script, listening, signal);
  } finally {
    const pod = /debugging pod (\S+) /.exec(said)?.[1];
    if (pod !== undefined)
      await outputOf(
        [...kubectl, 'delete', 'pod', pod, ...inNamespace, '--wait=false'],
        AbortSignal.timeout(30_000),
      ).catch((error: unknown) => {
        sink.stderr(Buffer.from(`the pod ${pod} is still there: ${reasonOf(error)}\n`));
      });
  }
}
