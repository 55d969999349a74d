import type { StatementForm } from '../form.ts';
import type { Last } from '../schema.ts';
import { duration } from '../text/elements.ts';
import { printDuration } from '../type/duration.ts';

/** nft 1.0.9 and later. */
export const last: StatementForm<Last> = {
  keys: ['last'],
  read(body, reader) {
    const fields = reader.fields(body, 'last');
    const used = fields.optionalNumber('used');
    fields.finish();
    return { kind: 'last', ...(used !== undefined && { used }) };
  },
  words: ['last'],
  parse(parser) {
    if (!parser.takeWord('used') || parser.takeWord('never')) return { kind: 'last' };
    return { kind: 'last', used: duration(parser) };
  },
  print({ used }, { style }) {
    if (style.stateless) return 'last';
    return `last used ${used === undefined ? 'never' : printDuration(used)}`;
  },
  describe: () => 'note the time',
};
