import type { Fields } from '../json/fields.ts';
import type { Printer } from '../printer.ts';
import type { NftObject, NftObjectKind } from '../schema.ts';
import type { RuleParser } from '../text/rule-parser.ts';
import { counter } from './counter.ts';
import { ctExpectation } from './ct-expectation.ts';
import { ctHelper } from './ct-helper.ts';
import { ctTimeout } from './ct-timeout.ts';
import type { Named, ObjectForm, ObjectOf } from './form.ts';
import { limit } from './limit.ts';
import { quota } from './quota.ts';
import { secmark } from './secmark.ts';
import { synproxy } from './synproxy.ts';

type Kind = Exclude<NftObjectKind, 'unread'>;

const FORMS: { readonly [K in Kind]: ObjectForm<ObjectOf<K>> } = {
  counter,
  quota,
  limit,
  'ct helper': ctHelper,
  'ct timeout': ctTimeout,
  'ct expectation': ctExpectation,
  secmark,
  synproxy,
};
const BY_WORDS: ReadonlyMap<string, ObjectForm<ObjectOf<Kind>>> = new Map(
  Object.entries<ObjectForm<ObjectOf<Kind>>>(FORMS),
);

/** Whether the words are those of a stateful object: `ct helper`. */
export const isObject = (words: string): boolean => BY_WORDS.has(words);

/** Of the JSON object under a key; undefined: the key is none of an object. */
export function readObject(key: string, fields: Fields): NftObject | undefined {
  const form = BY_WORDS.get(key);
  if (!form) return undefined;
  const handle = fields.optionalNumber('handle');
  const comment = fields.optionalString('comment');
  return form.read(fields, named(fields.string('name'), handle, comment));
}

/** What stands within the braces behind `words NAME`; undefined: the words are none of an object. */
export function parseObject(
  parser: RuleParser,
  words: string,
  name: string,
  handle: number | undefined,
): NftObject | undefined {
  const form = BY_WORDS.get(words);
  if (!form) return undefined;
  const before = parseComment(parser);
  const object = form.parse(parser, named(name, handle, before));
  const comment = before ?? parseComment(parser);
  if (!parser.done) parser.fail(`this is not known of a ${words}`);
  return comment === undefined ? object : { ...object, comment };
}

const named = (name: string, handle: number | undefined, comment: string | undefined): Named => ({
  name,
  ...(handle !== undefined && { handle }),
  ...(comment !== undefined && { comment }),
});

function parseComment(parser: RuleParser): string | undefined {
  const text = parser.takeWord('comment') ? parser.string() : undefined;
  parser.takeMark(';');
  return text;
}

/** The lines within its braces. */
export function printObject(object: NftObject, printer: Printer): readonly string[] {
  if (object.kind === 'unread') return linesOf(object.text);
  const form: ObjectForm<ObjectOf<Kind>> = FORMS[object.kind];
  const lines = form.print(object, printer);
  return object.comment === undefined ? lines : [`comment "${object.comment}"`, ...lines];
}

const linesOf = (text: string): readonly string[] =>
  text
    .split('\n')
    .map(line => line.trim())
    .filter(line => line !== '');
