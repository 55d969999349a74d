import type { Remark } from '../../model/source.ts';
import { parseRawPayload } from '../expression/raw-payload.ts';
import { EXPRESSION_WORDS, STATEMENT_WORDS } from '../registry.ts';
import type { NftFamily, NftRule } from '../ruleset.ts';
import type { BinaryOperator, Element, Expression, RuleInPlace, Statement } from '../schema.ts';
import { type Types, typeOf } from '../type/type-of.ts';
import { INTEGER, isSymbol } from '../type/types.ts';
import { isVerdict } from '../verdict.ts';
import { constant } from './constant.ts';
import { parseElement, parseElements } from './elements.ts';
import { Lexer, type Place, TextError } from './lexer.ts';
import { parseMatch } from './match.ts';
import { Words } from './words.ts';

/** What the text around a rule tells of it. */
export interface Scope {
  readonly family: NftFamily;
}

/** From the loosest to the tightest, each with the word that translations of iptables rules have for it. */
const LEVELS: readonly (readonly (readonly [BinaryOperator, word: string])[])[] = [
  [['|', 'or']],
  [['^', 'xor']],
  [['&', 'and']],
  [
    ['<<', 'lshift'],
    ['>>', 'rshift'],
  ],
];
const MAX_DEPTH = 64;

/** Recursive descent over the text of one rule, or of an element of a set. */
export class RuleParser extends Words {
  readonly scope: Scope;
  private depth = 0;
  /** How deep in chains that are written in place. */
  private place = 0;

  constructor(text: string, place: Place, scope: Scope) {
    super(new Lexer(text, place));
    this.scope = scope;
  }

  private nested<T>(parse: () => T): T {
    if (this.depth >= MAX_DEPTH) this.fail('nested too deeply');
    this.depth++;
    try {
      return parse();
    } finally {
      this.depth--;
    }
  }

  /**
   * The statements up to the end, a closing brace or a comment. What cannot be read is kept as one unread statement
   * that reaches to the end.
   */
  statements(report: (remark: Remark) => void): readonly Statement[] {
    const statements: Statement[] = [];
    while (!this.done && !this.isWord('comment') && !this.isMark('}') && !this.isMark('#')) {
      const start = this.lexer.position;
      // The rules of a chain in place stand on lines of their own.
      if (statements.length > 0 && this.peek().first) break;
      try {
        statements.push(this.statement());
      } catch (error) {
        if (!(error instanceof TextError)) throw error;
        report(error.remark);
        const text = this.lexer.text.slice(start).trimEnd();
        this.lexer.rewind(this.lexer.text.length);
        statements.push({ kind: 'unread', text, reason: error.reason });
      }
    }
    return statements;
  }

  /** `{ ... }` of a chain that is written in place. */
  rulesInPlace(): readonly RuleInPlace[] {
    this.mark('{');
    this.place++;
    const rules: RuleInPlace[] = [];
    while (!this.takeMark('}')) {
      const start = this.lexer.position;
      rules.push(this.rule(({ text }) => this.fail(text)));
      if (this.lexer.position === start) this.fail('expected a rule');
    }
    this.place--;
    return rules;
  }

  /** A whole rule: its statements, and the comment behind them. */
  rule(report: (remark: Remark) => void): Pick<NftRule, 'statements' | 'comment'> {
    const statements = this.statements(report);
    return { statements, comment: this.takeWord('comment') ? this.comment() : undefined };
  }

  /** The last thing of a rule: nft escapes no quotes in it. */
  private comment(): string {
    const { kind, start } = this.peek();
    const rest = this.lexer.text.slice(start).trimEnd();
    if (kind !== 'string' || this.place !== 0) return this.string();
    if (rest.length < 2 || !rest.endsWith('"')) this.fail('the comment has no end');
    this.lexer.rewind(this.lexer.text.length);
    return rest.slice(1, -1);
  }

  statement(): Statement {
    return this.nested(() => {
      const words = this.phrase(STATEMENT_WORDS);
      const parse = words === undefined ? undefined : STATEMENT_WORDS.get(words);
      return parse && words !== undefined ? parse(this, words) : parseMatch(this);
    });
  }

  /** Takes the longest run of up to three words that the table has. */
  private phrase(table: ReadonlyMap<string, unknown>): string | undefined {
    const start = this.lexer.position;
    let words = '';
    let found: string | undefined;
    let end = start;
    for (let count = 0; count < 3; count++) {
      const token = this.peek();
      if (token.kind !== 'word') break;
      words = words === '' ? token.text : `${words} ${token.text}`;
      this.lexer.next();
      if (!table.has(words)) continue;
      found = words;
      end = token.end;
    }
    this.lexer.rewind(found === undefined ? start : end);
    return found;
  }

  /** A concatenation, a map's lookup, or one of their parts. `types`: of the constants in it. */
  expression(types: Types = []): Expression {
    return this.nested(() => {
      const items = [this.binary(types.slice(0, 1))];
      while (this.takeMark('.')) items.push(this.binary(types.slice(items.length, items.length + 1)));
      const [first] = items;
      const key: Expression = items.length === 1 && first ? first : { kind: 'concat', items };
      if (!this.takeWord('map')) return key;
      return { kind: 'map', key, data: this.data(key, types) };
    });
  }

  /** What a key is looked up in: `@name` or elements in braces. */
  data(key: Expression, valueTypes: Types): Expression {
    if (this.isMark('{')) return { kind: 'set', elements: this.elements(typeOf(key), valueTypes) };
    return constant(this.word('name of a map'), undefined);
  }

  elements(keyTypes: Types, valueTypes: Types): readonly Element[] {
    return parseElements(this, keyTypes, valueTypes);
  }

  element(keyTypes: Types, valueTypes: Types): Element {
    return parseElement(this, keyTypes, valueTypes);
  }

  binary(types: Types, level = 0): Expression {
    const operators = LEVELS[level];
    if (!operators) return this.primary(types);
    let left = this.binary(types, level + 1);
    for (;;) {
      const [operator] = operators.find(([mark, word]) => this.takeMark(mark) || this.takeWord(word)) ?? [];
      if (!operator) return left;
      const own = typeOf(left);
      const shift = operator === '<<' || operator === '>>';
      const right = this.binary(shift ? [INTEGER] : own.length > 0 ? own : types, level + 1);
      left = { kind: 'binary', operator, left, right };
    }
  }

  private primary(types: Types): Expression {
    if (this.takeMark('(')) {
      const inner = this.nested(() => this.binary(types));
      this.mark(')');
      return inner;
    }
    const token = this.peek();
    if (token.kind === 'string') return this.range(this.quoted());
    if (token.kind !== 'word') this.fail('expected an expression');
    const raw = parseRawPayload(token.text);
    if (raw) {
      this.lexer.next();
      return raw;
    }
    const [type] = types;
    if (!(type && isSymbol(type, token.text))) {
      const start = this.lexer.position;
      const words = this.phrase(EXPRESSION_WORDS);
      const parse = words === undefined ? undefined : EXPRESSION_WORDS.get(words);
      if (parse && words !== undefined) {
        try {
          return parse(this, words);
        } catch (error) {
          if (!type || !(error instanceof TextError)) throw error;
          this.lexer.rewind(start);
        }
      }
    }
    return constant(this.lexer.next().text, type);
  }

  private quoted(): Expression {
    return { kind: 'value', value: this.string() };
  }

  /** `"09:00"-"17:00"`. */
  private range(from: Expression): Expression {
    return this.takeMark('-') ? { kind: 'range', from, to: this.quoted() } : from;
  }

  /** A constant, whatever its word means elsewhere. */
  constant(types: Types): Expression {
    return this.peek().kind === 'string' ? this.range(this.quoted()) : constant(this.word('value'), types[0]);
  }

  /** What a map's key leads to. */
  elementValue(types: Types): NonNullable<Element['value']> {
    const words = this.peek().kind === 'word' ? this.peek().text : '';
    if (!VERDICT_WORDS.has(words)) return this.expression(types);
    const verdict = this.statement();
    return isVerdict(verdict) ? verdict : this.fail('expected a verdict');
  }
}

const VERDICT_WORDS = new Set(['accept', 'drop', 'continue', 'return', 'jump', 'goto', 'queue']);
