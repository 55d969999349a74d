import type { StatementForm } from '../form.ts';
import type { Fields } from '../json/fields.ts';
import type { Synproxy, SynproxyTerms } from '../schema.ts';
import type { RuleParser } from '../text/rule-parser.ts';
import { readReference } from './object-reference.ts';

const FLAGS = ['timestamp', 'sack-perm'] as const;

/** Also of a named synproxy. */
export function readSynproxy(fields: Fields): SynproxyTerms {
  const mss = fields.optionalNumber('mss');
  const wscale = fields.optionalNumber('wscale');
  const flags = fields.strings('flags');
  return { flags, ...(mss !== undefined && { mss }), ...(wscale !== undefined && { wscale }) };
}

export function parseSynproxy(parser: RuleParser): SynproxyTerms {
  const flags: string[] = [];
  let terms: SynproxyTerms = { flags };
  for (;;) {
    if (parser.takeWord('mss')) terms = { ...terms, mss: parser.number() };
    else if (parser.takeWord('wscale')) terms = { ...terms, wscale: parser.number() };
    else {
      const flag = parser.takeOneOf(FLAGS);
      if (!flag) return terms;
      flags.push(flag);
    }
  }
}

/** A named one has a line for each. */
export const printSynproxy = ({ mss, wscale, flags }: SynproxyTerms): readonly string[] => [
  ...(mss === undefined ? [] : [`mss ${mss}`]),
  ...(wscale === undefined ? [] : [`wscale ${wscale}`]),
  ...(flags.length > 0 ? [flags.join(' ')] : []),
];

export const synproxy: StatementForm<Synproxy> = {
  keys: ['synproxy'],
  read(body, reader) {
    const name = readReference(body, reader);
    if (name) return { kind: 'synproxy', name };
    const fields = reader.fields(body, 'synproxy');
    const terms = readSynproxy(fields);
    fields.finish();
    return { kind: 'synproxy', ...terms };
  },
  words: ['synproxy'],
  parse(parser) {
    if (parser.takeWord('name')) return { kind: 'synproxy', name: parser.expression() };
    return { kind: 'synproxy', ...parseSynproxy(parser) };
  },
  print(statement, printer) {
    if ('name' in statement) return `synproxy name ${printer.reference(statement.name)}`;
    return ['synproxy', ...printSynproxy(statement)].join(' ');
  },
  describe: () => 'synproxy answers',
};
