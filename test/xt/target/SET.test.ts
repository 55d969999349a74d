import { describe, expect, it } from 'vitest';
import type { Packet } from '../../../src/net/packet.ts';
import type { RulePlace } from '../../../src/xt/rule.ts';
import { lookIn, savedSets } from '../ipset/sets.ts';
import { packetOf, readRule, worldOf } from '../rows.ts';

const MANGLE: Partial<RulePlace> = { table: 'mangle' };

describe('-j SET, as iptables 1.8.9 prints and refuses', () => {
  it.each([
    ['--add-set foo src', '--add-set foo src'],
    ['--add-set foo src,dst --exist --timeout 60', '--add-set foo src,dst --exist --timeout 60'],
    ['--add-set foo src --timeout 0x10', '--add-set foo src --timeout 16'],
    ['--add-set foo src --timeout 5 --timeout 6', '--add-set foo src --timeout 6'],
    ['--add-set foo src --timeout 4294967294', '--add-set foo src --timeout 4294967294'],
    ['--exist --add-set foo src --exist', '--add-set foo src --exist'],
    ['--del-set foo src --add-set bar dst', '--add-set bar dst --del-set foo src'],
    [
      '--map-set mk src,dst --map-queue --map-prio --map-mark',
      '--map-set mk src,dst --map-mark --map-prio --map-queue',
    ],
    [
      '--map-set mk src,dst --map-mark --add-set foo src --del-set bar dst,src',
      '--add-set foo src --del-set bar dst,src --map-set mk src,dst --map-mark',
    ],
  ])('%s', (given, printed) => {
    const rule = readRule(`-j SET ${given}`, MANGLE);
    expect(rule.problems).toEqual([]);
    expect(rule.text).toBe(`-j SET ${printed}`);
    expect(readRule(rule.text, MANGLE).text).toBe(rule.text);
  });

  it.each([
    ['', {}],
    ['--del-set foo src --exist', {}],
    ['--del-set foo src --timeout 5', {}],
    ['--add-set foo src --timeout 4294967295', {}],
    ['--add-set foo src --add-set bar dst', {}],
    ['--add-set foo src --map-mark', {}],
    ['--map-set mk src', MANGLE],
    ['--map-set mk src --map-mark', {}],
    ['--map-set mk src --map-mark --map-prio', { table: 'mangle', chain: 'PREROUTING', hook: 'prerouting' as const }],
  ])('refuses %s', (given, place) => {
    expect(readRule(`-j SET ${given}`, place).problems).toHaveLength(1);
  });
});

const sets = savedSets(`
create ip hash:ip family inet
add ip 10.0.0.1
create full hash:ip family inet maxelem 1
add full 10.9.9.9
create forced hash:ip family inet maxelem 1 forceadd
add forced 10.9.9.9
create ipport hash:ip,port family inet
create net hash:net family inet
add net 10.0.0.0/24
add net 10.0.0.0/28 nomatch
create fresh hash:net family inet
create iface hash:net,iface family inet
create ports bitmap:port range 100-1000
create mark hash:ip,mark family inet
create six hash:ip family inet6
create list list:set
add list ipport
add list ip
add list six
create k hash:ip skbinfo
add k 10.0.0.1 skbmark 0x10/0xf0 skbprio 1:a
create plain hash:ip
add plain 10.0.0.1
create ln list:set
add ln k
create ls list:set skbinfo
add ls k skbmark 0x7
create lm list:set
add lm plain
add lm k
`);

const apply = (rule: string, packet: Partial<Packet> = {}) =>
  readRule(`-j SET ${rule}`, MANGLE).statements[0]?.evaluate(
    packetOf({ mark: 0xabc, ...packet }),
    worldOf({ set: lookIn(sets) }),
  );

const member = (action: 'add' | 'del', set: string, key: string) => ({ kind: 'member', action, set, key });

describe('-j SET, as the kernel changes sets', () => {
  it.each([
    ['--add-set ip dst', [member('add', 'ip', '10.0.0.2')]],
    ['--add-set ip src --exist', [member('add', 'ip', '10.0.0.1')]],
    ['--del-set ip src', [member('del', 'ip', '10.0.0.1')]],
    ['--add-set ipport src,dst', [member('add', 'ipport', '10.0.0.1,tcp:80')]],
    ['--add-set fresh src', [member('add', 'fresh', '10.0.0.1')]],
    // The most specific length of the set.
    ['--add-set net src --exist', [member('add', 'net', '10.0.0.0/28')]],
    ['--del-set net dst', [member('del', 'net', '10.0.0.0/28')]],
    ['--add-set iface src,dst', [member('add', 'iface', '10.0.0.1,eth1')]],
    ['--add-set mark src,src', [member('add', 'mark', '10.0.0.1,0x00000abc')]],
    // Of a list, the first set that takes it.
    ['--add-set list src,dst', [member('add', 'ipport', '10.0.0.1,tcp:80')]],
    ['--add-set list dst', [member('add', 'ip', '10.0.0.2')]],
    ['--del-set list src,dst', [member('del', 'ip', '10.0.0.1')]],
    // The deletion sees what was added.
    [
      '--add-set fresh src --del-set fresh src',
      [member('add', 'fresh', '10.0.0.1'), member('del', 'fresh', '10.0.0.1')],
    ],
  ])('%s', (rule, changes) => {
    expect(apply(rule)).toEqual({ kind: 'changes', changes });
  });

  it.each([
    '--add-set ip src',
    '--del-set ip dst',
    '--add-set ipport src',
    '--add-set ports src',
    '--add-set six src',
    '--add-set full src',
    '--add-set missing src',
  ])('%s changes nothing', rule => {
    expect(apply(rule)).toMatchObject({ kind: 'note' });
  });

  it('does not guess which element forceadd puts out', () => {
    expect(apply('--add-set forced src')).toMatchObject({ kind: 'undecided' });
  });
});

// Marks that a following `-m mark` saw on Linux 6.18, the packet's mark being 0xabc.
describe('-j SET --map-set', () => {
  it.each([
    ['k', 0xa1c],
    ['plain', 0xabc],
    ['ln', 0xa1c],
    ['ls', 0x7],
    ['lm', 0xabc],
  ])('--map-set %s src --map-mark', (set, value) => {
    expect(apply(`--map-set ${set} src --map-mark`)).toEqual({
      kind: 'changes',
      changes: [{ kind: 'set', field: 'mark', value }],
    });
  });

  it('maps the class', () => {
    expect(apply('--map-set k src --map-prio')).toEqual({
      kind: 'changes',
      changes: [{ kind: 'set', field: 'priority', value: 0x1000a }],
    });
  });

  it('leaves a packet alone that is not in the set, and decides nothing without the set', () => {
    expect(apply('--map-set k dst --map-mark')).toMatchObject({ kind: 'note' });
    expect(apply('--map-set missing src --map-mark')).toMatchObject({ kind: 'undecided' });
  });
});
