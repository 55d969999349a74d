import { printExpression, printStatement } from './registry.ts';
import type { Element, Expression, RuleInPlace, Statement } from './schema.ts';
import { printDuration } from './type/duration.ts';
import { formatRangeEnd, formatValue } from './type/format.ts';
import { type Types, typeOf } from './type/type-of.ts';
import { STRING } from './type/types.ts';
import { isVerdict } from './verdict.ts';

/** Ways of printing that nft's options and versions differ in. */
export interface PrintStyle {
  /** `nft -a`. */
  readonly handles?: boolean;
  /** `nft -n`: priorities as numbers, times as seconds. */
  readonly numeric?: boolean;
  /** `nft -s`. */
  readonly stateless?: boolean;
  /** From nft 1.0.8 on the usual burst of a limit is printed too. */
  readonly bursts?: boolean;
  /** Before nft 1.0: `reject with icmp type X`, `queue num N bypass`. */
  readonly old?: boolean;
}

/** Prints expressions and statements as `nft list` does. */
export class Printer {
  /** Of the table: `reject` prints nothing of what its family has for the usual. */
  readonly family: string;
  readonly style: PrintStyle;

  constructor(family: string, style: PrintStyle = {}) {
    this.family = family;
    this.style = style;
  }

  duration(milliseconds: number): string {
    return this.style.numeric ? `${Math.floor(milliseconds / 1000)}s` : printDuration(milliseconds);
  }

  /** `types`: the datatypes of the constants in it, where it does not tell them itself. */
  expression(expression: Expression, types: Types = []): string {
    return printExpression(expression, this, types);
  }

  statement(statement: Statement): string {
    return printStatement(statement, this);
  }

  /** A chain that is written in place. */
  block(rules: readonly RuleInPlace[]): string {
    return `{\n${rules.map(rule => `\t\t\t${this.rule(rule)}\n`).join('')}\t\t}`;
  }

  /** Without its handle. */
  rule({ statements, comment }: RuleInPlace): string {
    const words = statements.map(statement => this.statement(statement));
    if (comment !== undefined) words.push(`comment "${comment}"`);
    return words.join(' ');
  }

  value(value: string | number | bigint | boolean, types: Types): string {
    const [type] = types;
    return this.style.numeric && type?.name === 'time' ? formatRangeEnd(value, type) : formatValue(value, type);
  }

  /** Ranges print numbers where single values print symbols. */
  rangeEnd(end: Expression, types: Types): string {
    return end.kind === 'value' ? formatRangeEnd(end.value, types[0]) : this.expression(end, types);
  }

  /** `{ a, b }`, or what stands within the braces of a set that is named. */
  element(element: Element, keyTypes: Types, valueTypes: Types): string {
    const { key, value, comment, timeout, expires, statements = [] } = element;
    let text = this.expression(key, keyTypes);
    for (const statement of statements) text += ` ${this.statement(statement)}`;
    if (timeout !== undefined) text += ` timeout ${this.duration(timeout)}`;
    if (expires !== undefined) text += ` expires ${this.duration(expires)}`;
    if (comment !== undefined) text += ` comment "${comment}"`;
    if (value === undefined) return text;
    return `${text} : ${isVerdict(value) ? this.statement(value) : this.expression(value, valueTypes)}`;
  }

  elements(elements: readonly Element[], keyTypes: Types, valueTypes: Types): string {
    return `{ ${elements.map(element => this.element(element, keyTypes, valueTypes)).join(', ')} }`;
  }

  /** The name of a stateful object, in quotes, or the map that yields it. */
  reference(name: Expression): string {
    return this.expression(name, [STRING]);
  }

  /** What `add @set` has in its braces: statements stand behind the time. */
  updateElement({ key, value, comment, timeout, expires, statements = [] }: Element): string {
    let text = this.element(
      { key, ...(timeout !== undefined && { timeout }), ...(expires !== undefined && { expires }) },
      [],
      [],
    );
    if (comment !== undefined) text += ` comment "${comment}"`;
    for (const statement of statements) text += ` ${this.statement(statement)}`;
    if (value === undefined) return text;
    return `${text} : ${isVerdict(value) ? this.statement(value) : this.expression(value)}`;
  }

  /** The data of a map that `key` is looked up in: `@name`, or its elements. */
  data(data: Expression, key: Expression, valueTypes: Types): string {
    return data.kind === 'set' ? this.elements(data.elements, typeOf(key), valueTypes) : this.expression(data);
  }
}
