import type { Printer } from '../printer.ts';
import type { Expression } from '../schema.ts';
import { constant } from '../text/constant.ts';
import type { RuleParser } from '../text/rule-parser.ts';
import { addressType } from '../type/keys.ts';
import { named } from '../type/types.ts';

const PORT = named('inet_service');

/** An address, a port or both, as nat and tproxy take them. */
export interface Endpoint {
  readonly address?: Expression;
  readonly port?: Expression;
}

const ADDRESS = /^(?:\[[0-9a-f:.]+\](?:-\[[0-9a-f:.]+\])?|\d+\.\d+\.\d+\.\d+(?:\/\d+)?(?:-[\d.]+)?)(?=:|$)/;

/** `:80-90`, or `:` and an expression. */
function parsePort(parser: RuleParser): Expression | undefined {
  const { kind, text, start } = parser.peek();
  if (!text.startsWith(':') || kind === 'string') return undefined;
  parser.lexer.rewind(start + 1);
  return parser.expression([PORT]);
}

/** `10.0.0.1-10.0.0.9:80`, `[2001:db8::1]:80`, `:80`, or expressions. */
export function parseEndpoint(parser: RuleParser): Endpoint {
  const { kind, text, start } = parser.peek();
  const [word] = kind === 'word' ? (ADDRESS.exec(text) ?? []) : [];
  let address: Expression | undefined;
  if (word !== undefined && word.length < text.length) {
    parser.lexer.rewind(start + word.length);
    address = constant(word.replace(/[[\]]/g, ''), addressType(undefined));
  } else if (!(kind !== 'string' && text.startsWith(':') && !/^::/.test(text))) {
    address = word?.startsWith('[')
      ? constant(parser.word().replace(/[[\]]/g, ''), addressType('ip6'))
      : parser.expression([addressType(undefined), PORT]);
  }
  const port = parsePort(parser);
  return { ...(address && { address }), ...(port && { port }) };
}

/** nft puts IPv6 addresses in brackets where a port follows them. */
export function printEndpoint({ address, port: number }: Endpoint, printer: Printer): string {
  if (!address) return number ? `:${printer.expression(number, [PORT])}` : '';
  const types = [addressType(undefined), PORT];
  if (!number) return printer.expression(address, types);
  const bracketed =
    address.kind === 'range'
      ? `${brackets(printer.expression(address.from))}-${brackets(printer.expression(address.to))}`
      : brackets(printer.expression(address, types));
  return `${bracketed}:${printer.expression(number, [PORT])}`;
}

const brackets = (text: string): string => (/^[0-9a-f]*:[0-9a-f:.]*$/.test(text) ? `[${text}]` : text);
