import { parsePriority } from '../priority.ts';
import type { NftBaseChain, NftFamily, NftHook } from '../ruleset.ts';
import type { Flowtable, SetDeclaration, SetFlag, Statement } from '../schema.ts';
import { typeOf } from '../type/type-of.ts';
import { duration } from './elements.ts';
import type { RuleParser } from './rule-parser.ts';

const HOOKS: readonly NftHook[] = ['ingress', 'prerouting', 'input', 'forward', 'output', 'postrouting', 'egress'];

/** `priority filter + 10`, behind the word. */
function priority(parser: RuleParser, family: NftFamily): number {
  let text = parser.word('priority');
  const { text: sign } = parser.peek();
  if (sign === '+' || sign === '-') {
    parser.lexer.next();
    text += ` ${sign} ${parser.word('number')}`;
  }
  return parsePriority(text, family) ?? parser.fail(`"${text}" is no priority`);
}

/** `"a"`, or `{ a, b }` behind `=`. */
function devices(parser: RuleParser): readonly string[] {
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
  const hook = parser.takeOneOf(HOOKS) ?? parser.fail('expected a hook');
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

const SET_FLAGS: readonly SetFlag[] = ['constant', 'dynamic', 'interval', 'timeout'];

type Known = { -readonly [K in keyof SetDeclaration]?: SetDeclaration[K] };

/** The lines of a set or map but its elements. */
export class SetAttributes {
  private known: Known = {};
  private readonly statements: Statement[] = [];

  /** Takes one line. */
  parse(parser: RuleParser): void {
    const { text } = parser.peek();
    if (parser.takeWord('type')) this.types(parser);
    else if (parser.takeWord('typeof')) this.typeOf(parser);
    else if (parser.takeWord('flags')) this.known.flags = flags(parser);
    else if (parser.takeWord('policy')) this.known.policy = policy(parser);
    else if (parser.takeWord('size')) this.size(parser);
    else if (parser.takeWord('timeout')) this.known.timeout = duration(parser);
    else if (parser.takeWord('gc-interval')) this.known.gcInterval = duration(parser);
    else if (parser.takeWord('auto-merge')) this.known.autoMerge = true;
    else if (parser.takeWord('comment')) this.known.comment = parser.string();
    else if (/^(?:counter|limit|quota|ct|last)$/.test(text)) this.statements.push(parser.statement());
    else parser.fail('this is not known of a set');
    if (!parser.done) parser.fail('this is not known of a set');
  }

  private types(parser: RuleParser): void {
    this.known.type = concatenated(parser);
    if (parser.takeMark(':')) this.known.map = concatenated(parser);
  }

  private typeOf(parser: RuleParser): void {
    const start = parser.lexer.position;
    this.known.type = typeOf(parser.expression()).map(({ name }) => name);
    if (parser.takeMark(':')) {
      const value = OBJECTS.find(word => parser.takeWord(word));
      this.known.map = value ? [value] : typeOf(parser.expression()).map(({ name }) => name);
    }
    this.known.typeOf = parser.lexer.text.slice(start).trimEnd();
  }

  private size(parser: RuleParser): void {
    this.known.size = parser.number();
    if (!parser.takeMark('#')) return;
    parser.keyword('count');
    this.known.count = parser.number();
  }

  /** nft leaves the flag `timeout` out where the set has one. */
  declaration(name: string, handle: number | undefined): SetDeclaration {
    const { type = [], flags: given = [], autoMerge = false, ...others } = this.known;
    const timed = others.timeout !== undefined && !given.includes('timeout');
    return {
      name,
      type,
      flags: timed ? [...given, 'timeout'] : given,
      autoMerge,
      statements: this.statements,
      ...others,
      ...(handle !== undefined && { handle }),
    };
  }
}

const OBJECTS = ['verdict', 'counter', 'quota', 'limit', 'synproxy', 'secmark'] as const;

function concatenated(parser: RuleParser): readonly string[] {
  const names = [typeName(parser)];
  while (parser.takeMark('.')) names.push(typeName(parser));
  return names;
}

/** `ct helper` and the like have two words. */
const typeName = (parser: RuleParser): string =>
  parser.takeWord('ct') ? `ct ${parser.word('type')}` : parser.word('type');

function flags(parser: RuleParser): readonly SetFlag[] {
  const list: SetFlag[] = [];
  do list.push(parser.takeOneOf(SET_FLAGS) ?? parser.fail('expected a flag of sets'));
  while (parser.takeMark(','));
  return list;
}

const policy = (parser: RuleParser): 'performance' | 'memory' =>
  parser.takeOneOf(['performance', 'memory']) ?? parser.fail('expected performance or memory');

/** What stands within the braces of a flowtable. */
export function parseFlowtable(parser: RuleParser, name: string, handle: number | undefined): Flowtable {
  let table: Flowtable = { kind: 'flowtable', name, devices: [], flags: [], counter: false };
  if (handle !== undefined) table = { ...table, handle };
  while (!parser.done) {
    if (parser.takeWord('hook')) {
      const hook = parser.word('hook');
      parser.keyword('priority');
      table = { ...table, hook, priority: priority(parser, 'netdev') };
    } else if (parser.isWord('devices')) table = { ...table, devices: devices(parser) };
    else if (parser.takeWord('flags')) table = { ...table, flags: [parser.word('flag')] };
    else if (parser.takeWord('counter')) table = { ...table, counter: true };
    else if (!parser.takeMark(';')) parser.fail('this is not known of a flowtable');
  }
  return table;
}
