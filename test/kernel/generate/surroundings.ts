import type { LoadStep } from '../observation.ts';
import type { Random } from './random.ts';

/** Policy routing, now and then: rules by mark, source, interface, TOS and uid, and a table for them. */
export function generateRouting(random: Random): LoadStep[] {
  if (!random.chance(0.7)) return [];
  const commands: string[] = [];
  const add = (family: '-4' | '-6', what: string) => commands.push(`${family} ${what}`);
  const usual = random.chance(0.6);
  const table4 = random.some(
    [
      'default via 172.30.5.1 dev eth1',
      '10.96.0.0/16 via 172.30.5.9 dev eth1',
      'blackhole 203.0.113.0/24',
      '192.168.127.0/24 via 10.10.100.209 dev eth0',
      'throw 10.200.0.0/16',
      'local 198.51.100.0/24 dev lo',
    ],
    1,
    3,
  );
  const table6 = random.some(
    [
      'default via fd00:172:30:5::1 dev eth1',
      'fd00:10:96::/64 via fd00:172:30:5::9 dev eth1',
      'blackhole 2001:db8:113::/48',
      'local 2001:db8:51::/64 dev lo',
    ],
    1,
    2,
  );
  const default4 = usual ? ['default via 172.30.5.1 dev eth1'] : [];
  const default6 = usual ? ['default via fd00:172:30:5::1 dev eth1'] : [];
  for (const route of new Set([...default4, ...table4])) add('-4', `route add ${route} table 100`);
  for (const route of new Set([...default6, ...table6])) add('-6', `route add ${route} table 100`);
  const selectors = [
    'fwmark 0x1/0x1',
    'fwmark 0x4000/0x4000',
    'iif cali1',
    'iif lo',
    // Raw sockets are routed without ports, protocol and TOS: these are for packets that come in.
    'iif eth0 tos 0x10',
    'uidrange 1000-1000',
    'iif eth0 ipproto udp dport 80',
  ];
  const marked = random.chance(0.5) ? ['fwmark 0x1/0x1'] : [];
  [...new Set([...marked, ...random.some(selectors, 1, 3)])].forEach((selector, i) => {
    add('-4', `rule add ${selector} lookup 100 pref ${1000 + i}`);
    add('-6', `rule add ${selector} lookup 100 pref ${1000 + i}`);
  });
  if (random.chance(0.3)) add('-4', 'rule add from 192.168.3.10/32 lookup 100 pref 1010');
  if (random.chance(0.2)) add('-4', 'rule add fwmark 0x2/0x2 prohibit pref 1011');
  if (random.chance(0.2)) add('-4', 'rule add fwmark 0x8000/0x8000 unreachable pref 1012');
  const undo = commands.map(command => command.replace(' add ', ' del ')).reverse();
  return ['-4', '-6'].map(family => ({
    argv: ['ip', family, '-b', '-'],
    input: own(commands, family),
    undo: own(undo, family),
  }));
}

const own = (commands: readonly string[], family: string): string =>
  commands
    .filter(c => c.startsWith(family))
    .map(c => `${c.slice(3)}\n`)
    .join('');

/** Switches of the kernel that decide a packet's way. What is not drawn keeps the topology's value. */
export function generateSysctls(random: Random): Record<string, string | number> {
  const drawn: Record<string, string | number> = {};
  const maybe = (probability: number, key: string, values: readonly number[]) => {
    if (random.chance(probability)) drawn[key] = random.pick(values);
  };
  maybe(0.25, 'net.ipv4.conf.all.rp_filter', [1, 2]);
  maybe(0.15, 'net.ipv4.conf.eth1.rp_filter', [1, 2]);
  maybe(0.3, 'net.ipv4.conf.all.route_localnet', [1]);
  maybe(0.15, 'net.ipv4.conf.all.accept_local', [1]);
  maybe(0.15, 'net.ipv4.conf.all.src_valid_mark', [1]);
  maybe(0.06, 'net.ipv4.conf.eth1.forwarding', [0]);
  maybe(0.2, 'net.netfilter.nf_conntrack_tcp_loose', [0]);
  maybe(0.2, 'net.netfilter.nf_conntrack_tcp_be_liberal', [1]);
  maybe(0.1, 'net.netfilter.nf_conntrack_checksum', [0]);
  maybe(0.2, 'net.bridge.bridge-nf-call-iptables', [0]);
  maybe(0.2, 'net.bridge.bridge-nf-call-ip6tables', [0]);
  return drawn;
}
