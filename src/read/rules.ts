import type { RoutingRule, RuleAction } from '../model/route.ts';
import type { Source } from '../model/source.ts';
import type { Family } from '../net/address.ts';
import { FULL_MASK, type Masked } from '../net/mark.ts';
import { networkOf, type Prefix, parsePrefix } from '../net/prefix.ts';
import { parseProtocol } from '../net/protocol.ts';
import { Cursor, excerpt, linesOf, numberOf, type Reading, Remarks, wordsOf } from './reading.ts';
import { tosOf } from './routes.ts';

type Range = readonly [number, number];
export type RuleDraft = { -readonly [K in keyof Omit<RoutingRule, 'family'>]: RoutingRule[K] } & { family?: Family };

/** `ip rule` and `ip -6 rule`, with and without -d, as text. */
export function parseRules(text: string, file: string, family?: Family): Reading<readonly RoutingRule[]> {
  const remarks = new Remarks(file);
  const drafts: RuleDraft[] = [];
  for (const { text: line, number } of linesOf(text)) {
    const match = /^(\d+):\s+(.*)$/.exec(line);
    if (match) drafts.push(parseRule(Number(match[1]), match[2] ?? '', { file, line: number }, remarks));
    else remarks.error(number, `not a line of ip rule: ${excerpt(line)}`);
  }
  return { value: finishRules(drafts, family, remarks), remarks: remarks.list };
}

/** The family is said by an address, or by the table `default`, which only IPv4 starts with. */
export function finishRules(
  drafts: readonly RuleDraft[],
  family: Family | undefined,
  remarks: Remarks,
): readonly RoutingRule[] {
  let whole = drafts.find(d => d.family)?.family ?? family;
  if (!whole && drafts.some(d => d.action.kind === 'lookup' && d.action.table === 'default')) whole = 'ip';
  if (!whole && drafts.length > 0) {
    whole = 'ip6';
    remarks.warning(drafts[0]?.at.line ?? 1, 'no rule names the table default: read as the rules of IPv6');
  }
  const result: RoutingRule[] = [];
  for (const draft of drafts) {
    if (draft.family && draft.family !== whole)
      remarks.error(draft.at.line, 'a rule of another family than the others; it was not used');
    else if (whole) result.push({ ...draft, family: whole });
  }
  return result;
}

function parseRule(priority: number, text: string, at: Source, remarks: Remarks): RuleDraft {
  const words = new Cursor(wordsOf(text));
  const rule: RuleDraft = { priority, inverted: false, action: { kind: 'unsupported', text: '' }, at };
  const beyond: string[] = [];
  let action: RuleAction | undefined;
  while (!words.done) {
    const word = words.next();
    if (word === 'not') rule.inverted = true;
    else if (word === 'from' || word === 'to') selectPrefix(rule, word, words.next(), remarks);
    else if (word === 'iif' || word === 'oif') rule[word] = words.next();
    else if (word === '[detached]' || word === '[unresolved]') continue;
    else if (word === 'fwmark') {
      const mark = markOf(words.next());
      if (mark) rule.mark = mark;
      else beyond.push('fwmark');
    } else if (word === 'tos' || word === 'dsfield') rule.tos = tosOf(words.next(), at.line, remarks);
    else if (word === 'ipproto') {
      const protocol = parseProtocol(words.next());
      if (protocol === undefined) beyond.push('ipproto');
      else rule.protocol = protocol;
    } else if (word === 'sport' || word === 'dport' || word === 'uidrange') {
      const range = rangeOf(words.next());
      if (range) rule[word === 'uidrange' ? 'uid' : word] = range;
      else beyond.push(word);
    } else if (word === 'lookup' || word === 'table') action = lookup(words.next());
    else if (word === 'goto') action = { kind: 'goto', priority: numberOf(words.next()) ?? 0 };
    else if (word === 'suppress_prefixlength') {
      const length = numberOf(words.next());
      if (action?.kind === 'lookup' && length !== undefined) action = { ...action, suppressPrefixLength: length };
      else beyond.push(word);
    } else if (word === 'nop' || word === 'blackhole' || word === 'unreachable' || word === 'prohibit')
      action = { kind: word };
    else if (word === 'realms' || word === 'proto' || word === 'protocol') words.next();
    else if (word === 'l3mdev') action = { kind: 'unsupported', text: 'l3mdev' };
    else beyond.push(word === 'suppress_ifgroup' || word === 'tun_id' ? `${word} ${words.next()}` : word);
  }
  return { ...rule, action: finishAction(action, beyond, at.line, remarks) };
}

/** A selector that the model has no place for must not be dropped: the rule as a whole is then not followed. */
export function finishAction(
  action: RuleAction | undefined,
  beyond: readonly string[],
  line: number,
  remarks: Remarks,
): RuleAction {
  if (action && beyond.length === 0) {
    if (action.kind === 'unsupported') remarks.warning(line, `a rule with ${action.text} is not followed`);
    return action;
  }
  const text = excerpt(beyond.length > 0 ? beyond.join(' ') : 'no action');
  remarks.warning(line, `a rule with ${text} is not followed`);
  return { kind: 'unsupported', text };
}

export const lookup = (table: string): RuleAction =>
  table === '[l3mdev-table]' ? { kind: 'unsupported', text: 'l3mdev' } : { kind: 'lookup', table };

export function selectPrefix(rule: RuleDraft, which: 'from' | 'to', text: string, remarks: Remarks): void {
  const prefix: Prefix | undefined = parsePrefix(text);
  if (prefix) {
    rule[which] = networkOf(prefix);
    rule.family ??= prefix.family;
  } else if (text !== 'all' && text !== 'any' && text !== 'default')
    remarks.error(rule.at.line, `not a prefix: ${excerpt(text)}`);
}

export function markOf(text: string): Masked | undefined {
  const [value, mask] = text.split('/', 2);
  const mark = numberOf(value);
  const bits = mask === undefined ? FULL_MASK : numberOf(mask);
  return mark === undefined || bits === undefined ? undefined : { value: mark, mask: bits };
}

function rangeOf(text: string): Range | undefined {
  const [low, high] = text.split('-', 2);
  const from = numberOf(low);
  const to = high === undefined ? from : numberOf(high);
  return from === undefined || to === undefined ? undefined : [from, to];
}
