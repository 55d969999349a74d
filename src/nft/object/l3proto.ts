import type { Fields } from '../json/fields.ts';
import type { RuleParser } from '../text/rule-parser.ts';

/** The family of a conntrack object, where it is told. */
export interface L3proto {
  readonly l3proto?: string;
}

const known = (l3proto: string | undefined): L3proto => (l3proto === undefined ? {} : { l3proto });

export const readL3proto = (fields: Fields): L3proto => known(fields.optionalString('l3proto'));

export const parseL3proto = (parser: RuleParser): L3proto =>
  known(parser.takeWord('l3proto') ? parser.word('family') : undefined);

export const printL3proto = ({ l3proto }: L3proto): readonly string[] =>
  l3proto === undefined ? [] : [`l3proto ${l3proto}`];
