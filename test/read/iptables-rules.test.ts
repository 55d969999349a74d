import { describe, expect, it } from 'vitest';
import { parseIptablesRules } from '../../src/read/iptables-rules.ts';
import { printIptablesSave } from '../../src/read/iptables-save.ts';

const printed = (text: string, hints = {}) => {
  const { tables, remarks } = parseIptablesRules(text, 'f', hints);
  for (const table of tables) table.forget();
  return { text: printIptablesSave(tables, false), remarks: remarks.map(r => r.text), tables };
};

describe('iptables -S', () => {
  it('reads what iptables -S prints, of the table that the hints name', () => {
    const { text, remarks } = printed(
      '-P INPUT DROP\n-N KUBE-FIREWALL\n-A INPUT -j KUBE-FIREWALL\n-A KUBE-FIREWALL -m comment --comment "a b" -j DROP\n',
      {
        table: 'filter',
      },
    );
    expect(text).toBe(
      '*filter\n:INPUT DROP\n:KUBE-FIREWALL -\n-A INPUT -j KUBE-FIREWALL\n-A KUBE-FIREWALL -m comment --comment "a b" -j DROP\nCOMMIT\n',
    );
    expect(remarks).toEqual([]);
  });

  it('-v: counters of rules and chains', () => {
    const { tables } = printed('-P INPUT ACCEPT -c 5 60\n-A INPUT -m comment --comment "x -c 1 2" -c 7 80 -j DROP', {
      table: 'filter',
    });
    const chain = tables[0]?.chains.get('INPUT');
    expect(chain?.counters).toEqual({ packets: 5n, bytes: 60n });
    expect(chain?.rules.at(0).counters).toEqual({ packets: 7n, bytes: 80n });
    expect(chain?.rules.at(0).text).toBe('-A INPUT -m comment --comment "x -c 1 2" -j DROP');
  });

  it.each([
    ['-P INPUT ACCEPT\n-P FORWARD ACCEPT\n-P OUTPUT ACCEPT', 'filter'],
    ['-P PREROUTING ACCEPT\n-P INPUT ACCEPT\n-P OUTPUT ACCEPT\n-P POSTROUTING ACCEPT', 'nat'],
    ['-P PREROUTING ACCEPT\n-P INPUT ACCEPT\n-P FORWARD ACCEPT\n-P OUTPUT ACCEPT\n-P POSTROUTING ACCEPT', 'mangle'],
    ['-P PREROUTING ACCEPT\n-P OUTPUT ACCEPT', 'raw'],
    ['-N KUBE-SEP-X\n-A KUBE-SEP-X -p tcp -m tcp -j DNAT --to-destination 10.0.0.1:80', 'nat'],
  ])('judges the table, and says so: %s', (text, table) => {
    const reading = printed(text);
    expect(reading.tables[0]?.name).toBe(table);
    expect(reading.remarks[0]).toContain(`read as ${table}`);
  });

  it('reads the prompt that shows the command', () => {
    const text =
      '[root@n1 ~]# iptables -t nat -S\n-P PREROUTING ACCEPT\n# iptables -S\n-P INPUT ACCEPT\n-A INPUT -j DROP\n';
    const { tables, remarks } = printed(text);
    expect(tables.map(t => t.name)).toEqual(['nat', 'filter']);
    expect(remarks).toEqual([]);
  });

  it('two listings in one file are two tables', () =>
    expect(
      printed(
        '-P INPUT ACCEPT\n-P FORWARD ACCEPT\n-P OUTPUT ACCEPT\n-P PREROUTING ACCEPT\n-P INPUT ACCEPT\n-P OUTPUT ACCEPT\n-P POSTROUTING ACCEPT',
      ).tables.length,
    ).toBe(2));
});

describe('lists of commands', () => {
  it('reads what iptables-restore reads: -N, -I with and without a number', () => {
    const { text } = printed(
      '* nat\n-N A\n-A A -j ACCEPT\n-I A -j RETURN\n-I A 2 -j DROP\n-A PREROUTING -j A\nCOMMIT\n',
    );
    expect(
      text
        .split('\n')
        .filter(l => l.startsWith('-A A'))
        .sort(),
    ).toEqual(['-A A -j ACCEPT', '-A A -j DROP', '-A A -j RETURN']);
    const chain = printed(
      '* nat\n-N A\n-A A -j ACCEPT\n-I A -j RETURN\n-I A 2 -j DROP\nCOMMIT\n',
    ).tables[0]?.chains.get('A');
    expect([...(chain?.rules ?? [])].map(r => r.text)).toEqual(['-A A -j RETURN', '-A A -j DROP', '-A A -j ACCEPT']);
  });

  it('reads shell lines, with the table of each', () => {
    const { tables } = printed(
      "iptables -t nat -N A\nsudo iptables -w 5 -A FORWARD -m comment --comment 'a b' -j DROP\niptables -t nat -A A -j RETURN\n",
    );
    expect(tables.map(t => t.name)).toEqual(['nat', 'filter']);
  });

  it.each([
    ['-A NOWHERE -j ACCEPT', 'a rule of a chain that is not declared: NOWHERE'],
    ['-N A\n-D A -j ACCEPT', 'not followed: -D A -j ACCEPT'],
    ['-N A\n-A A -j ACCEPT\n-F A', 'not followed, it stands behind rules: -F A'],
    ['hello', 'not a line of iptables -S: hello'],
  ])('remarks: %s', (text, remark) => expect(printed(text).remarks).toContain(remark));

  it('says that it takes an unsaid policy for ACCEPT', () =>
    expect(printed('-A INPUT -j DROP', { table: 'filter' }).remarks).toEqual([
      'the policy of INPUT is not said; read as ACCEPT',
    ]));
});
