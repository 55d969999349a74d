import type { RuleAnswer } from '../cluster/answer.ts';
import { ruleMaker } from '../kubernetes/maker.ts';
import { type MarkUse, markUses } from '../kubernetes/marks.ts';
import type { Namespace } from '../model/namespace.ts';
import type { Rule, Table } from '../model/ruleset.ts';
import { listingOf } from '../nft/evaluate/table.ts';
import type { NftRule } from '../nft/ruleset.ts';
import type { Expression } from '../nft/schema.ts';
import { shapeOf } from '../xt/shape.ts';
import type { MarkAnswer, MarkBits } from './parts-answer.ts';
import { answerOf, rulesMatching, signsOf } from './rule.ts';

/** A rule that writes bits of the packet mark, or asks for them. */
interface MarkRule {
  readonly mask: number;
  readonly writes: boolean;
  readonly maker: string | undefined;
  readonly rule: RuleAnswer;
}

/** Which bits of a mark mean what by default, and which rules that were captured set and ask for them. */
export function explainMark(nodes: readonly Namespace[], mark: number, version: string): MarkAnswer {
  const rules = nodes.flatMap(node => node.ruleset.tables.flatMap(table => [...markRules(node, table)]));
  const makers = new Set(rules.map(({ maker }) => maker));
  const uses = markUses(mark);
  const covered = new Map<number, MarkUse[]>();
  for (const use of uses) covered.set(use.mask, [...(covered.get(use.mask) ?? []), use]);
  const bits: MarkBits[] = [...covered].map(([mask, same]) => ({
    value: same[0]?.value ?? 0,
    mask,
    uses: same.map(({ maker, meaning }) => ({ maker, meaning, here: makers.has(maker) || isDefault(maker, makers) })),
    ...rulesOn(rules, mask & mark),
  }));
  let left = mark;
  for (const { mask } of uses) left = (left & ~mask) >>> 0;
  for (let bit = 1; left !== 0; bit = (bit << 1) >>> 0)
    if (left & bit) {
      bits.push({ value: bit, mask: bit, uses: [], ...rulesOn(rules, bit) });
      left = (left & ~bit) >>> 0;
    }
  return { schema: 'chainwalk.explain.mark/1', version, mark, bits: bits.sort((a, b) => a.value - b.value) };
}

/** kubelet and kube-proxy share their bits and chains. */
const isDefault = (maker: string, here: ReadonlySet<string | undefined>): boolean =>
  maker === 'kubelet' && here.has('kube-proxy');

function rulesOn(rules: readonly MarkRule[], bits: number): Pick<MarkBits, 'setBy' | 'askedBy'> {
  const touching = rules.filter(({ mask }) => (mask & bits) !== 0);
  const of = (writes: boolean) => touching.filter(each => each.writes === writes).map(({ rule }) => rule);
  return { setBy: of(true), askedBy: of(false) };
}

/** Constants that stand beside the mark in an expression of nft. */
function bitsIn(expression: Expression): number {
  if (expression.kind === 'value') return typeof expression.value === 'number' ? expression.value : 0;
  return expression.kind === 'binary' ? bitsIn(expression.left) | bitsIn(expression.right) : 0;
}

const isMark = (expression: Expression): boolean =>
  expression.kind === 'binary'
    ? isMark(expression.left) || isMark(expression.right)
    : expression.kind === 'meta' && expression.key === 'mark';

function nftMarks({ statements }: Pick<NftRule, 'statements'>): { mask: number; writes: boolean }[] {
  return statements.flatMap((statement): { mask: number; writes: boolean }[] => {
    if (statement.kind === 'mangle' && isMark(statement.key)) return [{ mask: bitsIn(statement.value), writes: true }];
    if (statement.kind !== 'match' || !isMark(statement.left)) return [];
    return [{ mask: bitsIn(statement.left) || bitsIn(statement.right), writes: false }];
  });
}

function* markRules(node: Namespace, table: Table): Generator<MarkRule> {
  if (table.mentions?.(/mark/i) === false) return;
  for (const chain of table.chains.values())
    for (const rule of rulesMatching(chain.rules, /mark/i)) {
      const listed = listingOf(table)
        ?.chains.get(chain.name)
        ?.rules.at(rule.number - 1);
      const { mark, setMark } = shapeOf(rule);
      const about = (mask: number, writes: boolean): MarkRule => ({
        mask: mask >>> 0,
        writes,
        maker: makerOf(table, chain.name, rule),
        rule: answerOf(node, table, chain.name, rule),
      });
      for (const { mask, writes } of listed ? nftMarks(listed) : []) yield about(mask, writes);
      if (setMark) yield about(setMark.mask | setMark.value, true);
      if (mark) yield about(mark.mark.mask, false);
    }
}

function makerOf(table: Table, chain: string, rule: Rule): string | undefined {
  const { target, sets } = signsOf(table, chain, rule);
  return ruleMaker({ table, chain, comment: rule.comment, target, sets });
}
