import type { Effect } from '../../../src/model/effect.ts';
import type { Namespace } from '../../../src/model/namespace.ts';
import type { Statement } from '../../../src/model/ruleset.ts';
import type { Truth } from '../../../src/model/truth.ts';
import { copyPacket, type Packet } from '../../../src/net/packet.ts';
import { syntaxOf } from '../../../src/nft/evaluate/statement.ts';
import { enumerate, shareOf } from '../../../src/walk/decide.ts';
import { Machine } from '../../../src/walk/machine.ts';
import type { Pass } from '../../../src/walk/pass.ts';
import type { Recorder } from '../../../src/walk/record.ts';
import type { Hop } from '../../../src/walk/trace.ts';

/**
 * Walks single packets and nothing more: what is not known is answered by lot, by the words of the statement, so that both
 * sides have the same answer. It knows nothing of classes.
 */
export class Oracle {
  readonly #machine: Machine;
  readonly #lots = new Lots();

  constructor(namespace: Namespace) {
    const { sockets: _sockets, ...known } = namespace;
    const options = { linear: true, recorder: this.#lots };
    this.#machine = new Machine({ ...known, conntrack: [], recent: new Map() }, options);
  }

  /** The packet's fates with their shares, as text; `lot`: which of the possible worlds. Undefined: a rule is not understood. */
  fate(packet: Packet, lot: number): string | undefined {
    const shares = new Map<string, number>();
    let understood = true;
    const { complete } = enumerate(decide => {
      this.#lots.begin(lot);
      let share = 1;
      let anyPort = false;
      const { hop } = this.#machine.walk(
        { packet },
        {
          choose: (choice, before) => {
            if (choice.kind === 'unknown') return this.#lots.draw(choice.why.reason);
            if (choice.kind === 'port') anyPort = true;
            const option = decide.choose(choice, before);
            if (choice.kind !== 'port') share *= shareOf(choice, option);
            return option;
          },
        },
      );
      if (hop.disposition === 'undecided') understood = false;
      const text = textOf(hop, anyPort);
      shares.set(text, (shares.get(text) ?? 0) + share);
    }, 1024);
    if (!complete || !understood) return undefined;
    return [...shares]
      .map(([text, share]) => `${share.toFixed(6)} ${text}`)
      .sort()
      .join('\n');
  }
}

/** All that the answer of the program promises to tell, and in absolute terms. */
function textOf({ disposition, reason, after, out }: Hop, anyPort: boolean): string {
  if (disposition === 'rejected') return reason;
  if (disposition === 'consumed' || disposition === 'delivered' || disposition === 'leaves-the-node')
    return [
      disposition === 'consumed' ? reason : disposition,
      disposition === 'leaves-the-node' ? `${out?.device} ${out?.nexthop}` : '',
      after.saddr,
      anyPort ? '' : after.sport,
      after.daddr,
      after.dport,
    ].join(' ');
  return disposition;
}

class Lots implements Recorder {
  #lot = 0;
  #times = new Map<string, number>();

  begin(lot: number): void {
    this.#lot = lot;
    this.#times = new Map();
  }

  /** 0 is yes. */
  draw(text: string): 0 | 1 {
    const nth = (this.#times.get(text) ?? 0) + 1;
    this.#times.set(text, nth);
    let hash = Math.imul(this.#lot + 1, 0x9e3779b1) ^ nth;
    for (const char of text) hash = Math.imul(hash ^ char.charCodeAt(0), 0x01000193);
    return ((hash >>> 15) & 1) as 0 | 1;
  }

  statement(statement: Statement, pass: Pass): Truth | Effect {
    const answer = statement.evaluate(pass.packet, pass);
    if (typeof answer === 'boolean' || answer.kind !== 'unknown') return answer;
    return this.draw(wordsOf(statement)) === 0;
  }

  packet = copyPacket;
  bare = (packet: Packet): Packet => packet;
  ask = <T>(_about: string, _pass: Pass, run: () => T): T => run();
  unasked = <T>(run: () => T): T => run();
  skipped(): void {}
  bound(): void {}
}

const plain = (value: unknown): string =>
  JSON.stringify(value, (_, item) => (typeof item === 'bigint' ? `${item}` : item instanceof Set ? [...item] : item));

const wordsOf = (statement: Statement): string =>
  `${statement.name} ${plain('options' in statement ? statement.options : syntaxOf(statement)?.syntax)}`;
