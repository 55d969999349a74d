import type { Step } from '../../../src/walk/trace.ts';
import type { Journey } from '../observation.ts';
import { packetText, seenText } from './texts.ts';

/** A step in the words that both sides share: `key` must agree in order, the values where both tell them. */
export interface Item {
  readonly key: string;
  readonly values: Readonly<Record<string, string | undefined>>;
  /** The walk does not know whether the rule matched, and it changes nothing. */
  readonly optional?: boolean;
}

const STATUS = [
  'SEEN_REPLY',
  'ASSURED',
  'CONFIRMED',
  'SRC_NAT',
  'DST_NAT',
  'SRC_NAT_DONE',
  'DST_NAT_DONE',
  'HELPER',
  'DYING',
];
const statusText = (status: readonly string[] = []): string => STATUS.filter(bit => status.includes(bit)).join(' ');
const hex = (mark: number): string => `0x${mark.toString(16)}`;

/** `setsMark`: the rule's matches write the mark, and what a legacy table tells is neither the one before nor after. */
export function observedItems(journey: Journey, setsMark: (key: string) => boolean): Item[] {
  return journey.steps.map(step => {
    if (step.kind === 'hook-end') {
      const { connection, packet } = step;
      return {
        key: `end of ${step.hook}`,
        values: {
          mark: hex(step.mark),
          packet: packet && seenText(packet),
          oif: step.oif,
          state: connection?.state ?? 'none',
          direction: connection?.direction,
          status: connection?.status && statusText(connection.status),
        },
      };
    }
    const where = `${step.hook} ${step.owner} ${step.table} ${step.chain}`;
    const nft = step.owner !== 'iptables-legacy';
    if (step.kind !== 'rule')
      return { key: `${where} ${step.kind}`, values: { mark: hex(step.mark), verdict: step.verdict } };
    const key = `${where} ${step.number}`;
    if (nft) return { key, values: { markAfter: hex(step.mark), verdict: step.verdict, target: step.target } };
    return { key, values: setsMark(key) ? {} : { markBefore: hex(step.mark) } };
  });
}

const VERDICTS: Readonly<Record<string, string>> = { nat: 'accept', reject: 'drop', consumed: 'stolen' };

/** Of a chain of a device or a bridge. */
export function isBelowIp(step: Step | undefined): boolean {
  if (step?.kind !== 'rule' && step?.kind !== 'policy' && step?.kind !== 'return') return false;
  const family = step.kind === 'rule' ? step.at.family : step.family;
  return step.hook === 'ingress' || family === 'netdev' || family === 'bridge';
}

export function walkedItems(steps: readonly Step[]): Item[] {
  return steps.flatMap((step): Item[] => {
    if (step.kind === 'rule') {
      const { owner, table, chain, rule } = step.at;
      return [
        {
          key: `${step.hook} ${owner} ${table} ${chain} ${rule.number}`,
          ...(step.undecided && { optional: true }),
          values: {
            markBefore: hex(step.markBefore),
            markAfter: hex(step.markAfter),
            verdict: VERDICTS[step.verdict] ?? step.verdict,
            target: step.chain,
          },
        },
      ];
    }
    if (step.kind === 'return' && step.owner === 'iptables-legacy')
      return [
        { key: `${step.hook} ${step.owner} ${step.table} ${step.chain} return`, values: { mark: hex(step.mark) } },
      ];
    if (step.kind === 'policy')
      return [
        {
          key: `${step.hook} ${step.owner} ${step.table} ${step.chain} policy`,
          values: { mark: hex(step.mark), verdict: step.policy },
        },
      ];
    if (step.kind !== 'hook-end') return [];
    const { state, direction, status } = step.connection;
    const tracked = state !== 'invalid' && direction !== undefined;
    return [
      {
        key: `end of ${step.hook}`,
        values: {
          mark: hex(step.packet.mark),
          packet: packetText(step.packet),
          oif: step.packet.oif,
          state: tracked || state === 'untracked' ? state : 'none',
          direction: tracked ? direction : undefined,
          status: tracked ? statusText(status) : undefined,
        },
      },
    ];
  });
}

/** The first place where two lists part, told with what is around it. */
export function compareItems(
  kernel: readonly Item[],
  walked: readonly Item[],
  report: (what: string, kernel: string, walk: string) => void,
  textOf: (key: string) => string | undefined,
): void {
  const walk = walked.filter(({ key, optional }) => !optional || kernel.some(item => item.key === key));
  for (let i = 0; i < Math.max(kernel.length, walk.length); i++) {
    const theirs = kernel[i];
    const ours = walk[i];
    if (theirs?.key !== ours?.key) {
      const rule = (item: Item | undefined) => (item && textOf(item.key) ? `  (${textOf(item.key)})` : '');
      report('path', tell(kernel, i) + rule(theirs), tell(walk, i) + rule(ours));
      return;
    }
    for (const [name, value] of Object.entries(theirs?.values ?? {}))
      if (value !== undefined && value !== ours?.values[name]) {
        report(`${name} at ${theirs?.key}`, value, ours?.values[name] ?? 'nothing');
        return;
      }
  }
}

const tell = (items: readonly Item[], at: number): string =>
  items
    .slice(Math.max(0, at - 2), at + 3)
    .map(item => item.key)
    .concat(at >= items.length ? ['(nothing more)'] : [])
    .join(' | ');
