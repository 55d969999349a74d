import type { Fields } from '../json/fields.ts';
import type { Printer } from '../printer.ts';
import type { NftObject, NftObjectKind } from '../schema.ts';
import type { RuleParser } from '../text/rule-parser.ts';

export type ObjectOf<K extends NftObjectKind> = Extract<NftObject, { kind: K }>;

/** What every stateful object has. */
export type Named = Pick<ObjectOf<'counter'>, 'name' | 'handle' | 'comment'>;

/** How a kind of stateful object is read and printed. `read` throws NotUnderstood. */
export interface ObjectForm<O extends NftObject> {
  read(fields: Fields, named: Named): O;
  /** What stands within its braces, but a comment. */
  parse(parser: RuleParser, named: Named): O;
  /** The lines within its braces. */
  print(object: O, printer: Printer): readonly string[];
}
