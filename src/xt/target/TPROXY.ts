import { type Address, familyOf, formatEndpoint, parseAddress } from '../../net/address.ts';
import { hex, type Masked } from '../../net/mark.ts';
import { TCP, UDP } from '../../net/packet.ts';
import { servicePort } from '../../net/service.ts';
import { OptionError, target } from '../extension.ts';
import { parseInteger, parseMasked } from '../numbers.ts';

export interface TproxyOptions {
  /** 0: the packet's own. */
  readonly port: number;
  /** The unspecified address: the first one of the incoming interface. */
  readonly address: Address;
  readonly mark: Masked;
}

function portOf(text: string, protocol: number): number {
  const port = /^\d+$/.test(text) ? parseInteger(text.replace(/^0+(?=\d)/, ''), 0) : servicePort(text, protocol);
  if (port === undefined) throw new OptionError(`Port "${text}" does not resolve to anything.`);
  return port & 0xffff;
}

export const TPROXY = target<TproxyOptions>({
  name: 'TPROXY',
  families: ['ip', 'ip6'],
  options: { '--on-port': { args: 1 }, '--on-ip': { args: 1 }, '--tproxy-mark': { args: 1 } },
  tables: ['mangle'],
  hooks: ['prerouting'],
  parse(given, { family, protocol, protocolInverted }) {
    const text = given.value('--on-ip');
    const address = text === undefined ? (family === 'ip' ? 0 : 0n) : parseAddress(text);
    if (address === undefined || familyOf(address) !== family)
      throw new OptionError(`TPROXY: bad address for option "--on-ip": ${text}`);
    const port = portOf(given.required('--on-port'), protocol);
    if ((protocol !== TCP && protocol !== UDP) || protocolInverted)
      throw new OptionError('TPROXY: needs -p tcp or -p udp');
    return {
      port,
      address,
      mark: given.has('--tproxy-mark') ? parseMasked(given, '--tproxy-mark') : { value: 0, mask: 0 },
    };
  },
  print: ({ port, address, mark }) =>
    ` --on-port ${port} --on-ip ${formatEndpoint(address)} --tproxy-mark ${hex(mark.value)}/${hex(mark.mask)}`,
  describe: ({ port, address }) =>
    `to the local proxy at ${BigInt(address) === 0n ? `port ${port}` : formatEndpoint(address, port)}`,
  apply: ({ port, address, mark }, packet) => ({
    kind: 'tproxy',
    ...(BigInt(address) !== 0n && { address }),
    port: port || (packet.dport ?? 0),
    mark,
  }),
});
