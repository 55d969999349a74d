import { DROP_BIT } from '../../kubernetes/meaning.ts';
import { HOOKS, type Hook, type Rule, type Table } from '../../model/ruleset.ts';
import { shapeOf } from '../../xt/shape.ts';
import type { ReasonAnswer } from '../answer.ts';
import type { Visit } from '../journey.ts';
import { hooksOf, rulesWith } from './mentions.ts';

/** A packet that was marked to be dropped, and which no rule drops for it: why not. */
export function unheededMark({ host, walked }: Visit): ReasonAnswer[] {
  const { hop } = walked;
  const marking = hop.steps.find(step => step.kind === 'rule' && (step.markAfter & ~step.markBefore & DROP_BIT) !== 0);
  if (marking?.kind !== 'rule') return [];
  const { decidedBy } = hop;
  if (decidedBy && hop.disposition === 'dropped' && drops(decidedBy.rule)) return [];
  const passed = new Set(hop.steps.flatMap(step => (step.kind === 'hook' ? [step.hook] : [])));
  const tables = host.namespace.ruleset.tables.filter(
    ({ family, owner, name }) => family === hop.before.family && owner !== 'nft' && name !== 'nat',
  );
  const dropping = tables.flatMap(table => [...droppingIn(table)].map(rule => ({ table, ...rule })));
  const [first] = dropping;
  const marked = `${host.name} marked it 0x${DROP_BIT.toString(16)}, to be dropped`;
  const again = hop.out
    ? '; what the sender repeats belongs to its connection, skips the nat table, and is not even marked'
    : '';
  const at = { file: marking.at.rule.source.file, line: marking.at.rule.source.line };
  if (!tables.some(({ name }) => name === 'filter'))
    return [
      {
        kind: 'mark',
        text: `${marked}: what drops it is in the filter table, which was not captured; kubelet's KUBE-FIREWALL does, in input and output, and not in forward`,
        ...at,
      },
    ];
  if (!first) return [{ kind: 'mark', text: `${marked}, and no rule of it drops that mark${again}`, ...at }];
  const { table, chain, rule } = first;
  const called = hooksOf(table, chain);
  const hooks = HOOKS.filter(hook => called.has(hook));
  const place = `${table.name} ${chain} ${rule.number}`;
  if (hooks.some(hook => passed.has(hook))) return [];
  const through = THROUGH.find(hook => passed.has(hook));
  return [
    {
      kind: 'mark',
      text: `${marked}, and is not dropped for it: ${place}, which would, is called from ${hooks.length > 0 ? `${hooks.join(' and ')} alone` : 'nowhere'}${through === undefined ? '' : `, and it passes ${through}`}${again}`,
      file: rule.source.file,
      line: rule.source.line,
    },
  ];
}

const THROUGH: readonly Hook[] = ['forward', 'input', 'output'];

function* droppingIn(table: Table): Generator<{ readonly chain: string; readonly rule: Rule }> {
  for (const chain of table.chains.values())
    for (const rule of rulesWith(chain, / -j DROP/)) if (drops(rule)) yield { chain: chain.name, rule };
}

function drops(rule: Rule): boolean {
  const { target, mark } = shapeOf(rule);
  return target === 'DROP' && mark !== undefined && !mark.inverted && (mark.mark.value & DROP_BIT) !== 0;
}
