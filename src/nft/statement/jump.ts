import type { StatementForm } from '../form.ts';
import type { Jump } from '../schema.ts';

/** `jump` and `goto`. */
const leading = (kind: Jump['kind']): StatementForm<Jump> => ({
  keys: [kind],
  read(body, reader) {
    const fields = reader.fields(body, kind);
    const target = fields.string('target');
    fields.finish();
    return { kind, target };
  },
  words: [kind],
  parse(parser) {
    if (parser.isMark('{')) return { kind, target: '', rules: parser.rulesInPlace() };
    return { kind, target: parser.name('name of a chain') };
  },
  print: ({ target, rules }, printer) => `${kind} ${rules ? printer.block(rules) : target}`,
  describe: ({ target, rules }) => `${kind} ${rules ? `to ${rules.length} rules in place` : target}`,
});

export const jump = leading('jump');
export const goTo = leading('goto');
