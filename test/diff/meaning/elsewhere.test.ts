import { expect, it } from 'vitest';
import { comparePolicies, comparePrograms } from '../../../src/diff/meaning/elsewhere.ts';
import { readNamespace } from '../../../src/read/snapshot.ts';

const read = (files: Readonly<Record<string, string>>) =>
  readNamespace(
    'n',
    Object.entries(files).map(([path, text]) => ({ path, text })),
  );

const policies = (text?: string) => read(text === undefined ? {} : { 'ip-xfrm-policy.txt': text }).ipsecPolicies;
const programs = (text?: string) => read(text === undefined ? {} : { 'bpftool-net.txt': text }).packetPrograms;

const OUT = 'src 10.0.0.0/24 dst 10.1.0.0/24 proto tcp dport 80 \n\tdir out priority 7 ptype main \n';
const TUNNEL = '\ttmpl src 1.1.1.1 dst 2.2.2.2\n\t\tproto esp reqid 1 mode tunnel\n';
const XDP = 'xdp:\neth0(2) driver id 198\n\ntc:\n\nflow_dissector:\n\n';

const NAME = 'policy of IPsec out 10.0.0.0/24 > 10.1.0.0/24 port 80, tcp, priority 7';

it.each([
  ['equal, elsewhere in the file', `${OUT}${TUNNEL}`, `\n${OUT}${TUNNEL}`, []],
  ['one that came', '', `${OUT}${TUNNEL}`, [`${NAME}, 1.1.1.1 > 2.2.2.2 came`]],
  [
    'another action',
    OUT,
    OUT.replace('priority', 'action block priority'),
    [`${NAME}, drops came`, `${NAME}, lets pass went`],
  ],
])('policies of IPsec: %s', (_, before, after, texts) => {
  const { statements, notCompared } = comparePolicies(policies(before), policies(after));
  expect([statements.map(({ text }) => text), notCompared]).toEqual([texts, []]);
});

it('programs that came or went', () => {
  const none = 'xdp:\n\ntc:\n\nflow_dissector:\n\n';
  const [came, went] = [comparePrograms(programs(none), programs(XDP)), comparePrograms(programs(XDP), programs(none))];
  expect(came.statements.map(({ text }) => text)).toEqual(['BPF program at xdp of eth0 came']);
  expect(went.statements.map(({ text }) => text)).toEqual(['BPF program at xdp of eth0 went']);
});

it('are not compared where one side tells nothing of them', () => {
  expect(comparePolicies(policies(OUT), policies()).notCompared).toEqual([
    'policies of IPsec: those after were not captured',
  ]);
  expect(comparePrograms(programs(), programs(XDP)).notCompared).toEqual([
    'programs at XDP and tc: those before were not captured',
  ]);
  expect(comparePolicies(policies(), policies())).toMatchObject({ statements: [], notCompared: [] });
});
