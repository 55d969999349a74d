import type { RoutingRule, RuleAction } from '../model/route.ts';
import type { Family } from '../net/address.ts';
import { parseProtocol } from '../net/protocol.ts';
import { type JsonObject, numberField, parseObjects, stringField } from './json.ts';
import { type Reading, Remarks } from './reading.ts';
import { tosOf } from './routes.ts';
import { finishAction, finishRules, lookup, markOf, type RuleDraft, selectPrefix } from './rules.ts';

/** Keys that are read below, and those that change nothing in where a packet goes. */
const KEYS = new Set(
  `priority not src srclen dst dstlen tos fwmark fwmask iif iif_detached oif oif_detached uid_start uid_end ipproto
  sport sport_start sport_end dport dport_start dport_end table suppress_prefixlen goto unresolved nop action l3mdev
  flow_from flow_to protocol`.split(/\s+/),
);

/** `ip -j rule` and `ip -6 -j rule`. */
export function parseRulesJson(text: string, file: string, family?: Family): Reading<readonly RoutingRule[]> {
  const remarks = new Remarks(file);
  const drafts = parseObjects(text, remarks).map(object => draftOf(object, file, remarks));
  return { value: finishRules(drafts, family, remarks), remarks: remarks.list };
}

function draftOf(object: JsonObject, file: string, remarks: Remarks): RuleDraft {
  const rule: RuleDraft = {
    priority: numberField(object, 'priority') ?? 0,
    inverted: Object.hasOwn(object, 'not'),
    action: { kind: 'unsupported', text: '' },
    at: { file, line: 1 },
  };
  const beyond = Object.entries(object).flatMap(([key, value]) => (KEYS.has(key) ? [] : [`${key} ${String(value)}`]));
  for (const [which, key, length] of [
    ['from', 'src', 'srclen'],
    ['to', 'dst', 'dstlen'],
  ] as const) {
    const address = stringField(object, key);
    const bits = numberField(object, length);
    if (address !== undefined) selectPrefix(rule, which, bits === undefined ? address : `${address}/${bits}`, remarks);
  }
  for (const key of ['iif', 'oif'] as const) {
    const name = stringField(object, key);
    if (name !== undefined) rule[key] = name;
  }
  const fwmark = stringField(object, 'fwmark');
  const fwmask = stringField(object, 'fwmask');
  const mark = markOf(fwmask === undefined ? (fwmark ?? '') : `${fwmark}/${fwmask}`);
  if (mark) rule.mark = mark;
  else if (fwmark !== undefined) beyond.push('fwmark');
  const tos = stringField(object, 'tos');
  if (tos !== undefined) rule.tos = tosOf(tos, 1, remarks);
  const ipproto = stringField(object, 'ipproto');
  const protocol = parseProtocol(ipproto ?? '');
  if (protocol !== undefined) rule.protocol = protocol;
  else if (ipproto !== undefined) beyond.push('ipproto');
  for (const [key, name] of [
    ['sport', 'sport'],
    ['dport', 'dport'],
    ['uid', 'uid'],
  ] as const) {
    const single = numberField(object, name);
    const low = single ?? numberField(object, `${name}_start`);
    const high = single ?? numberField(object, `${name}_end`);
    if (low !== undefined && high !== undefined) rule[key] = [low, high];
    else if (low !== undefined || high !== undefined || Object.hasOwn(object, name)) beyond.push(name);
  }
  return { ...rule, action: finishAction(actionOf(object), beyond, 1, remarks) };
}

function actionOf(object: JsonObject): RuleAction | undefined {
  const table = stringField(object, 'table');
  const suppress = numberField(object, 'suppress_prefixlen');
  const target = numberField(object, 'goto');
  const action = stringField(object, 'action');
  if (Object.hasOwn(object, 'l3mdev')) return { kind: 'unsupported', text: 'l3mdev' };
  if (table !== undefined) {
    const found = lookup(table);
    return found.kind === 'lookup' && suppress !== undefined ? { ...found, suppressPrefixLength: suppress } : found;
  }
  if (target !== undefined) return { kind: 'goto', priority: target };
  if (Object.hasOwn(object, 'nop')) return { kind: 'nop' };
  if (action === 'blackhole' || action === 'unreachable' || action === 'prohibit' || action === 'nop')
    return { kind: action };
  return action === undefined ? undefined : { kind: 'unsupported', text: action };
}
