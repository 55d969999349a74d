import type { ObjectForm, ObjectOf } from './form.ts';
import { parseL3proto, printL3proto, readL3proto } from './l3proto.ts';

export const ctHelper: ObjectForm<ObjectOf<'ct helper'>> = {
  read: (fields, named) => ({
    kind: 'ct helper',
    ...named,
    type: fields.string('type'),
    protocol: fields.string('protocol'),
    ...readL3proto(fields),
  }),
  parse(parser, named) {
    parser.keyword('type');
    const type = parser.string();
    parser.keyword('protocol');
    const protocol = parser.word('protocol');
    parser.takeMark(';');
    return { kind: 'ct helper', ...named, type, protocol, ...parseL3proto(parser) };
  },
  print: object => [`type "${object.type}" protocol ${object.protocol}`, ...printL3proto(object)],
};
