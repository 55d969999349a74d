import type { StatementForm } from '../form.ts';
import type { Quota, QuotaTerms } from '../schema.ts';
import type { RuleParser } from '../text/rule-parser.ts';
import { readReference } from './object-reference.ts';

const UNITS = ['bytes', 'kbytes', 'mbytes'] as const;
const SIZE = { bytes: 1n, kbytes: 1024n, mbytes: 1048576n };
type Unit = keyof typeof SIZE;

const sized = (value: bigint, unit: Unit): bigint => value * SIZE[unit];
const shown = (bytes: bigint, unit: string): bigint => bytes / SIZE[UNITS.find(known => known === unit) ?? 'bytes'];

function amount(parser: RuleParser): { readonly bytes: bigint; readonly unit: Unit } {
  const value = parser.bigint();
  const unit = parser.takeOneOf(UNITS) ?? parser.fail('expected bytes, kbytes or mbytes');
  return { bytes: sized(value, unit), unit };
}

/** Behind the word `quota`, also of a named quota. */
export function parseQuota(parser: RuleParser): QuotaTerms {
  const inverted = parser.takeWord('over');
  if (!inverted) parser.takeWord('until');
  const { bytes, unit } = amount(parser);
  const used = parser.takeWord('used') ? amount(parser) : undefined;
  return { bytes, unit, inverted, ...(used && { used: used.bytes, usedUnit: used.unit }) };
}

export function printQuota({ bytes, unit, used, usedUnit, inverted }: QuotaTerms): string {
  const spent = used === undefined ? '' : ` used ${shown(used, usedUnit ?? 'bytes')} ${usedUnit ?? 'bytes'}`;
  return `${inverted ? 'over ' : ''}${shown(bytes, unit)} ${unit}${spent}`;
}

export const quota: StatementForm<Quota> = {
  keys: ['quota'],
  read(body, reader) {
    const name = readReference(body, reader);
    if (name) return { kind: 'quota', name };
    const fields = reader.fields(body, 'quota');
    const value = fields.bigint('val');
    const unit = fields.optionalWord('val_unit', UNITS) ?? 'bytes';
    const used = fields.optionalBigint('used');
    const usedUnit = fields.optionalWord('used_unit', UNITS) ?? 'bytes';
    const inverted = fields.boolean('inv');
    fields.finish();
    const spent = used === undefined ? {} : { used: sized(used, usedUnit), usedUnit };
    return { kind: 'quota', bytes: sized(value, unit), unit, inverted, ...spent };
  },
  words: ['quota'],
  parse(parser) {
    if (parser.takeWord('name')) return { kind: 'quota', name: parser.expression() };
    return { kind: 'quota', ...parseQuota(parser) };
  },
  print: (statement, printer) =>
    'name' in statement ? `quota name ${printer.reference(statement.name)}` : `quota ${printQuota(statement)}`,
  describe: (statement, printer) =>
    'name' in statement ? `quota ${printer.reference(statement.name)}` : `quota ${printQuota(statement)}`,
};
