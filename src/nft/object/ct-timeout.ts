import type { Fields } from '../json/fields.ts';
import type { RuleParser } from '../text/rule-parser.ts';
import { readDuration } from '../type/duration.ts';
import { NotUnderstood } from '../unread.ts';
import type { ObjectForm, ObjectOf } from './form.ts';
import { parseL3proto, printL3proto, readL3proto } from './l3proto.ts';

export const ctTimeout: ObjectForm<ObjectOf<'ct timeout'>> = {
  read: (fields, named) => ({
    kind: 'ct timeout',
    ...named,
    protocol: fields.string('protocol'),
    policy: readPolicy(fields),
    ...readL3proto(fields),
  }),
  parse(parser, named) {
    parser.keyword('protocol');
    const protocol = parser.word('protocol');
    parser.takeMark(';');
    const family = parseL3proto(parser);
    parser.takeMark(';');
    return { kind: 'ct timeout', ...named, protocol, ...family, policy: parsePolicy(parser) };
  },
  print(object) {
    const policy = [...object.policy].map(([state, seconds]) => `${state} : ${seconds}`);
    return [`protocol ${object.protocol}`, ...printL3proto(object), `policy = { ${policy.join(', ')} }`];
  },
};

function readPolicy(fields: Fields): ReadonlyMap<string, number> {
  const policy = fields.raw('policy');
  if (typeof policy !== 'object' || policy === null) throw new NotUnderstood('a ct timeout without a policy');
  return new Map(Object.entries(policy).filter((entry): entry is [string, number] => typeof entry[1] === 'number'));
}

/** `policy = { established : 100, close : 4 }`, or with times as nft 1.1 prints them: `1m40s`. */
function parsePolicy(parser: RuleParser): ReadonlyMap<string, number> {
  const policy = new Map<string, number>();
  parser.keyword('policy');
  parser.mark('=');
  parser.mark('{');
  while (!parser.takeMark('}')) {
    const state = parser.word('state');
    parser.mark(':');
    policy.set(state, readDuration(parser.word('time'))?.seconds ?? parser.fail('expected a time'));
    parser.takeMark(',');
  }
  return policy;
}
