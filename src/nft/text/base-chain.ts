import { parsePriority } from '../priority.ts';
import { NFT_HOOKS, type NftBaseChain, type NftFamily } from '../ruleset.ts';
import type { RuleParser } from './rule-parser.ts';

/** `priority filter + 10`, behind the word. */
export function priority(parser: RuleParser, family: NftFamily): number {
  let text = parser.word('priority');
  const { text: sign } = parser.peek();
  if (sign === '+' || sign === '-') {
    parser.lexer.next();
    text += ` ${sign} ${parser.word('number')}`;
  }
  return parsePriority(text, family) ?? parser.fail(`"${text}" is no priority`);
}

/** `"a"`, or `{ a, b }` behind `=`. */
export function devices(parser: RuleParser): readonly string[] {
  if (parser.takeWord('device')) return [parser.name('device')];
  if (!parser.takeWord('devices')) return [];
  parser.mark('=');
  parser.mark('{');
  const names: string[] = [];
  while (!parser.takeMark('}')) {
    names.push(parser.name('device'));
    parser.takeMark(',');
  }
  return names;
}

/** `type filter hook input priority filter; policy accept;`. */
export function parseBaseChain(parser: RuleParser): NftBaseChain {
  parser.keyword('type');
  const type = parser.takeOneOf(['filter', 'nat', 'route']) ?? parser.fail('expected filter, nat or route');
  parser.keyword('hook');
  const hook = parser.takeOneOf(NFT_HOOKS) ?? parser.fail('expected a hook');
  const names = devices(parser);
  parser.keyword('priority');
  const base = { type, hook, priority: priority(parser, parser.scope.family), devices: names };
  parser.takeMark(';');
  const policy = parser.takeWord('policy')
    ? (parser.takeOneOf(['accept', 'drop']) ?? parser.fail('expected accept or drop'))
    : 'accept';
  parser.takeMark(';');
  if (!parser.done) parser.fail('this is not known of a base chain');
  return { ...base, policy };
}
