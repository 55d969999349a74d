import { diff } from '../../src/diff/diff.ts';
import type { Side } from '../../src/diff/side.ts';
import { nodeOf, save } from '../diff/sides.ts';

const FILTER = { INPUT: 'ACCEPT', FORWARD: 'ACCEPT', OUTPUT: 'ACCEPT' };
const A = '-A INPUT -s 10.0.0.1/32 -m comment --comment a -j ACCEPT\n';
const SET = (elements: string, flags = '') =>
  `table ip t {\n\tset s {\n\t\ttype ipv4_addr\n${flags}\t\telements = { ${elements} }\n\t}\n\tchain c {\n\t}\n}\n`;

const two = (side: Side, other: Side): Side => ({ ...side, nodes: new Map([...side.nodes, ...other.nodes]) });

const before = nodeOf({
  'iptables-save.txt': save('filter', { ...FILTER, 'X-aaaa': '-' }, `${A}-A X-aaaa -j DROP\n-A OUTPUT -j ACCEPT\n`),
  'nft-list-ruleset.txt': SET('10.0.0.1'),
  'sysctl.txt': 'net.ipv4.ip_forward = 0\nkernel.pid_max = 1\n',
  'ipset-save.txt': 'create i hash:ip\n',
});
const after = nodeOf({
  'iptables-save.txt': save(
    'filter',
    { ...FILTER, FORWARD: 'DROP', 'X-bbbb': '-' },
    `${A.replace('comment a', 'comment b')}-A X-bbbb -j DROP\n-A OUTPUT -j DROP\nnot a line\n`,
  ),
  'nft-list-ruleset.txt': SET('10.0.0.2', '\t\tflags interval\n'),
  'sysctl.txt': 'net.ipv4.ip_forward = 1\nkernel.pid_max = 2\n',
});

const fates = (rules: string) =>
  nodeOf({
    'iptables-save.txt': save(
      'filter',
      { ...FILTER, OWN: '-' },
      `-A FORWARD -m addrtype --dst-type LOCAL -j OWN\n${rules}`,
    ),
  });

/** Who sends it nobody knows. */
const owned = (target: string) =>
  nodeOf({ 'iptables-save.txt': save('filter', FILTER, `-A OUTPUT -m owner --uid-owner 1000 -j ${target}\n`) });

/** Answers that have every field between them. */
export const DIFFS = [
  diff(two(before, nodeOf({}, 'gone')), two(after, nodeOf({}, 'new')), { version: '1', layers: ['rules', 'meaning'] }),
  diff(before, after, { version: '1', layers: ['fate'] }),
  diff(owned('DROP'), owned('REJECT'), { version: '1', layers: ['fate'] }),
  diff(fates(''), fates('-A OWN -j DROP\n-A FORWARD -m nosuchmatch --x 1 -j DROP\n'), {
    version: '1',
    layers: ['fate'],
  }),
];
