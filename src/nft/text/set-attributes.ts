import { SET_FLAGS, type SetDeclaration, type SetFlag, type Statement } from '../schema.ts';
import { typeOf } from '../type/type-of.ts';
import { duration } from './elements.ts';
import type { RuleParser } from './rule-parser.ts';

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
