import type { Family } from '../../src/net/address.ts';
import type { Packet } from '../../src/net/packet.ts';
import type { Answer, Disposition, Hop } from '../../src/walk/trace.ts';
import type { Report } from './decide.ts';
import type { Journey } from './document.ts';
import { formatPacket } from './packet.ts';

/** What the walks say a node sends because of a packet, until the record shows it being sent. */
export class Answers {
  #waiting: { readonly about: Journey; readonly answer: Answer }[] = [];
  readonly #walked: { readonly journey: Journey; readonly disposition: Disposition }[] = [];

  add(about: Journey, hop: Hop): void {
    this.#walked.push({ journey: about, disposition: hop.disposition });
    for (const answer of hop.answers) this.#waiting.push({ about, answer });
  }

  /**
   * The answer that a packet sent by the node is. An ICMP error has to be one, unless it says what no capture shows: that
   * nobody listens, or that a neighbour is silent; a reset may be the TCP stack's. Answers that were never sent are not
   * counted: the kernel limits their rate. Of a document without packet ids the texts have to tell.
   */
  take(journey: Journey, packet: Packet, report: Report): Answer | undefined {
    const isError = journey.key?.kind === 'icmp-error';
    const same = this.#waiting.findLastIndex(({ about, answer }) =>
      isError && this.#hasIds
        ? about.family === journey.family && about.id === journey.key?.id && isSameIcmp(answer.packet, packet)
        : formatPacket(answer.packet) === journey.before,
    );
    const found = this.#waiting[same]?.answer;
    if (same >= 0) this.#waiting.splice(same, 1);
    if (!found) {
      if (isError && !this.#isOutside(journey, packet)) report('answer', 'no walk makes this error');
      return undefined;
    }
    const text = formatPacket(found.packet);
    if (text !== journey.before) report('answer', `recorded ${journey.before}, walked ${text}`);
    if (found.packet.ttl !== packet.ttl) report('answer', `ttl recorded ${packet.ttl}, walked ${found.packet.ttl}`);
    return found;
  }

  get #hasIds(): boolean {
    return this.#walked.some(({ journey }) => journey.id !== undefined);
  }

  #isOutside({ family, key }: Journey, { icmp }: Packet): boolean {
    const same = this.#walked.filter(
      ({ journey }) => journey.family === family && (!this.#hasIds || journey.id === key?.id),
    );
    return OUTSIDE.some(
      ([itsFamily, type, code, dispositions]) =>
        itsFamily === family &&
        type === icmp?.type &&
        code === icmp.code &&
        same.slice(this.#hasIds ? -1 : 0).some(({ disposition }) => dispositions.includes(disposition)),
    );
  }
}

const OUTSIDE: readonly (readonly [Family, type: number, code: number, readonly Disposition[]])[] = [
  ['ip', 3, 3, ['delivered', 'refused']],
  ['ip6', 1, 4, ['delivered', 'refused']],
  ['ip', 3, 1, ['leaves-the-node', 'neighbour-unreachable']],
  ['ip6', 1, 3, ['leaves-the-node', 'neighbour-unreachable']],
];

const isSameIcmp = (a: Packet, b: Packet): boolean =>
  a.icmp !== undefined && a.icmp.type === b.icmp?.type && a.icmp.code === b.icmp.code;
