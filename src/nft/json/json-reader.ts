import { EXPRESSION_KEYS, STATEMENT_KEYS } from '../registry.ts';
import type { Element, Expression, Statement, Verdict } from '../schema.ts';
import { RuleParser, type Scope } from '../text/rule-parser.ts';
import { NotUnderstood } from '../unread.ts';
import { isVerdict } from '../verdict.ts';
import { Fields, onlyKey } from './fields.ts';

/** Deeper nesting than this nft neither takes nor prints. */
const MAX_DEPTH = 64;

/** Reads the statements and expressions of libnftables-json(5). What it does not know is kept and reported. */
export class JsonReader {
  readonly scope: Scope;
  private readonly report: (reason: string) => void;
  private depth = 0;

  constructor(scope: Scope, report: (reason: string) => void) {
    this.scope = scope;
    this.report = report;
  }

  fields(json: unknown, what: string): Fields {
    return new Fields(json, what, this);
  }

  private kept(json: unknown, error: unknown): { kind: 'unread'; text: string; reason: string } {
    if (!(error instanceof NotUnderstood)) throw error;
    this.report(error.message.slice(0, 200));
    return { kind: 'unread', text: textOf(json), reason: error.message };
  }

  private nested<T>(read: () => T): T {
    if (this.depth >= MAX_DEPTH) throw new NotUnderstood('nested too deeply');
    this.depth++;
    try {
      return read();
    } finally {
      this.depth--;
    }
  }

  expression(json: unknown): Expression {
    if (typeof json === 'string') return stringValue(json);
    // jansson knows signed numbers of 64 bits alone.
    if (typeof json === 'number')
      return { kind: 'value', value: json < 0 ? BigInt.asUintN(64, BigInt(Math.trunc(json))) : json };
    if (typeof json === 'boolean') return { kind: 'value', value: json };
    try {
      return this.nested(() => this.compound(json));
    } catch (error) {
      return this.kept(json, error);
    }
  }

  private compound(json: unknown): Expression {
    if (Array.isArray(json)) return { kind: 'list', items: json.map(item => this.expression(item)) };
    const [key, body] = onlyKey(json) ?? [];
    if (key === undefined) throw new NotUnderstood('no object of one key');
    const read = EXPRESSION_KEYS.get(key);
    if (!read) throw new NotUnderstood(`expression "${key}" is not known`);
    return read(body, this, key);
  }

  statement(json: unknown): Statement {
    try {
      return this.nested(() => {
        if (typeof json === 'string') return this.text(json);
        const [key, body] = onlyKey(json) ?? [];
        if (key === undefined) throw new NotUnderstood('no object of one key');
        const read = STATEMENT_KEYS.get(key);
        if (!read) throw new NotUnderstood(`statement "${key}" is not known`);
        return read(body, this, key);
      });
    } catch (error) {
      return this.kept(json, error);
    }
  }

  /** A statement that this nft has no JSON for stands there as text. */
  private text(text: string): Statement {
    const parser = new RuleParser(text, { file: '', line: 1, column: 1 }, this.scope);
    const [statement, ...others] = parser.statements(({ text: reason }) => this.report(reason));
    if (!statement || others.length > 0) throw new NotUnderstood('a text that is no single statement');
    return statement;
  }

  statements(json: unknown): readonly Statement[] {
    return (Array.isArray(json) ? json : [json]).map(item => this.statement(item));
  }

  /** An element of a set: its key, or `{"elem": {...}}`; of a map `[key, value]`. */
  element(json: unknown): Element {
    try {
      if (!Array.isArray(json) || json.length !== 2) return this.elementKey(json);
      return { ...this.elementKey(json[0]), value: this.elementValue(json[1]) };
    } catch (error) {
      return { key: this.kept(json, error) };
    }
  }

  private elementValue(json: unknown): Expression | Verdict {
    const [key] = onlyKey(json) ?? [];
    if (key === undefined || !VERDICTS.has(key)) return this.expression(json);
    const verdict = this.statement(json);
    return isVerdict(verdict) ? verdict : { kind: 'unread', text: textOf(json), reason: 'no verdict' };
  }

  private elementKey(json: unknown): Element {
    const [key, body] = onlyKey(json) ?? [];
    if (key !== 'elem') return { key: this.expression(json) };
    const fields = this.fields(body, 'elem');
    const value = fields.expression('val');
    const comment = fields.optionalString('comment');
    const timeout = fields.optionalNumber('timeout');
    const expires = fields.optionalNumber('expires');
    const statements = STATEFUL.filter(name => fields.has(name)).map(name =>
      this.statement({ [name]: fields.raw(name) }),
    );
    statements.push(...fields.list('stmt').map(item => this.statement(item)));
    fields.finish();
    return {
      key: value,
      ...(comment !== undefined && { comment }),
      ...(timeout !== undefined && { timeout: timeout * 1000 }),
      ...(expires !== undefined && { expires: expires * 1000 }),
      ...(statements.length > 0 && { statements }),
    };
  }
}

/** JSON.stringify gives up on what is nested some thousand times. */
function textOf(json: unknown): string {
  try {
    return JSON.stringify(json) ?? '';
  } catch {
    return '...';
  }
}

const VERDICTS = new Set(['accept', 'drop', 'continue', 'return', 'jump', 'goto', 'queue']);
const STATEFUL = ['counter', 'limit', 'quota', 'ct count', 'last'];

/** `@name` refers to a set; what is longer than 64 bits JSON writes as a string in hexadecimal. */
function stringValue(text: string): Expression {
  if (text.startsWith('@') && text.length > 1) return { kind: 'set-reference', name: text.slice(1) };
  if (text === '*') return { kind: 'wildcard' };
  return { kind: 'value', value: /^0x[0-9a-f]{1,64}$/.test(text) ? wholeNumber(text) : text };
}

function wholeNumber(text: string): number | bigint {
  const value = BigInt(text);
  return value <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(value) : value;
}
