import type { RuleAnswer } from '../cluster/answer.ts';
import { ruleAnswer } from '../cluster/hop.ts';
import { baseChains } from '../cluster/why/mentions.ts';
import { inTurn } from '../cluster/why/turns.ts';
import { formatServicePort } from '../kubernetes/comment.ts';
import { ruleMaker } from '../kubernetes/maker.ts';
import { ruleMeaning, serviceOf } from '../kubernetes/meaning.ts';
import { nftShape } from '../kubernetes/proxy/nft-syntax.ts';
import type { Namespace } from '../model/namespace.ts';
import type { Chain, Counters, Rule, RuleList, Table } from '../model/ruleset.ts';
import { InputError } from '../model/source.ts';
import { listingOf } from '../nft/evaluate/table.ts';
import type { Element } from '../nft/schema.ts';
import { shapeOf } from '../xt/shape.ts';
import type { RuleExplained, RulePart } from './parts-answer.ts';

/** Which rule: by its place in a chain, or by the file and line it stands in. */
export type RuleQuery =
  | { readonly table?: string; readonly chain: string; readonly number: number }
  | { readonly file: string; readonly line: number };

/** `nat KUBE-SERVICES 3`, `KUBE-SERVICES 3`, `iptables.txt:120`. Throws InputError. */
export function parseRuleQuery(words: readonly string[]): RuleQuery {
  const [first = '', second, third] = words;
  const [, file, line] = /^(.+):(\d+)$/.exec(first) ?? [];
  if (words.length === 1 && file !== undefined) return { file, line: Number(line) };
  const number = third ?? second ?? '';
  if ((words.length === 2 || words.length === 3) && /^\d+$/.test(number)) {
    if (third === undefined) return { chain: first, number: Number(number) };
    return { table: first, chain: second ?? '', number: Number(number) };
  }
  throw new InputError(
    `'${words.join(' ')}' is no rule; write TABLE CHAIN NUMBER (nat KUBE-SERVICES 3) or FILE:LINE (iptables.txt:120)`,
  );
}

/** What a rule is for, and who put it there; on every node that has it. Throws InputError where none has. */
export function explainRule(nodes: readonly Namespace[], query: RuleQuery, version: string): RuleExplained {
  const rules = nodes.flatMap(node => node.ruleset.tables.flatMap(table => [...found(node, table, query)]));
  if (rules.length === 0) {
    const what = 'file' in query ? `${query.file}:${query.line}` : `${query.chain} ${query.number}`;
    throw new InputError(`there is no rule ${what} in what was captured; explain chain CHAIN lists a chain's rules`);
  }
  return { schema: 'chainwalk.explain.rule/1', version, rules };
}

function* found(node: Namespace, table: Table, query: RuleQuery): Generator<RulePart> {
  if ('file' in query) {
    if (table.source.file !== query.file && !table.source.file.endsWith(`/${query.file}`)) return;
    for (const chain of table.chains.values())
      for (const rule of chain.rules) if (rule.source.line === query.line) yield partOf(node, table, chain, rule);
    return;
  }
  if (query.table !== undefined && query.table !== table.name) return;
  const chain = table.chains.get(query.chain);
  if (chain && query.number >= 1 && query.number <= chain.rules.length)
    yield partOf(node, table, chain, chain.rules.at(query.number - 1));
}

/** A rule as data; `jumpedFrom` is found unless it is given. */
export function partOf(
  node: Namespace,
  table: Table,
  chain: Chain,
  rule: Rule,
  jumpedFrom: readonly RuleAnswer[] = jumpsTo(node, table, chain.name),
): RulePart {
  const { comment, counters } = rule;
  const { target, sets } = signsOf(table, chain.name, rule);
  const turns = inTurn(rule);
  const maker = ruleMaker({ table, chain: chain.name, comment, target, sets });
  const about = serviceOf({ table: table.name, chain: chain.name, comment, ...(target !== undefined && { target }) });
  return {
    rule: answerOf(node, table, chain.name, rule),
    maker: maker ?? null,
    purpose: purposeOf(table, chain, rule, target),
    ...(about && { service: formatServicePort(about.service) }),
    ...(counters && { packets: String(counters.packets), bytes: String(counters.bytes) }),
    ...(counters && counters.packets > 0n && translates(table, chain) && { counts: connectionsOf(counters) }),
    ...(turns !== undefined && { turns: `It ${turns}.` }),
    jumpedFrom,
  };
}

/** Whether a chain hangs on hooks as one that translates, itself or by those that call it. */
const translates = (table: Table, { base }: Chain): boolean =>
  base ? base.type === 'nat' : [...baseChains(table)].every(chain => chain.base?.type === 'nat');

/** nf_nat_inet_fn asks the chains about the first packet of a connection, and of none that follows. */
function connectionsOf({ packets, bytes }: Counters): string {
  const each = bytes % packets === 0n ? `, ${bytes / packets} bytes each` : '';
  return `nat chains see the first packet of a connection and no other: ${packets} connections${each}`;
}

/** The chain that a rule jumps to, and the sets that it asks, in either language. */
export function signsOf(
  table: Table,
  chain: string,
  rule: Rule,
): { readonly target: string | undefined; readonly sets: readonly string[] } {
  const listed = listingOf(table)
    ?.chains.get(chain)
    ?.rules.at(rule.number - 1);
  if (listed) return { target: nftShape(listed).target, sets: [] };
  const { chain: target, sets } = shapeOf(rule);
  return { target, sets };
}

const literal = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');

/** The rules that hand packets to a chain; in nft also by a named map that leads there. */
export function jumpsTo(node: Namespace, table: Table, name: string): RuleAnswer[] {
  const maps = mapsTo(table, name).map(map => `@${literal(map)}(?![\\w/.-])`);
  const pattern = new RegExp([`(?: -[jg] |(?:jump|goto) )${literal(name)}(?![^\\s,}])`, ...maps].join('|'), 'm');
  const jumps: RuleAnswer[] = [];
  if (table.mentions?.(pattern) === false) return jumps;
  for (const chain of table.chains.values()) {
    if (!chain.rules.mentions(pattern)) continue;
    for (const rule of rulesMatching(chain.rules, pattern)) jumps.push(answerOf(node, table, chain.name, rule));
  }
  return jumps;
}

function mapsTo(table: Table, name: string): string[] {
  const leads = ({ value }: Element) => (value?.kind === 'goto' || value?.kind === 'jump') && value.target === name;
  return [...(listingOf(table)?.sets.values() ?? [])].flatMap(set =>
    set.map && [...set.elements].some(leads) ? [set.name] : [],
  );
}

/** The rules whose text holds the pattern; others are not built where the list can tell. */
export function* rulesMatching(rules: RuleList, pattern: RegExp): Generator<Rule> {
  if (rules.matching) for (const index of rules.matching(pattern)) yield rules.at(index);
  else for (const rule of rules) if (pattern.test(rule.text)) yield rule;
}

export function answerOf(node: Namespace, { family, owner, name }: Table, chain: string, rule: Rule): RuleAnswer {
  return ruleAnswer(node.name, { family: family === 'ip6' ? 'ip6' : 'ip', owner, table: name, chain, rule });
}

const DOES = new Map([
  ['ACCEPT', 'are accepted'],
  ['DROP', 'are dropped'],
  ['RETURN', 'leave the chain'],
  ['REJECT', 'are rejected'],
  ['MASQUERADE', "get the node's address as source"],
  ['NOTRACK', 'are not tracked'],
]);

/** What it is for where that is known, then which packets it is about, and what becomes of them. */
function purposeOf(table: Table, chain: Chain, rule: Rule, target: string | undefined): string {
  const { comment, statements } = rule;
  if (table.owner === 'nft') return nativePurpose(comment, statements);
  const jumped = target === undefined ? {} : { target, siblings: siblingsOf(chain, target) };
  const meaning = ruleMeaning({ table: table.name, chain: chain.name, comment, ...jumped });
  const last = statements.at(-1);
  const acts = last !== undefined && (target !== undefined || /^[A-Z]/.test(last.name));
  const asked = (acts ? statements.slice(0, -1) : statements).filter(({ name }) => name !== 'comment');
  const conditions = [...new Set(asked.map(statement => statement.describe()))].filter(words => words !== '');
  const who = conditions.length === 0 ? 'All packets' : `Packets (${conditions.join(', ')})`;
  const does =
    target !== undefined ? `go on in ${target}` : acts ? (DOES.get(last.name) ?? `: ${last.describe()}`) : 'pass on';
  const said = `${who} ${does}.`.replace(' : ', ': ');
  return meaning === undefined ? said : `${meaning}. ${said}`;
}

/** nft signs some rules by a comment that says what they are for. */
function nativePurpose(comment: string | undefined, statements: Rule['statements']): string {
  const does = statements.map(statement => statement.describe()).filter(words => words !== '');
  const said = `Packets: ${does.join(', ')}.`;
  return comment === undefined ? said : `${comment}. ${said}`;
}

function siblingsOf(chain: Chain, target: string): readonly string[] {
  if (!target.startsWith('KUBE-SEP-')) return [];
  return [...chain.rules].flatMap(rule => shapeOf(rule).chain ?? []);
}
