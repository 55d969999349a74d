import { type Truth, unknown } from '../../model/truth.ts';
import { formatIpv6, type Ipv6, parseIpv6 } from '../../net/address.ts';
import type { Packet } from '../../net/packet.ts';
import { match, OptionError } from '../extension.ts';
import type { Given } from '../given.ts';
import { integerOption, rangeOption } from '../numbers.ts';

interface Inverted {
  readonly inverted: boolean;
}

export interface RtOptions {
  readonly type?: Inverted & { readonly value: number };
  readonly segmentsLeft?: Inverted & { readonly min: number; readonly max: number };
  readonly length?: Inverted & { readonly value: number };
  readonly reserved: boolean;
  readonly addresses: readonly Ipv6[];
  readonly notStrict: boolean;
}

const MAX = 0xffffffff;
const MAX_ADDRESSES = 16;
const ROUTING = 43;

function parseAddresses(text: string | undefined): readonly Ipv6[] {
  if (text === undefined) return [];
  const addresses = text.split(',', MAX_ADDRESSES + 1).map(part => {
    const address = parseIpv6(part);
    if (address === undefined) throw new OptionError(`bad address: ${part}`);
    return address;
  });
  if (addresses.length > MAX_ADDRESSES) throw new OptionError('too many addresses specified');
  return addresses;
}

/** --rt-0-res and --rt-0-addrs must come after `--rt-type 0`, --rt-0-not-strict after --rt-0-addrs. */
function checkOrder(given: Given, typeIsZero: boolean): void {
  const position = (name: string) => given.options.findIndex(option => option.name === name);
  for (const name of ['--rt-0-res', '--rt-0-addrs'])
    if (given.has(name) && !(typeIsZero && position('--rt-type') < position(name)))
      throw new OptionError(`\`--rt-type 0' required before \`${name}'`);
  if (!given.has('--rt-0-not-strict')) return;
  if (!given.has('--rt-0-addrs') || position('--rt-0-not-strict') < position('--rt-0-addrs'))
    throw new OptionError("`--rt-0-addr ...' required before `--rt-0-not-strict'");
}

function parse(given: Given): RtOptions {
  const number = (name: string) =>
    given.has(name) ? { value: integerOption(given, name), inverted: given.inverted(name) } : undefined;
  const type = number('--rt-type');
  const length = number('--rt-len');
  const [min, max] = given.has('--rt-segsleft') ? rangeOption(given, '--rt-segsleft', MAX) : [0, MAX];
  checkOrder(given, type?.value === 0 && !type.inverted);
  return {
    ...(type && { type }),
    ...(given.has('--rt-segsleft') && { segmentsLeft: { min, max, inverted: given.inverted('--rt-segsleft') } }),
    ...(length && { length }),
    reserved: given.has('--rt-0-res'),
    addresses: parseAddresses(given.value('--rt-0-addrs')),
    notStrict: given.has('--rt-0-not-strict'),
  };
}

function print({ type, segmentsLeft, length, reserved, addresses, notStrict }: RtOptions): string {
  const bang = (item: Inverted) => (item.inverted ? ' !' : '');
  let out = type ? `${bang(type)} --rt-type ${type.value}` : '';
  if (segmentsLeft && !(segmentsLeft.min === 0 && segmentsLeft.max === MAX)) {
    const { min, max } = segmentsLeft;
    out += `${bang(segmentsLeft)} --rt-segsleft ${min === max ? min : `${min}:${max}`}`;
  }
  if (length) out += `${bang(length)} --rt-len ${length.value}`;
  if (reserved) out += ' --rt-0-res';
  if (addresses.length > 0) out += ` --rt-0-addrs ${addresses.map(formatIpv6).join(',')}`;
  return notStrict ? `${out} --rt-0-not-strict` : out;
}

/** Whether a packet has a routing header; what stands in it nobody told. */
export function routingHeader(packet: Packet): Truth {
  const headers = packet.extensionHeaders;
  if (!headers) return unknown('the IPv6 extension headers of the packet are not known');
  return headers.includes(ROUTING);
}

export const rt = match<RtOptions>({
  name: 'rt',
  families: ['ip6'],
  options: {
    '--rt-type': { args: 1, invert: true },
    '--rt-segsleft': { args: 1, invert: true },
    '--rt-len': { args: 1, invert: true },
    '--rt-0-res': { args: 0 },
    '--rt-0-addrs': { args: 1 },
    '--rt-0-not-strict': { args: 0 },
  },
  parse,
  print,
  describe: options => `with an IPv6 routing header${print(options).replace(/ --rt-/g, ', ')}`,
  evaluate(options, packet) {
    const present = routingHeader(packet);
    if (present !== true) return present;
    return print(options) === '' && !options.segmentsLeft?.inverted
      ? true
      : unknown('the IPv6 routing header of the packet is not known');
  },
});
