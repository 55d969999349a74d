import { parseLimit, printLimit, readLimit } from '../statement/limit.ts';
import type { ObjectForm, ObjectOf } from './form.ts';

export const limit: ObjectForm<ObjectOf<'limit'>> = {
  read: (fields, named) => ({ kind: 'limit', ...named, ...readLimit(fields) }),
  parse(parser, named) {
    parser.keyword('rate');
    return { kind: 'limit', ...named, ...parseLimit(parser) };
  },
  print: (object, printer) => [printLimit(object, printer)],
};
