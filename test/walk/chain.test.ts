import { describe, expect, it } from 'vitest';
import { machineOf, outcomes, packet, ruleList, walkAll } from './node.ts';

const filter = (rules: string, policy = 'ACCEPT') => `*filter
:INPUT ACCEPT [0:0]
:FORWARD ${policy} [0:0]
:OUTPUT ACCEPT [0:0]
:a - [0:0]
:b - [0:0]
${rules}
COMMIT
`;
const walk = (rules: string, policy?: string) => {
  const [hop] = walkAll(machineOf({ rules: filter(rules, policy) }), [
    { packet: packet('tcp 10.0.0.9:40000 > 10.1.0.2:80') },
  ]);
  if (!hop) throw new Error('no hop');
  return hop;
};

// NETFILTER.md section 2, each reproduced on a kernel.
describe('verdicts', () => {
  it.each([
    [
      'accept inside a jumped chain ends the base chain',
      '-A FORWARD -j a\n-A FORWARD -j DROP\n-A a -j ACCEPT',
      ['filter FORWARD 1', 'filter a 1'],
      'leaves-the-node',
    ],
    [
      'the end of a chain goes on behind the jump',
      '-A FORWARD -j a\n-A FORWARD -j DROP',
      ['filter FORWARD 1', 'filter FORWARD 2'],
      'dropped',
    ],
    [
      'return goes on behind the jump',
      '-A FORWARD -j a\n-A FORWARD -j DROP\n-A a -j RETURN\n-A a -j ACCEPT',
      ['filter FORWARD 1', 'filter a 1', 'filter FORWARD 2'],
      'dropped',
    ],
    [
      'return in a base chain is its policy',
      '-A FORWARD -j RETURN\n-A FORWARD -j DROP',
      ['filter FORWARD 1'],
      'leaves-the-node',
    ],
    [
      'goto skips the rest of its chain',
      '-A FORWARD -j a\n-A FORWARD -j DROP\n-A a -g b\n-A a -j ACCEPT',
      ['filter FORWARD 1', 'filter a 1', 'filter FORWARD 2'],
      'dropped',
    ],
    [
      'goto from a base chain ends in the policy',
      '-A FORWARD -g a\n-A FORWARD -j DROP',
      ['filter FORWARD 1'],
      'leaves-the-node',
    ],
    [
      'a rule without a target goes on',
      '-A FORWARD -m comment --comment x\n-A FORWARD -j DROP',
      ['filter FORWARD 1', 'filter FORWARD 2'],
      'dropped',
    ],
    [
      'a mark set before is seen behind',
      '-A FORWARD -j MARK --set-xmark 0x1/0x1\n-A FORWARD -m mark --mark 0x1 -j DROP',
      ['filter FORWARD 1', 'filter FORWARD 2'],
      'dropped',
    ],
  ])('%s', (_, rules, expected, disposition) => {
    const hop = walk(rules);
    expect(ruleList(hop)).toEqual(expected);
    expect(hop.disposition).toBe(disposition);
  });

  it('takes the policy where no rule decides', () => {
    expect(walk('', 'DROP')).toMatchObject({ disposition: 'dropped', reason: 'policy of filter FORWARD is DROP' });
  });

  it.each([
    ['jumps', '-A FORWARD -j a\n-A a -j b\n-A b -j a'],
    ['gotos', '-A FORWARD -j a\n-A a -g b\n-A b -g a'],
    ['a chain to itself', '-A FORWARD -j a\n-A a -j a'],
  ])('ends a loop of %s, which iptables would refuse', (_, rules) => {
    expect(walk(rules).disposition).toBe('loop');
  });
});

it('jumps to the chain of the rule whose dice fell, though whoever throws them looks at another rule', () => {
  const dice = '-m statistic --mode random --probability 0.50000000000';
  const rules = `-A FORWARD ${dice} -j a\n-A FORWARD ${dice} -j b\n-A a -j ACCEPT\n-A b -j DROP`;
  const machine = machineOf({ rules: filter(rules) });
  const seen: string[] = [];
  const decide = {
    choose: () => {
      for (const { chains } of machine.compiled.namespace.ruleset.tables)
        for (const { rules } of chains.values()) for (const rule of rules) seen.push(rule.statements.join());
      return 0;
    },
  };
  const [hop] = walkAll(machine, [{ packet: packet('tcp 10.0.0.9:40000 > 10.1.0.2:80') }], decide);
  expect(seen).not.toEqual([]);
  expect(hop && ruleList(hop)).toEqual(['filter FORWARD 1', 'filter a 1']);
});

describe('what is not known', () => {
  it.each([
    ['an unknown match forks at a verdict', '-A FORWARD -m nosuch --thing -j DROP', ['dropped', 'leaves-the-node']],
    [
      'an unknown match before a verdict that another match refuses does not',
      '-A FORWARD -s 10.9.9.9/32 -m nosuch -j DROP',
      ['leaves-the-node'],
    ],
    ['an unknown target may do anything or nothing', '-A FORWARD -j NOSUCH', ['leaves-the-node', 'undecided']],
    ['an unknown match without a verdict does not matter', '-A FORWARD -m nosuch', ['leaves-the-node']],
  ])('%s', (_, rules, expected) => {
    const { branches } = outcomes(machineOf({ rules: filter(rules) }), {
      packet: packet('tcp 10.0.0.9:40000 > 10.1.0.2:80'),
    });
    expect(branches.map(b => b.value.disposition)).toEqual(expected);
    if (expected.length > 1) expect(branches.map(b => b.probability)).toEqual([null, null]);
  });
});
