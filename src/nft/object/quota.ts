import { parseQuota, printQuota } from '../statement/quota.ts';
import type { ObjectForm, ObjectOf } from './form.ts';

export const quota: ObjectForm<ObjectOf<'quota'>> = {
  read(fields, named) {
    const used = fields.optionalBigint('used');
    const terms = { bytes: fields.bigint('bytes'), unit: 'bytes', inverted: fields.boolean('inv') };
    return { kind: 'quota', ...named, ...terms, ...(used !== undefined && { used, usedUnit: 'bytes' }) };
  },
  parse: (parser, named) => ({ kind: 'quota', ...named, ...parseQuota(parser) }),
  print: object => [printQuota(object)],
};
