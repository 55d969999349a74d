import type { StatementForm } from '../form.ts';
import type { Reject } from '../schema.ts';
import { constant } from '../text/constant.ts';
import { named } from '../type/types.ts';

const KINDS = ['icmpx', 'icmpv6', 'icmp'] as const;
const CODES = { icmp: named('icmp_code'), icmpv6: named('icmpv6_code'), icmpx: named('icmpx_code') };

export const reject: StatementForm<Reject> = {
  keys: ['reject'],
  read(body, reader) {
    const fields = reader.fields(body, 'reject');
    const type = fields.optionalWord('type', ['tcp reset', ...KINDS]);
    const code = fields.optionalExpression('expr');
    fields.finish();
    return { kind: 'reject', ...(type && { type }), ...(code && { code }) };
  },
  words: ['reject'],
  parse(parser) {
    if (!parser.takeWord('with')) return usual(parser.scope.family);
    if (parser.takeWord('tcp')) {
      parser.keyword('reset');
      return { kind: 'reject', type: 'tcp reset' };
    }
    const type = parser.takeOneOf(KINDS) ?? parser.fail('expected icmp, icmpv6, icmpx or tcp reset');
    // Before 1.0 `type` stands between them.
    parser.takeWord('type');
    return { kind: 'reject', type, code: constant(parser.word('code'), CODES[type]) };
  },
  print({ type, code }, printer) {
    if (type === undefined) return 'reject';
    if (type === 'tcp reset') return 'reject with tcp reset';
    const usualCode = code?.kind === 'value' && code.value === 'port-unreachable';
    if (usualCode && type === usual(printer.family).type) return 'reject';
    return `reject with ${type}${printer.style.old ? ' type' : ''}${code ? ` ${printer.expression(code, [CODES[type]])}` : ''}`;
  },
  describe: (statement, printer) => reject.print(statement, printer),
};

/** What a bare `reject` answers with in a family. */
function usual(family: string): Reject {
  const type = family === 'ip' ? 'icmp' : family === 'ip6' ? 'icmpv6' : 'icmpx';
  return { kind: 'reject', type, code: { kind: 'value', value: 'port-unreachable' } };
}
