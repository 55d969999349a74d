import { formatAddress } from '../../src/net/address.ts';
import type { Packet } from '../../src/net/packet.ts';
import type { Choice, Decide, Order } from '../../src/walk/decide.ts';
import type { RulePosition } from '../../src/walk/trace.ts';
import type { Journey, LabDocument, RecordedStep } from './document.ts';
import { isSameAddress, parsePacket } from './packet.ts';

export type Report = (kind: string, ...lines: string[]) => void;

/** Takes what the kernel took where a walk may go either way, and reports what the record holds impossible. */
export class RecordDecide implements Decide {
  readonly #document: LabDocument;
  readonly #journey: Journey;
  readonly #packet: Packet;
  readonly #report: Report;
  readonly #steps: readonly RecordedStep[];
  readonly #asked = new Map<string, number>();
  #cursor = 0;

  constructor(document: LabDocument, journey: Journey, packet: Packet, report: Report) {
    this.#document = document;
    this.#journey = journey;
    this.#packet = packet;
    this.#report = report;
    this.#steps = journey.steps.filter(step => step.table !== 'labtrace');
  }

  choose(choice: Choice): number {
    switch (choice.kind) {
      case 'chance':
        return this.#chance(choice);
      case 'unknown': {
        if (choice.order) return this.#order(choice.order);
        const yes = choice.at === undefined || this.#goesOnWith(choice.at);
        this.#report('unknown', `${choice.at ? `${place(choice.at)}: ` : ''}${choice.why.reason}`);
        return yes ? 0 : 1;
      }
      case 'nexthop':
        return this.#nexthop(choice);
      case 'dice':
        return this.#dice(choice);
      case 'port':
        return this.#port(choice);
    }
  }

  /** No dump holds which of two chains was registered last; the record tells. */
  #order({ hook, first, second }: Order): number {
    const when = (name: Order['first']) => {
      const at = this.#steps.findIndex(
        step => step.hook === hook && step.table === name.table && step.chain === name.chain,
      );
      return at < 0 ? Number.POSITIVE_INFINITY : at;
    };
    return when(first) <= when(second) ? 0 : 1;
  }

  #chance(choice: Extract<Choice, { kind: 'chance' }>): number {
    const yes = this.#goesOnWith(choice.at);
    if (yes ? choice.probability <= 0 : choice.probability >= 1)
      this.#report('chance', `${place(choice.at)}: ${yes ? 'matched' : 'did not match'} at ${choice.probability}`);
    return yes ? 0 : 1;
  }

  /** Whether the next recorded step of the rule's chain, in this visit to it, is the very rule. */
  #goesOnWith(at: RulePosition): boolean {
    const chain = `${at.table} ${at.chain}`;
    const number = at.rule.number;
    const last = this.#asked.get(chain);
    this.#asked.set(chain, number);
    const next = (beyond: number) =>
      this.#steps.findIndex(
        (step, index) =>
          index >= this.#cursor && isIn(step, at) && (step.type !== 'rule' || (step.position ?? 0) > beyond),
      );
    if (last !== undefined && number <= last) {
      const over = next(last);
      if (over >= 0) this.#cursor = over + 1;
    }
    const found = next(number - 1);
    const step = this.#steps[found];
    if (step?.type !== 'rule' || step.position !== number) return false;
    this.#cursor = found + 1;
    return true;
  }

  /** A way says which chain it goes on in, or to which address and port. */
  #dice({ count, labelOf }: Extract<Choice, { kind: 'dice' }>): number {
    const ways = new Map(Array.from({ length: count }, (_, index) => [labelOf(index), index]));
    for (const [index, step] of this.#steps.entries()) {
      const way = index >= this.#cursor ? ways.get(`${step.verdict} ${step.target}`) : undefined;
      if (way === undefined) continue;
      this.#cursor = index + 1;
      return way;
    }
    const { daddr, dport } = this.#endOf(['prerouting', 'output']) ?? {};
    const way = daddr === undefined ? undefined : ways.get(`${formatAddress(daddr)} . ${dport}`);
    if (way === undefined) this.#report('dice', `none of ${[...ways.keys()].join(', ')}`);
    return way ?? 0;
  }

  #nexthop(choice: Extract<Choice, { kind: 'nexthop' }>): number {
    const oif = this.#journey.oif ?? '';
    const option = choice.labels.findIndex(label => label.split(/\s+/).includes(oif));
    if (option < 0) this.#report('nexthop', `none of ${choice.labels.join(', ')} leaves by ${oif}`);
    return Math.max(option, 0);
  }

  #port(choice: Extract<Choice, { kind: 'port' }>): number {
    const recorded = this.#picked(choice);
    if (recorded === undefined) return 0;
    if (recorded >= choice.low && recorded <= choice.high) return recorded - choice.low;
    const rule = choice.at ? `${place(choice.at)}: ` : '';
    this.#report('port', `${rule}recorded ${recorded}, the walk takes ${choice.low} to ${choice.high}`);
    return 0;
  }

  /** The port, ICMP id or IPv4 address at the end of the hook that translates; absent where the packet never got there. */
  #picked({ at, high }: Extract<Choice, { kind: 'port' }>): number | undefined {
    const isDestination =
      at?.rule.statements.some(({ name }) => ['DNAT', 'REDIRECT', 'dnat', 'redirect'].includes(name)) ?? false;
    const hooks = isDestination ? ['prerouting', 'output'] : ['postrouting', 'input'];
    if (this.#packet.icmp && high <= 0xffff) return this.#translatedId();
    const packet = this.#endOf(hooks);
    if (!packet) return undefined;
    const address = isDestination ? packet.daddr : packet.saddr;
    if (high > 0xffff) return typeof address === 'number' ? address : undefined;
    return isDestination ? packet.dport : packet.sport;
  }

  /** The packet at the end of the first of these hooks. */
  #endOf(hooks: readonly string[]): Packet | undefined {
    const end = this.#journey.steps.find(step => step.chain.endsWith('-end') && hooks.includes(step.hook));
    return end?.packet === undefined ? undefined : parsePacket(end.packet);
  }

  #translatedId(): number | undefined {
    const { saddr, daddr, icmp } = this.#packet;
    const entry = this.#document.everSeen
      .get(this.#journey.node)
      ?.find(
        ({ original }) =>
          original.icmp !== undefined &&
          original.icmp.id === icmp?.id &&
          isSameAddress(original.saddr, saddr) &&
          isSameAddress(original.daddr, daddr),
      );
    return entry?.reply.icmp?.id;
  }
}

const isIn = (step: RecordedStep, at: RulePosition): boolean => step.table === at.table && step.chain === at.chain;

export const place = (at: RulePosition): string => `${at.table} ${at.chain} ${at.rule.number}`;
