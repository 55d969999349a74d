import type { JsonReader } from './json/json-reader.ts';
import type { Printer } from './printer.ts';
import type { Expression, Statement } from './schema.ts';
import type { RuleParser } from './text/rule-parser.ts';
import type { Types } from './type/type-of.ts';

/** How a kind of expression is read and printed. The readers throw NotUnderstood. */
export interface ExpressionForm<E extends Expression> {
  /** Keys of the JSON objects that are of this kind. */
  readonly keys?: readonly string[];
  /** `body` is what stands under the key. */
  read?(body: unknown, reader: JsonReader, key: string): Expression;
  /** What it starts with in text: a word, or two joined by a blank. */
  readonly words?: readonly string[];
  /** Behind the words, which are taken already. */
  parse?(parser: RuleParser, words: string): Expression;
  /** `types` are those of the expression that it stands beside. */
  print(expression: E, printer: Printer, types: Types): string;
}

/** How a kind of statement is read, printed, and told to a person. */
export interface StatementForm<S extends Statement> {
  readonly keys: readonly string[];
  read(body: unknown, reader: JsonReader, key: string): Statement;
  /** What it starts with in text, up to three words; none: it starts with an expression. */
  readonly words: readonly string[];
  parse?(parser: RuleParser, words: string): Statement;
  print(statement: S, printer: Printer): string;
  /** A few words for a person. */
  describe(statement: S, printer: Printer): string;
}
