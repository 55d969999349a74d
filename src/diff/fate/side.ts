import type { Namespace } from '../../model/namespace.ts';
import type { Packet } from '../../net/packet.ts';
import { enumerate, shareOf } from '../../walk/decide.ts';
import { Machine } from '../../walk/machine.ts';
import type { Surroundings } from './constants/surroundings.ts';
import { FactBook } from './record/facts.ts';
import { type Doubt, Recording } from './record/recording.ts';
import type { Region } from './record/region.ts';
import { type Way, wayKey, wayOf } from './way.ts';

/** More ways of one packet are not followed. */
const MOST_WAYS = 512;

/** An answer that was taken for something that is not known. */
export interface Taken extends Doubt {
  readonly yes: boolean;
}

/** One way that a packet may go: what is taken to hold, and its share of the packets for which that holds. */
export interface Branch {
  readonly taken: readonly Taken[];
  readonly share: number;
  readonly way: Way;
  readonly key: string;
}

/** One node before or after: walks packets as if each was the first it ever saw. */
export class Side {
  private readonly machine: Machine;
  private readonly recording: Recording;

  constructor(namespace: Namespace, surroundings: Surroundings) {
    const { sockets: _sockets, ...known } = namespace;
    this.recording = new Recording(new FactBook(namespace.sets), surroundings);
    const options = { recorder: this.recording };
    this.machine = new Machine({ ...known, conntrack: [], recent: new Map() }, options);
  }

  /** All ways of a packet; the region shrinks to those that have the same. */
  walk(packet: Packet, region: Region): readonly Branch[] {
    const { machine, recording } = this;
    recording.begin(region);
    const { branches, complete } = enumerate(decide => {
      const taken: Taken[] = [];
      const times = new Map<string, number>();
      let share = 1;
      const { hop } = machine.walk(
        { packet },
        {
          choose: (choice, before) => {
            const option = decide.choose(choice, before);
            if (choice.kind === 'unknown') {
              const asked = choice.at ? recording.doubts : [{ text: choice.why.reason, words: choice.why.reason }];
              const text = asked.map(doubt => doubt.text).join(' and ');
              const nth = (times.get(text) ?? 0) + 1;
              times.set(text, nth);
              const words = asked.map(doubt => doubt.words).join(' and ');
              taken.push({ text: `${text} #${nth}`, words, yes: option === 0 });
            } else if (choice.kind !== 'port') share *= shareOf(choice, option);
            return option;
          },
        },
      );
      const way = wayOf(hop, field => recording.stateOf(field));
      return { taken, share, way, key: wayKey(way) };
    }, MOST_WAYS);
    if (!complete) region.fail(`it may go more than ${MOST_WAYS} ways`);
    return branches.map(({ value }) => value);
  }
}
