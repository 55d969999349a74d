import type { Family } from '../../net/address.ts';
import { TCP } from '../../net/packet.ts';
import { OptionError, target } from '../extension.ts';

export interface RejectOptions {
  readonly with: string;
}

/** Name and short name in the order in which iptables tries them; the first that begins with the argument is taken. */
const TYPES: Readonly<Record<Family, readonly (readonly [name: string, short: string])[]>> = {
  ip: [
    ['icmp-net-unreachable', 'net-unreach'],
    ['icmp-host-unreachable', 'host-unreach'],
    ['icmp-port-unreachable', 'port-unreach'],
    ['icmp-proto-unreachable', 'proto-unreach'],
    ['icmp-net-prohibited', 'net-prohib'],
    ['icmp-host-prohibited', 'host-prohib'],
    ['tcp-reset', 'tcp-rst'],
    ['icmp-admin-prohibited', 'admin-prohib'],
  ],
  ip6: [
    ['icmp6-no-route', 'no-route'],
    ['icmp6-adm-prohibited', 'adm-prohibited'],
    ['icmp6-addr-unreachable', 'addr-unreach'],
    ['icmp6-port-unreachable', 'port-unreach'],
    ['tcp-reset', 'tcp-reset'],
    ['icmp6-policy-fail', 'policy-fail'],
    ['icmp6-reject-route', 'reject-route'],
  ],
};

function rejectType(family: Family, text: string): string {
  const wanted = text.toLowerCase();
  const found = TYPES[family].find(names => names.some(name => name.startsWith(wanted)));
  if (!found) throw new OptionError(`unknown reject type "${text}"`);
  return found[0];
}

export const REJECT = target<RejectOptions>({
  name: 'REJECT',
  families: ['ip', 'ip6'],
  options: { '--reject-with': { args: 1 } },
  tables: ['filter'],
  hooks: ['input', 'forward', 'output'],
  parse(given, { family, protocol, protocolInverted }) {
    const text = given.value('--reject-with');
    const type = text === undefined ? `icmp${family === 'ip' ? '' : '6'}-port-unreachable` : rejectType(family, text);
    if (type === 'tcp-reset' && (protocol !== TCP || protocolInverted))
      throw new OptionError('REJECT: tcp-reset needs -p tcp');
    return { with: type };
  },
  print: options => ` --reject-with ${options.with}`,
  describe: options => `reject with ${options.with}`,
  apply: options => ({ kind: 'reject', with: options.with }),
});
