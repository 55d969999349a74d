import { InputError } from '../model/source.ts';
import { CaptureFailure } from './failure.ts';
import type { CapturedHost, Target } from './host.ts';
import { folderName } from './name.ts';
import type { KubectlPlace } from './transport/kubectl.ts';

/** Where a person says that nodes are. */
export interface TargetPlaces {
  readonly local: boolean;
  readonly ssh: SshPlaces;
  readonly kubectl?: KubectlPlace;
  readonly docker?: { readonly cluster: string | undefined; readonly seconds: number };
  readonly from: readonly string[];
}

/** Where nothing could even be found there is no snapshot to speak of it. */
async function asInput<T>(found: Promise<T>): Promise<T> {
  try {
    return await found;
  } catch (error) {
    if (error instanceof CaptureFailure) throw new InputError(error.message);
    throw error;
  }
}

/** Hosts that are reached by SSH. */
export interface SshPlaces {
  readonly nodes: readonly string[];
  /** Clients and routers. */
  readonly outside: readonly string[];
  /** Patterns of names in the configuration. */
  readonly named: readonly string[];
  readonly openssh: boolean;
  readonly config: string | undefined;
  readonly connectSeconds: number;
}

/** What a snapshot is made of. */
export interface Sources {
  readonly targets: readonly Target[];
  /** Captured already by somebody. */
  readonly hosts: readonly CapturedHost[];
  /** Objects of the API server; never throws. */
  readonly cluster?: () => Promise<CapturedHost>;
}

/** Finds the hosts of the places. Throws InputError for a place that is not there, or a name that two hosts have. */
export async function sourcesOf(places: TargetPlaces): Promise<Sources> {
  const targets: Target[] = [];
  if (places.local) targets.push((await import('./transport/local.ts')).localTarget());
  targets.push(...(await sshTargets(places.ssh)));
  const from = places.from.length > 0 ? await (await import('./from.ts')).hostsFrom(places.from) : undefined;
  const { kubectl, docker } = places;
  if (docker) {
    const { dockerTargets } = await import('./transport/docker.ts');
    targets.push(...(await asInput(dockerTargets(docker.cluster, docker.seconds))));
  }
  const api = kubectl && (await (await import('./transport/kubectl.ts')).kubectlCluster(kubectl));
  if (api) targets.push(...api.targets);
  const objects = api?.cluster ?? from?.cluster;
  return {
    targets: distinct(targets),
    hosts: from?.hosts ?? [],
    ...(objects && { cluster: async () => objects }),
  };
}

async function sshTargets({ nodes, outside, named, openssh, config, connectSeconds }: SshPlaces): Promise<Target[]> {
  if (nodes.length + outside.length + named.length === 0) return [];
  const { SshConfig, parseTarget } = await import('./ssh/config.ts');
  const known = new SshConfig(config);
  const found = known.names(named);
  if (named.length > 0 && found.length === 0)
    throw new InputError(`no Host in the configuration of ssh is named ${named.join(' or ')} (--ssh-config-hosts)`);
  const places = [
    ...[...nodes, ...found].map(target => ({ target, group: 'nodes' as const })),
    ...outside.map(target => ({ target, group: 'outside' as const })),
  ].map(({ target, group }) => ({ target, group, name: parseTarget(target).host, connectSeconds }));
  if (openssh) {
    const { opensshTarget } = await import('./transport/openssh.ts');
    return places.map(place => opensshTarget(place, config));
  }
  for (const { target } of places) known.host(target);
  const { sshTarget } = await import('./transport/ssh.ts');
  return places.map(place => sshTarget(known, place));
}

/** A name is a folder: what else names are made of becomes `_`, and the second of a name is `NAME-2`. */
function distinct(targets: readonly Target[]): Target[] {
  const taken = new Set<string>();
  return targets.map(target => {
    const plain = folderName(target.name);
    let name = plain;
    for (let i = 2; taken.has(`${target.group}/${name}`); i++) name = `${plain}-${i}`;
    taken.add(`${target.group}/${name}`);
    return { ...target, name, run: target.run.bind(target) };
  });
}
