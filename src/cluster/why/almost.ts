import { ruleMeaning } from '../../kubernetes/meaning.ts';
import type { Chain, Hook, Rule, Table } from '../../model/ruleset.ts';
import type { Address } from '../../net/address.ts';
import type { Packet } from '../../net/packet.ts';
import { headerOf, refusedBy } from '../../xt/header.ts';
import { shapeOf } from '../../xt/shape.ts';
import type { ReasonAnswer } from '../answer.ts';
import type { Visit } from '../journey.ts';
import type { Session } from '../session.ts';
import { baseChains, destinationPattern, hooksOf, natTables, rulesWith } from './mentions.ts';

const MANY_RULES = 20;
const MAX_REASONS = 3;

/**
 * The rules that are about the packet's destination, would translate it or lead to what does, and do not match: with the
 * one thing that each of them asks for in vain.
 */
export function almostMatched(session: Session, { host, walked }: Visit): ReasonAnswer[] {
  const { hop } = walked;
  if (hop.steps.some(step => step.kind === 'translation' && step.field === 'destination')) return [];
  const hook: Hook = hop.before.iif === undefined ? 'output' : 'prerouting';
  const entered = hop.steps.find(step => step.kind === 'hook' && step.hook === hook);
  if (entered?.kind !== 'hook') return [];
  const { packet } = entered;
  const found: ReasonAnswer[] = [];
  for (const table of natTables(host.namespace, packet.family)) {
    const matched = matchedRules(walked.hop.steps, hook, table);
    for (const { chain, rule } of candidates(table, hook, packet.daddr, matched)) {
      const why = missing(session.machine(host).examine(packet, hook, rule), rule, packet);
      if (why === undefined) continue;
      const name = ruleMeaning({ table: table.name, chain: chain.name, comment: rule.comment });
      found.push({
        kind: 'not-translated',
        text: `${table.name} ${chain.name} ${rule.number} of ${host.name}${name === undefined ? '' : ` (${name})`} does not match: it asks for packets ${why}`,
        file: rule.source.file,
        line: rule.source.line,
      });
    }
    if (hook === 'output') found.push(...inPreroutingAlone(session, { host, walked }, table, packet));
  }
  return found.slice(0, MAX_REASONS);
}

/** By chain the rules that matched, of chains that were entered. */
function matchedRules(
  steps: Visit['walked']['hop']['steps'],
  hook: Hook,
  { name, owner }: Table,
): ReadonlyMap<string, ReadonlyMap<number, string | undefined>> {
  const matched = new Map<string, Map<number, string | undefined>>();
  for (const step of steps) {
    if (step.kind !== 'rule' || step.hook !== hook || step.at.table !== name || step.at.owner !== owner) continue;
    const known = matched.get(step.at.chain) ?? new Map<number, string | undefined>();
    matched.set(step.at.chain, known.set(step.at.rule.number, step.chain));
  }
  return matched;
}

/** Of the chains that the packet was in: rules that name its destination, and all of chains that such a rule led to. */
function* candidates(
  table: Table,
  hook: Hook,
  daddr: Address,
  matched: ReturnType<typeof matchedRules>,
): Generator<{ readonly chain: Chain; readonly rule: Rule }> {
  const pattern = destinationPattern(daddr);
  const open = [...baseChains(table)].flatMap(({ name, base }) => (base?.hook === hook ? [{ name, own: false }] : []));
  const seen = new Set<string>();
  for (let next = open.pop(); next; next = open.pop()) {
    const chain = table.chains.get(next.name);
    if (!chain || seen.has(next.name)) continue;
    seen.add(next.name);
    const own = next.own && chain.rules.length <= MANY_RULES;
    const named = new Set([...rulesWith(chain, pattern)].map(({ number }) => number));
    const taken = matched.get(next.name);
    for (const [number, target] of taken ?? [])
      if (target !== undefined) open.push({ name: target, own: next.own || named.has(number) });
    for (const rule of own ? chain.rules : rulesWith(chain, pattern))
      if (!taken?.has(rule.number) && translates(table, rule)) yield { chain, rule };
  }
}

/** Marking alone changes no destination. */
function translates({ owner }: Table, rule: Rule): boolean {
  if (owner === 'nft') return /\b(?:dnat|redirect|jump|goto|vmap)\b/.test(rule.text);
  const { chain, target } = shapeOf(rule);
  return chain === undefined ? target === 'DNAT' || target === 'REDIRECT' : !chain.startsWith('KUBE-MARK-');
}

/** What the rule asks for in vain; undefined where that is nothing, several things, or not known. */
function missing(answers: readonly unknown[], { statements }: Rule, packet: Packet): string | undefined {
  const matches = statements.slice(0, -1);
  if (matches.some((_, i) => answers[i] === undefined || isUnknown(answers[i]))) return undefined;
  const refusing = matches
    .filter((_, i) => answers[i] === false)
    .flatMap(statement => {
      const header = headerOf(statement);
      return header ? refusedBy(header, packet) : [statement.describe()];
    });
  const [words = ''] = refusing;
  return refusing.length === 1 && words !== '' ? words : undefined;
}

const isUnknown = (answer: unknown): boolean =>
  typeof answer === 'object' && answer !== null && 'kind' in answer && answer.kind === 'unknown';

/** What the host itself sends passes output: rules that only prerouting leads to are not asked. */
function inPreroutingAlone(session: Session, { host }: Visit, table: Table, packet: Packet): ReasonAnswer[] {
  const pattern = destinationPattern(packet.daddr);
  if (table.mentions?.(pattern) === false) return [];
  return [...table.chains.values()].flatMap(chain => {
    const rules = [...rulesWith(chain, pattern)].filter(
      rule =>
        translates(table, rule) &&
        session
          .machine(host)
          .examine(packet, 'prerouting', rule)
          .every(answer => answer !== false),
    );
    const hooks = rules.length > 0 ? hooksOf(table, chain.name) : undefined;
    if (!hooks?.has('prerouting') || hooks.has('output')) return [];
    return rules.map(
      ({ number, source }): ReasonAnswer => ({
        kind: 'not-translated',
        text: `${table.name} ${chain.name} ${number} of ${host.name} would translate it, and is called from prerouting alone: what ${host.name} itself sends passes output`,
        file: source.file,
        line: source.line,
      }),
    );
  });
}
