import { PLACES } from '../../topology.ts';
import { ACTIONS, type NativeActor } from './actions.ts';
import { MATCHES, type NativeMaker } from './matches.ts';
import { listed, type NativeSite, only, relation } from './words.ts';

/** What the node calls its own devices. */
export const DEVICES = ['eth0', 'eth1', 'cni0', 'veth1', 'veth2', 'cali1', 'cali2', 'lo'] as const;
const MACS = [...new Set(PLACES.flatMap(({ mac, nodeMac }) => [mac, nodeMac]))];

const framed = ({ below }: NativeSite): boolean => below?.framed ?? false;
const device = ({ random }: NativeSite): string =>
  `${relation(random)}"${random.pick([...DEVICES, 'veth*', 'cali*'])}"`;

/** What asks of connections, sockets and routes stands above, and of devices there are others here. */
const ABOVE = /^(?:ct|fib|socket|iif|oif|sk|pkttype|nfproto)/;

/** What rules of chains below IP ask. */
export const LINK_MATCHES: readonly NativeMaker[] = [
  ...MATCHES.filter(({ name }) => !ABOVE.test(name)),
  { name: 'iifname below', weight: 5, make: site => `iifname ${device(site)}` },
  { name: 'oifname below', weight: 3, make: site => `oifname ${device(site)}` },
  {
    name: 'ether saddr',
    weight: 3,
    when: framed,
    make: ({ random }) => `ether saddr ${relation(random)}${listed(random.some(MACS, 1, 4))}`,
  },
  {
    name: 'ether daddr',
    weight: 3,
    when: framed,
    make: ({ random }) => `ether daddr ${relation(random)}${random.pick(MACS)}`,
  },
  {
    name: 'ether type',
    weight: 2,
    when: framed,
    make: ({ ruleFamily }) => `ether type ${ruleFamily}`,
  },
  {
    name: 'pkttype below',
    weight: 2,
    when: framed,
    make: ({ random }) => `meta pkttype ${relation(random)}${random.pick(['host', 'broadcast', 'multicast', 'other'])}`,
  },
  {
    name: 'fib type below',
    weight: 2,
    when: site => site.family === 'netdev' && only(site, 'ingress'),
    make: ({ random }) =>
      `fib daddr type ${relation(random)}${random.pick(['local', 'unicast', 'broadcast', 'multicast'])}`,
  },
];

/** What rules of chains below IP do. */
export const LINK_ACTIONS: readonly NativeActor[] = ACTIONS.filter(({ name }) => !/^(?:ct|notrack|reject)/.test(name));
