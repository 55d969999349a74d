import type { StatementForm } from '../form.ts';
import type { Fields } from '../json/fields.ts';
import type { Printer } from '../printer.ts';
import type { Limit, LimitTerms } from '../schema.ts';
import type { RuleParser } from '../text/rule-parser.ts';
import { readReference } from './object-reference.ts';

const UNITS = ['packets', 'bytes', 'kbytes', 'mbytes'] as const;
const PERIODS = ['second', 'minute', 'hour', 'day', 'week'] as const;
/** Of packets, where nft before 1.0 prints none. */
const USUAL_BURST = 5;

/** Behind the word `rate`, also of a named limit. */
export function parseLimit(parser: RuleParser): LimitTerms {
  const inverted = parser.takeWord('over');
  if (!inverted) parser.takeWord('until');
  const [, number, per] = /^(\d{1,15})(?:\/(\w+))?$/.exec(parser.peek().text) ?? parser.fail('expected a rate');
  parser.word();
  const unit = per === undefined ? /^(\w+)\/(\w+)$/.exec(parser.word('unit')) : undefined;
  const rateUnit = UNITS.find(known => known === (unit?.[1] ?? 'packets')) ?? parser.fail('expected a unit');
  const period = PERIODS.find(known => known === (per ?? unit?.[2])) ?? parser.fail('expected a period');
  const terms = { rate: Number(number), rateUnit, per: period, inverted };
  if (!parser.takeWord('burst'))
    return { ...terms, burst: rateUnit === 'packets' ? USUAL_BURST : 0, burstUnit: burstOf(rateUnit) };
  const burst = parser.number();
  return { ...terms, burst, burstUnit: parser.takeOneOf(UNITS) ?? burstOf(rateUnit) };
}

const burstOf = (rateUnit: string): string => (rateUnit === 'packets' ? 'packets' : 'bytes');

export function printLimit(terms: LimitTerms, { style }: Printer): string {
  const { rate, rateUnit, per, burst, burstUnit, inverted } = terms;
  const amount = rateUnit === 'packets' ? `${rate}/${per}` : `${rate} ${rateUnit}/${per}`;
  const usual = rateUnit === 'packets' && style.bursts === true;
  const more = usual || burst !== (rateUnit === 'packets' ? USUAL_BURST : 0) ? ` burst ${burst} ${burstUnit}` : '';
  return `rate ${inverted ? 'over ' : ''}${amount}${more}`;
}

/** The terms of a limit, of a rule's or a named one. */
export function readLimit(fields: Fields): LimitTerms {
  const rateUnit = fields.optionalWord('rate_unit', UNITS) ?? 'packets';
  return {
    rate: fields.number('rate'),
    rateUnit,
    per: fields.optionalWord('per', PERIODS) ?? 'second',
    burst: fields.optionalNumber('burst') ?? 0,
    burstUnit: fields.optionalWord('burst_unit', UNITS) ?? burstOf(rateUnit),
    inverted: fields.boolean('inv'),
  };
}

export const limit: StatementForm<Limit> = {
  keys: ['limit'],
  read(body, reader) {
    const name = readReference(body, reader);
    if (name) return { kind: 'limit', name };
    const fields = reader.fields(body, 'limit');
    const terms = readLimit(fields);
    fields.finish();
    return { kind: 'limit', ...terms };
  },
  words: ['limit'],
  parse(parser) {
    if (parser.takeWord('name')) return { kind: 'limit', name: parser.expression() };
    parser.keyword('rate');
    return { kind: 'limit', ...parseLimit(parser) };
  },
  print: (statement, printer) =>
    'name' in statement ? `limit name ${printer.reference(statement.name)}` : `limit ${printLimit(statement, printer)}`,
  describe: (statement, printer) =>
    'name' in statement ? `limit ${printer.reference(statement.name)}` : `limit ${printLimit(statement, printer)}`,
};
