import type { Namespace } from '../../src/model/namespace.ts';
import type { Owner } from '../../src/model/ruleset.ts';
import type { ConnectionSnapshot, Step } from '../../src/walk/trace.ts';
import type { Journey, RecordedConnection } from './document.ts';
import { formatPacket } from './packet.ts';

/** A step in the words that record and walk share. */
export type Item =
  | {
      readonly kind: 'rule';
      readonly place: string;
      /** Of a record by iptables-legacy neither verdict nor target, and the mark before the rule. */
      readonly legacy: boolean;
      readonly verdict: string | undefined;
      readonly target: string | undefined;
      readonly markBefore: number;
      readonly markAfter: number;
      readonly text: string | undefined;
    }
  /** The implicit end of a user chain or of a base chain. */
  | {
      readonly kind: 'return' | 'policy';
      readonly place: string;
      readonly position: number | undefined;
      readonly policy: string | undefined;
      readonly mark: number;
    }
  | {
      readonly kind: 'end';
      readonly place: string;
      readonly packet: string | undefined;
      readonly ttl: number | undefined;
      readonly mark: number;
      readonly connection: RecordedConnection | undefined;
    };

/** Bits of a connection's status that are compared. */
const STATUS = ['SEEN_REPLY', 'ASSURED', 'CONFIRMED', 'SRC_NAT', 'DST_NAT', 'SRC_NAT_DONE', 'DST_NAT_DONE'];
export const statusText = (status: readonly string[]): string => STATUS.filter(bit => status.includes(bit)).join(' ');

export function recordedItems(journey: Journey, namespace: Namespace): readonly Item[] {
  const items: Item[] = [];
  const ofIptables = (table: string) =>
    namespace.ruleset.tables.some(
      ({ name, owner, family }) => name === table && family === journey.family && owner !== 'nft',
    );
  for (const step of journey.steps) {
    const place = `${step.hook} ${step.table} ${step.chain}`;
    if (step.table === 'labtrace') {
      if (step.type !== 'policy' || !step.chain.endsWith('-end')) continue;
      const { packet, ttl, mark, connection } = step;
      items.push({ kind: 'end', place: `end of ${step.hook}`, packet, ttl, mark, connection });
    } else if (step.type === 'rule') {
      const { verdict, target, mark } = step;
      // What nft says of the rules of iptables-nft is lossy.
      const text = ofIptables(step.table) && !step.rule?.startsWith('-A ') ? undefined : step.rule;
      const legacy = verdict === undefined;
      const marks = { markBefore: mark, markAfter: mark };
      items.push({ kind: 'rule', place: `${place} ${step.position}`, legacy, verdict, target, ...marks, text });
    } else if (step.type === 'return' || step.type === 'policy') {
      const { position, policy, mark } = step;
      if (position === undefined && ruleCount(namespace, journey, step.table, step.chain) === 0) continue;
      items.push({ kind: step.type, place, position, policy, mark });
    } else throw new Error(`a step of type ${step.type}`);
  }
  return items;
}

const VERDICTS: ReadonlyMap<string, string> = new Map([
  ['nat', 'accept'],
  ['reject', 'drop'],
  ['consumed', 'stolen'],
]);

/**
 * iptables-nft records no implicit return, and of an empty base chain the save does not tell whether the kernel has it,
 * so these are left out on both sides.
 */
export function walkedItems(steps: readonly Step[], journey: Journey, namespace: Namespace): readonly Item[] {
  const items: Item[] = [];
  for (const step of steps) {
    if ('table' in step ? step.table === 'labtrace' : step.kind === 'rule' && step.at.table === 'labtrace') continue;
    if (step.kind === 'rule') {
      const { table, chain, rule } = step.at;
      items.push({
        kind: 'rule',
        place: `${step.hook} ${table} ${chain} ${rule.number}`,
        legacy: step.at.owner === 'iptables-legacy',
        verdict: VERDICTS.get(step.verdict) ?? step.verdict,
        target: step.chain,
        markBefore: step.markBefore,
        markAfter: step.markAfter,
        text: rule.text,
      });
    } else if (step.kind === 'return') {
      if (step.owner !== 'iptables-legacy') continue;
      const place = `${step.hook} ${step.table} ${step.chain}`;
      items.push({ kind: 'return', place, position: step.rules + 1, policy: undefined, mark: step.mark });
    } else if (step.kind === 'policy') {
      const rules = ruleCount(namespace, journey, step.table, step.chain, step.owner);
      if (step.owner !== 'iptables-legacy' && rules === 0) continue;
      const place = `${step.hook} ${step.table} ${step.chain}`;
      items.push({ kind: 'policy', place, position: rules + 1, policy: step.policy, mark: step.mark });
    } else if (step.kind === 'hook-end') {
      const { ttl, mark } = step.packet;
      const connection = connectionOf(step.connection);
      items.push({
        kind: 'end',
        place: `end of ${step.hook}`,
        packet: formatPacket(step.packet),
        ttl,
        mark,
        connection,
      });
    }
  }
  return items;
}

/** The observer sees no connection of an invalid packet. */
const connectionOf = ({ state, direction, status }: ConnectionSnapshot): RecordedConnection | undefined =>
  state === 'invalid' ? undefined : { state, direction: direction ?? 'original', status };

function ruleCount(namespace: Namespace, { family }: Journey, table: string, chain: string, owner?: Owner): number {
  const found = namespace.ruleset.tables.find(
    t => t.name === table && t.family === family && (owner === undefined || t.owner === owner),
  );
  return found?.chains.get(chain)?.rules.length ?? 0;
}

export function formatItem(item: Item): string {
  if (item.kind === 'rule') {
    const verdict = [item.verdict, item.target].filter(word => word !== undefined).join(' ');
    const marks =
      item.markBefore === item.markAfter ? hex(item.markAfter) : `${hex(item.markBefore)} to ${hex(item.markAfter)}`;
    return `${item.place}  ${verdict}  mark ${marks}  ${item.text ?? ''}`;
  }
  if (item.kind !== 'end') return `${item.place} ${item.position ?? ''} ${item.kind}  mark ${hex(item.mark)}`;
  const connection = item.connection
    ? `${item.connection.state}/${item.connection.direction} ${statusText(item.connection.status)}`
    : 'no connection';
  return `== ${item.place}: ${item.packet} ttl ${item.ttl} mark ${hex(item.mark)} ${connection}`;
}

export const hex = (mark: number): string => `0x${mark.toString(16)}`;
