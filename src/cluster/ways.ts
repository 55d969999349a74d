import { copyPacket } from '../net/packet.ts';
import { enumerate } from '../walk/decide.ts';
import type { Cluster } from './cluster.ts';
import { type Fate, fateKey, fateOf } from './fate.ts';
import { type Folded, fold, unknownKey } from './fold.ts';
import { type Start, walkJourney } from './journey.ts';
import type { Session } from './session.ts';

/** All ways of one packet from host to host. */
export interface Ways {
  readonly folded: Folded<Fate>;
  /** False: there were too many, the rest was given up. */
  readonly complete: boolean;
  /** By the key of an unknown, the host that it is about. */
  readonly places: ReadonlyMap<string, string>;
}

/** Every journey that a packet may take from this state of the namespaces, which stays as it is. */
export function walkAll(cluster: Cluster, state: Session, start: Start): Ways {
  const places = new Map<string, string>();
  const { branches, complete } = enumerate(decide => {
    const session = state.fork();
    const journey = walkJourney(
      cluster,
      session,
      { ...start, packet: copyPacket(start.packet) },
      { decide: () => decide },
    );
    for (const { host, walked } of journey.visits)
      for (const { why, at } of walked.hop.unknowns) places.set(unknownKey(why, at), host.name);
    return fateOf(cluster, session, journey);
  });
  return { folded: fold(branches, complete, fateKey, fate => fate.delivered), complete, places };
}
