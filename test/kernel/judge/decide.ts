import type { Packet } from '../../../src/net/packet.ts';
import type { Choice, Decide } from '../../../src/walk/decide.ts';
import type { RulePosition, Step } from '../../../src/walk/trace.ts';
import type { Journey, ObservedStep, Seen } from '../observation.ts';
import { addressOf } from './arrival.ts';
import { observedItems, walkedItems } from './items.ts';

export type Report = (what: string, kernel: string, walk: string) => void;

type RuleStep = Extract<ObservedStep, { kind: 'rule' }>;

/** Takes what the kernel took where the walk may go either way. A ruleset of the generator leaves nothing unknown. */
export class ObservedDecide implements Decide {
  readonly #journey: Journey;
  readonly #report: Report;
  readonly #bytes: boolean;
  readonly #keys: ReadonlySet<string>;
  /** Questions about bytes that nobody has, which the kernel's own answer decided. */
  lent = 0;
  /** Into how many ways dice fell whose fall nothing shows; `fallen` is the one that is tried. */
  unseen = 0;
  readonly #fallen: number;

  constructor(journey: Journey, packet: Packet, report: Report, fallen = 0) {
    this.#fallen = fallen;
    this.#bytes = packet.bytes !== undefined;
    this.#journey = journey;
    this.#report = report;
    this.#keys = new Set(observedItems(journey, () => false).map(item => item.key));
  }

  choose(choice: Choice, before: readonly Step[] = []): number {
    switch (choice.kind) {
      case 'dice':
        return this.#dice(choice, before);
      case 'chance':
        return this.#isNext(choice.at, before) ? 0 : 1;
      case 'unknown':
        if (!this.#bytes) this.lent++;
        if (this.#bytes || !/payload|bytes|TCP options|the option \S+ of|MSS|SCTP chunks/.test(choice.why.reason))
          this.#report(
            'unknown',
            'decides',
            choice.at ? `${place(choice.at)}: ${choice.why.reason}` : choice.why.reason,
          );
        return choice.at === undefined || this.#isNext(choice.at, before) ? 0 : 1;
      case 'nexthop': {
        const ends = this.#journey.steps.flatMap(step =>
          step.kind === 'hook-end' && step.packet ? [step.packet] : [],
        );
        const seen = [this.#journey.oif ?? '', ...ends.flatMap(packet => [packet.saddr, packet.daddr])];
        const option = choice.labels.findIndex(label => label.split(/\s+/).some(word => seen.includes(word)));
        return Math.max(option, 0);
      }
      case 'port': {
        const picked = this.#picked(choice);
        if (picked !== undefined && picked >= choice.low && picked <= choice.high) return picked - choice.low;
        if (picked !== undefined) this.#report('port', String(picked), `${choice.low} to ${choice.high}`);
        return 0;
      }
    }
  }

  /** The kernel has met as much as the walk, and its next step is that rule. */
  #isNext(at: RulePosition, before: readonly Step[]): boolean {
    const next = this.#next(before);
    return next !== undefined && isAt(next, at);
  }

  #next(before: readonly Step[]): RuleStep | undefined {
    const items = walkedItems(before).filter(({ key, optional }) => !optional || this.#keys.has(key));
    const next = this.#journey.steps[items.length];
    return next?.kind === 'rule' ? next : undefined;
  }

  /** A way says which verdict it comes to, to which address and port, or which mark it sets; the kernel's next rule tells. */
  #dice({ count, labelOf }: Extract<Choice, { kind: 'dice' }>, before: readonly Step[]): number {
    const ways = Array.from({ length: count }, (_, index) => labelOf(index));
    const next = this.#next(before);
    const { steps, fate } = this.#journey;
    const end = steps.find(step => step.kind === 'hook-end' && ROUTED_AFTER.includes(step.hook));
    // Of what ended behind this very rule, by its new route say, the record has the headers from before it was translated.
    const isLast = next !== undefined && next === steps.at(-1);
    const dropped = 'packet' in fate && ROUTED_AFTER.includes(fate.hook) && !isLast ? fate.packet : undefined;
    const to = end?.kind === 'hook-end' ? end.packet : dropped;
    const told = [
      (way: string) => way === next?.verdict || way === `${next?.verdict} ${next?.target}`,
      (way: string) => to !== undefined && leadsTo(way, to),
      (way: string) => next !== undefined && /^\d+$/.test(way) && Number(way) === next.mark,
    ];
    const way = told.map(is => ways.findIndex(is)).find(index => index >= 0);
    if (way === undefined) this.unseen = Math.max(this.unseen, count);
    return way ?? Math.min(this.#fallen, count - 1);
  }

  /**
   * At the end of the hook that translates, or where a rule behind NAT dropped it; an address range is one of addresses as
   * numbers. Undefined: the packet does not show it.
   */
  #picked({ at, high }: Extract<Choice, { kind: 'port' }>): number | undefined {
    const isDestination = at?.rule.statements.some(({ name }) => /^(?:dnat|redirect)$/i.test(name)) ?? false;
    const hooks = isDestination ? ['prerouting', 'output'] : ['postrouting', 'input'];
    const packet = this.#translated(hooks);
    if (!packet) return undefined;
    if (high > 0xffff) {
      const address = addressOf(isDestination ? packet.daddr : packet.saddr);
      return typeof address === 'number' ? address : undefined;
    }
    return packet.icmpId ?? (isDestination ? packet.dport : packet.sport);
  }

  /** One that answers has the other side of its connection written (nf_nat_packet). */
  #translated(hooks: readonly string[]): Seen | undefined {
    const { steps, fate } = this.#journey;
    const end = steps.find(step => step.kind === 'hook-end' && hooks.includes(step.hook));
    if (end?.kind === 'hook-end') return end.connection?.direction === 'reply' ? undefined : end.packet;
    return 'packet' in fate && hooks.includes(fate.hook) ? fate.packet : undefined;
  }
}

const ROUTED_AFTER: readonly string[] = ['prerouting', 'output'];

function leadsTo(way: string, { daddr, dport }: Seen): boolean {
  const [address = '', port] = way.split(' . ');
  return (
    /[.:]/.test(address) && addressOf(address) === addressOf(daddr) && (port === undefined || Number(port) === dport)
  );
}

const isAt = (step: RuleStep, at: RulePosition): boolean =>
  step.owner === at.owner && step.table === at.table && step.chain === at.chain && step.number === at.rule.number;

export const place = (at: RulePosition): string => `${at.owner} ${at.table} ${at.chain} ${at.rule.number}`;
