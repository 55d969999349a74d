import type { ObjectForm, ObjectOf } from './form.ts';

export const counter: ObjectForm<ObjectOf<'counter'>> = {
  read: (fields, named) => ({
    kind: 'counter',
    ...named,
    packets: fields.bigint('packets'),
    bytes: fields.bigint('bytes'),
  }),
  parse(parser, named) {
    if (!parser.takeWord('packets')) return { kind: 'counter', ...named };
    const packets = parser.bigint();
    parser.keyword('bytes');
    return { kind: 'counter', ...named, packets, bytes: parser.bigint() };
  },
  print: ({ packets, bytes }) => (packets === undefined ? [] : [`packets ${packets} bytes ${bytes}`]),
};
