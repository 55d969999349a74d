import { duration } from '../text/elements.ts';
import type { ObjectForm, ObjectOf } from './form.ts';
import { parseL3proto, printL3proto, readL3proto } from './l3proto.ts';

export const ctExpectation: ObjectForm<ObjectOf<'ct expectation'>> = {
  read: (fields, named) => ({
    kind: 'ct expectation',
    ...named,
    protocol: fields.string('protocol'),
    dport: fields.number('dport'),
    timeout: fields.number('timeout'),
    size: fields.number('size'),
    ...readL3proto(fields),
  }),
  parse(parser, named) {
    parser.keyword('protocol');
    const protocol = parser.word('protocol');
    parser.keyword('dport');
    const dport = parser.number();
    parser.keyword('timeout');
    const timeout = duration(parser);
    parser.keyword('size');
    const size = parser.number();
    return { kind: 'ct expectation', ...named, protocol, dport, timeout, size, ...parseL3proto(parser) };
  },
  print: (object, printer) => [
    `protocol ${object.protocol}`,
    `dport ${object.dport}`,
    `timeout ${printer.duration(object.timeout)}`,
    `size ${object.size}`,
    ...printL3proto(object),
  ],
};
