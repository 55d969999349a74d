import type { CapturedHost, Target } from './host.ts';
import { folderName } from './name.ts';

/** Where a person says that nodes are. */
export interface TargetPlaces {
  readonly local: boolean;
  readonly from: readonly string[];
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
  const from = places.from.length > 0 ? await (await import('./from.ts')).hostsFrom(places.from) : undefined;
  const objects = from?.cluster;
  return {
    targets: distinct(targets),
    hosts: from?.hosts ?? [],
    ...(objects && { cluster: async () => objects }),
  };
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
