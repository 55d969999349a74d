import { describe, expect, it } from 'vitest';
import type { TraceAnswer } from '../../src/cluster/answer.ts';
import { type Cluster, clusterOf } from '../../src/cluster/cluster.ts';
import { parseDestination, parseEndpoint, type TraceRequest } from '../../src/cluster/request.ts';
import { exitCodeOf, trace } from '../../src/cluster/trace.ts';
import { parseIpset } from '../../src/read/ipset.ts';
import { bare, ECHO, forward, node, SLICES } from './namespaces.ts';

const echo = clusterOf([node(ECHO)], [SLICES]);

function ask(cluster: Cluster, source: string, destination: string, more: Partial<TraceRequest> = {}): TraceAnswer {
  const { endpoint, protocol } = parseDestination(destination);
  const request = { source: parseEndpoint(source, 'source'), destination: endpoint, protocol, ...more };
  return trace(cluster, request, { version: '0' });
}

const fates = ({ outcomes }: TraceAnswer) =>
  outcomes.map(({ probability, disposition, deliveredTo, headedFor, sourceSeen }) => [
    probability,
    disposition,
    (deliveredTo ?? headedFor)?.name ?? (deliveredTo ?? headedFor)?.address,
    sourceSeen?.address,
  ]);

describe('a service', () => {
  it('of two endpoints, asked by a pod', () => {
    const answer = ask(echo, '192.168.2.77:5555', '10.96.0.10:80/udp');
    expect(fates(answer)).toEqual([
      [0.5, 'leaves-the-node', 'default/n1p1', '192.168.2.77'],
      [0.5, 'delivered', 'default/n2p1', '192.168.2.77'],
    ]);
    expect(answer.service).toEqual({ namespace: 'default', name: 'echo', portName: 'p', address: 'cluster IP' });
    expect(answer.from).toEqual({ node: 'n2', kind: 'node', interface: 'cni0', local: false });
    expect(exitCodeOf(answer)).toBe(0);
  });

  it('asked by the endpoint itself is masqueraded there alone', () => {
    expect(fates(ask(echo, '192.168.2.10:5555', '10.96.0.10:80/udp'))).toEqual([
      [0.5, 'leaves-the-node', 'default/n1p1', '192.168.2.10'],
      [0.5, 'delivered', 'default/n2p1', '192.168.2.1'],
    ]);
  });

  it('asked from outside is masqueraded as the address of the device', () => {
    const answer = ask(echo, '10.0.0.9:5555', '10.96.0.10:80/udp');
    expect(fates(answer)).toEqual([
      [0.5, 'leaves-the-node', 'default/n1p1', '10.0.0.2'],
      [0.5, 'delivered', 'default/n2p1', '192.168.2.1'],
    ]);
    expect(
      answer.outcomes[0]?.translations.map(({ kind, field, rule }) => [kind, field, rule?.chain, rule?.number]),
    ).toEqual([
      ['dnat', 'destination', 'KUBE-SEP-A7EDZZMBUYTUZGVD', 2],
      ['masquerade', 'source', 'KUBE-POSTROUTING', 3],
    ]);
    expect(answer.outcomes[0]?.decidedBy).toMatchObject({
      table: 'nat',
      chain: 'KUBE-SEP-A7EDZZMBUYTUZGVD',
      number: 2,
    });
  });

  it('with a pinned endpoint', () => {
    const endpoint = parseEndpoint('192.168.2.10:8080', '--endpoint');
    const answer = ask(echo, '192.168.2.77', '10.96.0.10:80/udp', { endpoint });
    expect(fates(answer)).toEqual([[1, 'delivered', 'default/n2p1', '192.168.2.77']]);
    expect(answer.assumptions.map(({ change }) => change)).toContain('--endpoint');
    const nobody = { endpoint: parseEndpoint('192.168.9.9', '--endpoint') };
    expect(() => ask(echo, '192.168.2.77', '10.96.0.10:80/udp', nobody)).toThrow(
      'the packet ends up at 192.168.1.10:8080, 192.168.2.10:8080',
    );
  });

  it('answers back through the connection that the first packet made', () => {
    const { reply } = ask(echo, '10.0.0.9:5555', '10.96.0.10:80/udp', { reply: true });
    expect(reply?.packet).toMatchObject({
      source: { address: '192.168.1.10', port: 8080 },
      destination: { address: '10.0.0.2' },
    });
    expect(reply?.outcomes).toHaveLength(1);
    expect(reply?.outcomes[0]).toMatchObject({
      disposition: 'leaves-the-node',
      sourceSeen: { address: '10.96.0.10', port: 80 },
      headedFor: { address: '10.0.0.9', port: 5555 },
    });
  });
});

it('says where there is no answer to walk back', () => {
  const answer = ask(clusterOf([node(forward('', 'DROP'))]), '10.0.0.9', '192.168.2.10:80', { reply: true });
  expect(answer.reply).toBeUndefined();
  expect(answer.assumptions.at(-1)?.what).toBe('nobody answers: the packet is not delivered');
});

describe('exit codes', () => {
  it.each([
    ['', 'ACCEPT', 0],
    ['-A FORWARD -d 192.168.2.10/32 -j DROP\n', 'ACCEPT', 1],
    ['', 'DROP', 1],
    ['-A FORWARD -m statistic --mode random --probability 0.50000000000 -j DROP\n', 'ACCEPT', 1],
    // What nobody knows decides.
    ['-A FORWARD -m nosuchmatch --x 1 -j DROP\n', 'ACCEPT', 3],
    // What nobody knows changes nothing.
    ['-A FORWARD -m nosuchmatch --x 1 -j ACCEPT\n', 'ACCEPT', 0],
    ['-A FORWARD -m nosuchmatch --x 1 -j DROP\n-A FORWARD -j DROP\n', 'ACCEPT', 1],
    ['-A FORWARD -j NOSUCHTARGET\n', 'ACCEPT', 3],
  ])('%s policy %s: %i', (rules, policy, code) => {
    const answer = ask(clusterOf([node(forward(rules, policy))]), '10.0.0.9', '192.168.2.10:80');
    expect(exitCodeOf(answer)).toBe(code);
  });

  it('says whether an unknown matters', () => {
    const matters = (rules: string) =>
      ask(clusterOf([node(forward(rules))]), '10.0.0.9', '192.168.2.10:80').unknowns.map(unknown => unknown.matters);
    expect(matters('-A FORWARD -m nosuchmatch --x 1 -j DROP\n')).toEqual([true]);
    const idle = matters('-A FORWARD -m nosuchmatch --x 1 -j ACCEPT\n');
    expect(idle.includes(true)).toBe(false);
  });
});

describe('where it starts', () => {
  const three = clusterOf(
    ['n1', 'n2'].map((name, i) =>
      node(
        ECHO,
        text => (i === 0 ? text.replaceAll('192.168.2', '192.168.7').replaceAll('10.0.0.2', '10.0.0.3') : text),
        name,
      ),
    ),
    [SLICES],
  );

  it.each([
    ['192.168.2.77', 'n2', 'cni0'],
    ['192.168.7.77', 'n1', 'cni0'],
    ['192.168.1.10', 'n1', 'eth0'],
    ['10.0.0.2', 'n2', undefined],
    ['10.0.0.3', 'n1', undefined],
  ])('%s: %s %s', (source, name, iif) => {
    const { from, assumptions } = ask(three, source, '10.96.0.10:80/udp');
    expect(from).toEqual({ node: name, kind: 'node', ...(iif && { interface: iif }), local: iif === undefined });
    expect(assumptions.map(({ change }) => change)).toEqual(expect.arrayContaining(['--node', '--in']));
  });

  it.each([
    ['10.0.0.9', {}, '10.0.0.9 could come to any of the nodes n1, n2; say to which one with --node'],
    ['10.0.0.9', { node: 'n3' }, 'there is no node n3; there is n1, n2'],
    ['10.0.0.9', { node: 'n2', in: 'eth7' }, 'n2 has no interface eth7; it has lo, eth0, cni0'],
  ])('%s %j: %s', (source, more, message) => {
    expect(() => ask(three, source, '10.96.0.10:80/udp', more)).toThrow(message);
  });

  it('says what it took where there are rules alone', () => {
    const { from, assumptions } = ask(clusterOf([bare(ECHO)]), '10.0.0.9', '10.96.0.10:80/udp');
    expect(from).toEqual({ node: 'node', kind: 'node', interface: 'eth0', local: false });
    expect(assumptions.find(({ change }) => change === '--in')?.what).toContain('for want of');
  });

  it('takes --local for the node itself', () => {
    const local = bare(ECHO, { localAddresses: [0x0a000009] });
    expect(ask(clusterOf([local]), '10.0.0.9', '10.96.0.10:80/udp').from.local).toBe(true);
  });
});

describe('MASQUERADE of a node whose addresses nobody captured', () => {
  const masquerade = (family: 'ip' | 'ip6') =>
    bare(
      `# Generated by ${family}tables-save v1.8.9\n*nat\n:PREROUTING ACCEPT [0:0]\n:POSTROUTING ACCEPT [0:0]\n-A POSTROUTING -j MASQUERADE\nCOMMIT\n`,
    );

  it.each([
    ['ip', '10.0.0.9:5555', '10.0.0.8:80', '0.0.0.0'],
    ['ip6', '[fd00::9]:5555', '[fd00::8]:80', '::'],
  ] as const)('%s: %s > %s goes on as %s, and says so', (family, source, destination, own) => {
    const answer = ask(clusterOf([masquerade(family)]), source, destination, { reply: true });
    expect(exitCodeOf(answer)).toBe(0);
    expect(answer.outcomes).toHaveLength(1);
    expect(answer.outcomes[0]?.sourceSeen).toMatchObject({ address: own });
    expect(answer.assumptions).toContainEqual({
      what: `MASQUERADE takes the node's own address, which is not known: ${own} stands for it`,
      change: '--local ADDRESS, or -f a file with the output of `ip addr`',
    });
    expect(answer.reply?.from).toEqual({ node: 'node', kind: 'node', interface: 'eth0', local: false });
    expect(answer.reply?.outcomes[0]?.headedFor?.address).toBe(source.replace(/^\[?(.*?)\]?:5555$/, '$1'));
  });
});

describe('members of a set that could not be read', () => {
  const sets = parseIpset(
    ['asked', 'other'].map(name => `create ${name} hash:ip family inet\nadd ${name} 10.0.0.x\n`).join(''),
    'ipset.txt',
  ).value;
  const remarks = (rules: string) =>
    ask(clusterOf([bare(forward(rules), { sets })]), '10.0.0.9', '10.0.0.8:80').remarks.map(
      ({ file, line }) => `${file}:${line}`,
    );

  it('are remarked on where the set was asked', () => {
    expect(remarks('-A FORWARD -m set --match-set asked src -j DROP\n')).toEqual(['ipset.txt:2']);
    expect(remarks('-A FORWARD -m set --match-set other src -m set --match-set asked src -j DROP\n')).toEqual([
      'ipset.txt:2',
      'ipset.txt:4',
    ]);
  });
});

it('a policy that drops was decided by no rule, whatever chose the destination', () => {
  const save = `${ECHO}${forward('', 'DROP')}`;
  const { outcomes } = ask(clusterOf([node(save)]), '10.0.0.9', '10.96.0.10:80/udp');
  expect(outcomes.map(({ disposition, decidedBy }) => [disposition, decidedBy])).toEqual([
    ['dropped', undefined],
    ['dropped', undefined],
  ]);
});

describe('chains of two owners at one priority', () => {
  const both = (legacy: string, nft: string) => {
    const save = (owner: string, rules: string) => `# Generated by iptables-save v1.8.9 (${owner})\n${forward(rules)}`;
    const one = node(save('legacy', legacy).replace(' (legacy)', ''));
    const two = node(save('nf_tables', nft));
    const tables = [...one.ruleset.tables, ...two.ruleset.tables];
    const { unknowns, outcomes } = ask(clusterOf([{ ...one, ruleset: { tables } }]), '10.0.0.9', '192.168.2.10:80');
    const asked = unknowns.filter(({ what }) => what.includes('registered last'));
    return [asked.map(({ matters, decidesDelivery }) => [matters, decidesDelivery]), outcomes.map(o => o.disposition)];
  };

  it.each([
    ['-A FORWARD -j ACCEPT\n', '-A FORWARD -j DROP\n', [[[false, false]], ['dropped']]],
    ['-A FORWARD -j REJECT\n', '-A FORWARD -j DROP\n', [[[true, false]], ['dropped', 'rejected']]],
    ['-A FORWARD -j ACCEPT\n', '', [[], ['delivered']]],
    ['-A INPUT -j ACCEPT\n', '-A INPUT -j DROP\n', [[], ['delivered']]],
  ])('the walk forks where it cannot tell which runs first: %j and %j', (legacy, nft, expected) => {
    expect(both(legacy, nft)).toEqual(expected);
  });
});

it('judges the answer of a server that the host asks by a service and is itself', () => {
  const own = ECHO.replaceAll('192.168.2.10', '10.0.0.2').replaceAll('192.168.1.10', '10.0.0.2');
  const answer = ask(clusterOf([node(own)]), '10.0.0.2:5555', '10.96.0.10:80/udp', { fromNode: true, reply: true });
  const accepted = { accepted: true, text: 'n2 gets its answer from 10.96.0.10:80, whom it asked' };
  expect(answer.outcomes.map(({ deliveredTo, answered }) => [deliveredTo?.address, answered])).toEqual([
    ['10.0.0.2', accepted],
    ['10.0.0.2', accepted],
  ]);
});
