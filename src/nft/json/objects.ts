import type { Flowtable, NftObject, SetDeclaration, SetFlag, SetType } from '../schema.ts';
import { readLimit } from '../statement/limit.ts';
import { readSynproxy } from '../statement/synproxy.ts';
import { NotUnderstood } from '../unread.ts';
import { type Fields, onlyKey } from './fields.ts';
import type { JsonReader } from './json-reader.ts';

const SET_FLAGS: readonly SetFlag[] = ['constant', 'interval', 'timeout', 'dynamic'];

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

export function readFlowtable(fields: Fields): Flowtable {
  const handle = fields.optionalNumber('handle');
  const hook = fields.optionalString('hook');
  const priority = fields.optionalNumber('prio');
  return {
    kind: 'flowtable',
    name: fields.string('name'),
    devices: fields.strings('dev'),
    flags: fields.strings('flags'),
    counter: false,
    ...(handle !== undefined && { handle }),
    ...(hook !== undefined && { hook }),
    ...(priority !== undefined && { priority }),
  };
}

export const OBJECT_KEYS = [
  'counter',
  'quota',
  'limit',
  'ct helper',
  'ct timeout',
  'ct expectation',
  'secmark',
  'synproxy',
] as const;

/** A stateful object. */
export function readObject(kind: (typeof OBJECT_KEYS)[number], fields: Fields): NftObject {
  const handle = fields.optionalNumber('handle');
  const comment = fields.optionalString('comment');
  const named = {
    name: fields.string('name'),
    ...(handle !== undefined && { handle }),
    ...(comment !== undefined && { comment }),
  };
  const l3proto = () => {
    const value = fields.optionalString('l3proto');
    return value === undefined ? {} : { l3proto: value };
  };
  switch (kind) {
    case 'counter':
      return { kind, ...named, packets: fields.bigint('packets'), bytes: fields.bigint('bytes') };
    case 'quota': {
      const used = fields.optionalBigint('used');
      const terms = { bytes: fields.bigint('bytes'), unit: 'bytes', inverted: fields.boolean('inv') };
      return { kind, ...named, ...terms, ...(used !== undefined && { used, usedUnit: 'bytes' }) };
    }
    case 'limit':
      return { kind, ...named, ...readLimit(fields) };
    case 'ct helper':
      return { kind, ...named, type: fields.string('type'), protocol: fields.string('protocol'), ...l3proto() };
    case 'ct timeout':
      return { kind, ...named, protocol: fields.string('protocol'), policy: policyOf(fields), ...l3proto() };
    case 'ct expectation':
      return {
        kind,
        ...named,
        protocol: fields.string('protocol'),
        dport: fields.number('dport'),
        timeout: fields.number('timeout'),
        size: fields.number('size'),
        ...l3proto(),
      };
    case 'secmark':
      return { kind, ...named, context: fields.string('context') };
    case 'synproxy':
      return { kind, ...named, ...readSynproxy(fields) };
  }
}

function policyOf(fields: Fields): ReadonlyMap<string, number> {
  const policy = fields.raw('policy');
  if (typeof policy !== 'object' || policy === null) throw new NotUnderstood('a ct timeout without a policy');
  return new Map(Object.entries(policy).filter((entry): entry is [string, number] => typeof entry[1] === 'number'));
}
