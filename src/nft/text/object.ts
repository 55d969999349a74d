import type { NftObject } from '../schema.ts';
import { parseLimit } from '../statement/limit.ts';
import { parseQuota } from '../statement/quota.ts';
import { parseSynproxy } from '../statement/synproxy.ts';
import { readDuration } from '../type/duration.ts';
import { duration } from './elements.ts';
import type { RuleParser } from './rule-parser.ts';

export const OBJECT_WORDS = [
  'counter',
  'quota',
  'limit',
  'ct helper',
  'ct timeout',
  'ct expectation',
  'secmark',
  'synproxy',
] as const;
export type ObjectWord = (typeof OBJECT_WORDS)[number];

/** What stands within the braces of a stateful object. */
export function parseObject(parser: RuleParser, kind: ObjectWord, name: string, handle: number | undefined): NftObject {
  const before = comment(parser);
  const object = terms(parser, kind);
  const text = before ?? comment(parser);
  if (!parser.done) parser.fail(`this is not known of a ${kind}`);
  return { ...object, name, ...(handle !== undefined && { handle }), ...(text !== undefined && { comment: text }) };
}

const comment = (parser: RuleParser): string | undefined => {
  const text = parser.takeWord('comment') ? parser.string() : undefined;
  parser.takeMark(';');
  return text;
};

function terms(parser: RuleParser, kind: ObjectWord): NftObject {
  const name = '';
  switch (kind) {
    case 'counter': {
      if (!parser.takeWord('packets')) return { kind, name };
      const packets = parser.bigint();
      parser.keyword('bytes');
      return { kind, name, packets, bytes: parser.bigint() };
    }
    case 'quota':
      return { kind, name, ...parseQuota(parser) };
    case 'limit':
      parser.keyword('rate');
      return { kind, name, ...parseLimit(parser) };
    case 'ct helper':
      return { kind, name, ...helper(parser) };
    case 'ct timeout':
      return { kind, name, ...timeout(parser) };
    case 'ct expectation':
      return { kind, name, ...expectation(parser) };
    case 'secmark':
      return { kind, name, context: parser.name('context') };
    case 'synproxy':
      return { kind, name, ...parseSynproxy(parser) };
  }
}

const l3protoOf = (parser: RuleParser) => (parser.takeWord('l3proto') ? { l3proto: parser.word('family') } : {});

function helper(parser: RuleParser) {
  parser.keyword('type');
  const type = parser.string();
  parser.keyword('protocol');
  const protocol = parser.word('protocol');
  parser.takeMark(';');
  return { type, protocol, ...l3protoOf(parser) };
}

function timeout(parser: RuleParser) {
  parser.keyword('protocol');
  const protocol = parser.word('protocol');
  parser.takeMark(';');
  const family = l3protoOf(parser);
  parser.takeMark(';');
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
  return { protocol, ...family, policy };
}

function expectation(parser: RuleParser) {
  parser.keyword('protocol');
  const protocol = parser.word('protocol');
  parser.keyword('dport');
  const dport = parser.number();
  parser.keyword('timeout');
  const milliseconds = duration(parser);
  parser.keyword('size');
  const size = parser.number();
  return { protocol, dport, timeout: milliseconds, size, ...l3protoOf(parser) };
}
