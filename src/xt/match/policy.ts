import { type Truth, unknown } from '../../model/truth.ts';
import { formatAddress } from '../../net/address.ts';
import { hex } from '../../net/mark.ts';
import type { Packet } from '../../net/packet.ts';
import { type Prefix, parsePrefix, prefixLength, prefixOf } from '../../net/prefix.ts';
import { parseProtocol, protocolName } from '../../net/protocol.ts';
import { match, OptionError, type RuleContext } from '../extension.ts';
import type { Given, GivenOption } from '../given.ts';
import { parseInteger } from '../numbers.ts';
import { requireHook } from '../require.ts';

interface Field<T> {
  readonly value: T;
  readonly inverted: boolean;
}

export interface PolicyElement {
  readonly reqid?: Field<number>;
  readonly spi?: Field<number>;
  readonly proto?: Field<number>;
  readonly mode?: Field<'transport' | 'tunnel'>;
  readonly destination?: Field<Prefix>;
  readonly source?: Field<Prefix>;
}

export interface PolicyOptions {
  readonly direction: 'in' | 'out';
  readonly policy: 'ipsec' | 'none';
  readonly strict: boolean;
  readonly elements: readonly PolicyElement[];
}

const MAX_DEPTH = 4;
const IPSEC: readonly number[] = [50, 51, 108];

function numberField(option: GivenOption): Field<number> {
  const value = parseInteger(option.args[0] ?? '');
  if (value === undefined) throw new OptionError(`policy: bad value for option "${option.name}"`);
  return { value, inverted: option.inverted };
}

function protocolField({ args, inverted }: GivenOption): Field<number> {
  const value = parseProtocol(args[0] ?? '');
  if (value === undefined || !IPSEC.includes(value))
    throw new OptionError('policy match: protocol must be ah/esp/ipcomp');
  return { value, inverted };
}

function modeField({ args, inverted }: GivenOption): Field<'transport' | 'tunnel'> {
  const value = args[0];
  if (value !== 'transport' && value !== 'tunnel') throw new OptionError(`policy match: invalid mode "${value}"`);
  return { value, inverted };
}

/** Host bits stay. Of a mask that is no prefix length iptables keeps nothing but the address. */
function tunnelField({ name, args, inverted }: GivenOption, context: RuleContext): Field<Prefix> {
  const prefix = parsePrefix(args[0] ?? '');
  if (prefix?.family !== context.family) throw new OptionError(`policy: bad value for option "${name}": ${args[0]}`);
  return { value: prefixLength(prefix) === undefined ? prefixOf(prefix.address) : prefix, inverted };
}

function elementsOf(given: Given, context: RuleContext): PolicyElement[] {
  let element: { -readonly [K in keyof PolicyElement]: PolicyElement[K] } = {};
  const elements = [element];
  const once = (option: GivenOption, present: unknown) => {
    if (present !== undefined) throw new OptionError(`policy match: double ${option.name} option`);
  };
  for (const option of given.options) {
    if (option.name === '--reqid') {
      once(option, element.reqid);
      element.reqid = numberField(option);
    } else if (option.name === '--spi') {
      once(option, element.spi);
      element.spi = numberField(option);
    } else if (option.name === '--proto') {
      once(option, element.proto);
      element.proto = protocolField(option);
    } else if (option.name === '--mode') {
      once(option, element.mode);
      element.mode = modeField(option);
    } else if (option.name === '--tunnel-dst') {
      once(option, element.destination);
      element.destination = tunnelField(option, context);
    } else if (option.name === '--tunnel-src') {
      once(option, element.source);
      element.source = tunnelField(option, context);
    } else if (option.name === '--next') {
      if (elements.length === MAX_DEPTH) throw new OptionError('policy match: maximum policy depth reached');
      element = {};
      elements.push(element);
    }
  }
  return elements;
}

function parse(given: Given, context: RuleContext): PolicyOptions {
  const direction = given.value('--dir');
  if (direction !== 'in' && direction !== 'out')
    throw new OptionError(
      direction === undefined ? 'policy match: no --dir' : `policy_match: invalid dir "${direction}"`,
    );
  requireHook(
    `policy --dir ${direction}`,
    context,
    direction === 'in' ? ['prerouting', 'input', 'forward'] : ['forward', 'output', 'postrouting'],
  );
  const policy = given.value('--pol') ?? 'ipsec';
  if (policy !== 'ipsec' && policy !== 'none') throw new OptionError(`policy match: invalid policy "${policy}"`);
  const strict = given.has('--strict');
  if (policy === 'none' && strict) throw new OptionError('policy match: policy none but --strict given');
  if (given.has('--next') && !strict) throw new OptionError('policy: option "--next" also requires "--strict".');
  const elements = elementsOf(given, context);
  for (const [i, element] of elements.entries()) {
    if (strict && Object.keys(element).length === 0) throw new OptionError(`policy match: empty policy element ${i}`);
    if ((element.source || element.destination) && (element.mode?.value !== 'tunnel' || element.mode.inverted))
      throw new OptionError('policy match: --tunnel-src/--tunnel-dst is only valid in tunnel mode');
  }
  return { direction, policy, strict, elements: policy === 'none' ? [] : elements };
}

function printPrefix(prefix: Prefix): string {
  const length = prefixLength(prefix);
  const whole = prefix.family === 'ip' ? 32 : 128;
  return `${formatAddress(prefix.address)}${length === undefined || length === whole ? '' : `/${length}`}`;
}

function printElement({ reqid, spi, proto, mode, destination, source }: PolicyElement): string {
  const one = <T>(option: string, field: Field<T> | undefined, text: (value: T) => string | number) =>
    field ? `${field.inverted ? ' !' : ''} --${option} ${text(field.value)}` : '';
  return [
    one('reqid', reqid, value => value),
    one('spi', spi, hex),
    one('proto', proto, value => protocolName(value) ?? value),
    one('mode', mode, value => value),
    one('tunnel-dst', destination, printPrefix),
    one('tunnel-src', source, printPrefix),
  ].join('');
}

function evaluate({ direction, policy, strict, elements }: PolicyOptions, packet: Packet): Truth {
  if (!packet.ipsec) return unknown('whether IPsec carries the packet is not known', 'ip xfrm policy; ip xfrm state');
  if (!packet.ipsec[direction]) return policy === 'none';
  if (policy === 'none') return false;
  const asksNothing = !strict && elements.every(element => Object.keys(element).length === 0);
  return asksNothing || unknown('the IPsec policy of the packet is not known', 'ip xfrm policy; ip xfrm state');
}

const field = { args: 1, invert: true, multi: true } as const;

export const policy = match<PolicyOptions>({
  name: 'policy',
  families: ['ip', 'ip6'],
  options: {
    '--dir': { args: 1 },
    '--pol': { args: 1 },
    '--strict': { args: 0 },
    '--reqid': field,
    '--spi': field,
    '--tunnel-src': field,
    '--tunnel-dst': field,
    '--proto': field,
    '--mode': field,
    '--next': { args: 0, multi: true },
  },
  parse,
  print: ({ direction, policy, strict, elements }) =>
    ` --dir ${direction} --pol ${policy}${strict ? ' --strict' : ''}${elements.map(printElement).join(' --next')}`,
  describe: ({ direction, policy }) =>
    `${policy === 'none' ? 'without' : 'with'} IPsec ${direction === 'in' ? 'on arrival' : 'on leaving'}`,
  evaluate,
});
