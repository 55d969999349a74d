import type { StatementForm } from '../form.ts';
import type { Nat } from '../schema.ts';
import type { RuleParser } from '../text/rule-parser.ts';
import { parseEndpoint, printEndpoint } from './endpoint.ts';
import { parseNatFlags, printNatFlags } from './nat-flags.ts';

/** What stands between the family and `to`. */
function parseTypeFlags(parser: RuleParser): readonly string[] {
  const flags: string[] = [];
  if (parser.takeWord('interval')) flags.push('interval');
  if (parser.takeWord('addr')) {
    parser.mark('.');
    parser.keyword('port');
    flags.push('concat');
  }
  if (parser.takeWord('prefix')) flags.push('prefix');
  return flags;
}

const WORDS: ReadonlyMap<string, string> = new Map([
  ['interval', 'interval'],
  ['concat', 'addr . port'],
  ['prefix', 'prefix'],
]);

const translating = (kind: Nat['kind']): StatementForm<Nat> => ({
  keys: [kind],
  read(body, reader) {
    const fields = reader.fields(body, kind);
    const family = fields.optionalWord('family', ['ip', 'ip6']);
    const address = fields.optionalExpression('addr');
    const port = fields.optionalExpression('port');
    const flags = fields.strings('flags');
    const typeFlags = fields.strings('type_flags');
    fields.finish();
    return { kind, flags, typeFlags, ...(family && { family }), ...(address && { address }), ...(port && { port }) };
  },
  words: [kind],
  parse(parser) {
    const family = parser.takeOneOf(['ip', 'ip6']);
    const typeFlags = parseTypeFlags(parser);
    const endpoint = parser.takeWord('to') ? parseEndpoint(parser) : {};
    const given = parseNatFlags(parser);
    const flags = typeFlags.includes('prefix') && !given.includes('netmap') ? ['netmap', ...given] : given;
    return { kind, flags, typeFlags, ...(family && { family }), ...endpoint };
  },
  print({ family, typeFlags, flags, ...endpoint }, printer) {
    const words = typeFlags.map(flag => ` ${WORDS.get(flag) ?? flag}`).join('');
    const to = endpoint.address || endpoint.port ? ` to ${printEndpoint(endpoint, printer)}` : '';
    return `${kind}${family ? ` ${family}` : ''}${words}${to}${printNatFlags(flags)}`;
  },
  describe: (statement, printer) => `${kind.toUpperCase()} to ${printEndpoint(statement, printer)}`,
});

export const snat = translating('snat');
export const dnat = translating('dnat');
