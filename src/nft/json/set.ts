import { SET_FLAGS, type SetDeclaration, type SetFlag, type SetType } from '../schema.ts';
import { NotUnderstood } from '../unread.ts';
import { type Fields, onlyKey } from './fields.ts';
import type { JsonReader } from './json-reader.ts';

function setFlag(word: string): SetFlag {
  const flag = SET_FLAGS.find(known => known === word);
  if (!flag) throw new NotUnderstood(`"${word}" is no flag of sets`);
  return flag;
}

/** `"ipv4_addr"`, `["ipv4_addr", "inet_service"]`, or as values of maps have it `"ipv4_addr . inet_service"`. */
function setType(json: unknown): SetType | undefined {
  if (typeof json === 'string') return json.split(' . ');
  if (Array.isArray(json)) return json.flatMap(item => setType(item) ?? []);
  return onlyKey(json)?.[0] === 'typeof' ? [] : undefined;
}

/** A set's or map's head; its elements are left in the object. */
export function readSet(fields: Fields, reader: JsonReader): SetDeclaration {
  const type = setType(fields.raw('type'));
  if (!type) throw new NotUnderstood('a set without a type');
  const map = setType(fields.raw('map'));
  const policy = fields.optionalWord('policy', ['performance', 'memory']);
  const timeout = fields.optionalNumber('timeout');
  const gcInterval = fields.optionalNumber('gc-interval');
  const size = fields.optionalNumber('size');
  const comment = fields.optionalString('comment');
  const handle = fields.optionalNumber('handle');
  return {
    name: fields.string('name'),
    type,
    flags: fields.strings('flags').map(setFlag),
    autoMerge: fields.boolean('auto-merge'),
    statements: fields.list('stmt').map(item => reader.statement(item)),
    ...(handle !== undefined && { handle }),
    ...(map && { map }),
    ...(policy && { policy }),
    ...(timeout !== undefined && { timeout: timeout * 1000 }),
    ...(gcInterval !== undefined && { gcInterval: gcInterval * 1000 }),
    ...(size !== undefined && { size }),
    ...(comment !== undefined && { comment }),
  };
}
