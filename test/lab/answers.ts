import type { Packet } from '../../src/net/packet.ts';
import type { Answer, Hop } from '../../src/walk/trace.ts';
import type { Report } from './decide.ts';
import type { Journey } from './document.ts';
import { formatPacket } from './packet.ts';

/** What the walks say a node sends because of a packet, until the record shows it being sent. */
export class Answers {
  #waiting: { readonly about: Journey; readonly answer: Answer }[] = [];

  add(about: Journey, hop: Hop): void {
    for (const answer of hop.answers) this.#waiting.push({ about, answer });
  }

  /**
   * The answer that a packet sent by the node is. An ICMP error has to be one; a reset may be the TCP stack's, which no
   * capture shows. Answers that were never sent are not counted: the kernel limits their rate.
   */
  take(journey: Journey, packet: Packet, report: Report): Answer | undefined {
    const isError = journey.key?.kind === 'icmp-error';
    const same = this.#waiting.findLastIndex(({ about, answer }) =>
      isError
        ? about.family === journey.family && about.id === journey.key?.id && isSameIcmp(answer.packet, packet)
        : formatPacket(answer.packet) === journey.before,
    );
    const found = this.#waiting[same]?.answer;
    if (same >= 0) this.#waiting.splice(same, 1);
    if (!found) {
      if (isError) report('answer', 'no walk makes this error');
      return undefined;
    }
    const text = formatPacket(found.packet);
    if (text !== journey.before) report('answer', `recorded ${journey.before}, walked ${text}`);
    if (found.packet.ttl !== packet.ttl) report('answer', `ttl recorded ${packet.ttl}, walked ${found.packet.ttl}`);
    return found;
  }
}

const isSameIcmp = (a: Packet, b: Packet): boolean =>
  a.icmp !== undefined && a.icmp.type === b.icmp?.type && a.icmp.code === b.icmp.code;
