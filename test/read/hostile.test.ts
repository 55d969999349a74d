import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { InputError } from '../../src/model/source.ts';
import { parseIptablesSave } from '../../src/read/iptables-save.ts';
import { readNamespace, readSnapshot } from '../../src/read/snapshot.ts';

/** The beginnings of every format, so that what follows gets past the detection. */
const SEEDS = [
  '*nat\n:PREROUTING ACCEPT [0:0]\n:__proto__ - [0:0]\n-A PREROUTING -j __proto__\n-A __proto__ -j __proto__\nCOMMIT\n',
  '-P INPUT ACCEPT\n-N constructor\n-A constructor -g constructor\n',
  'Chain INPUT (policy ACCEPT 0 packets, 0 bytes)\n pkts bytes target     prot opt in     out     source               destination\n    0     0 LOG        all  --  *      *       0.0.0.0/0            0.0.0.0/0            LOG flags 0 level 4 prefix "x"\n',
  'table ip __proto__ {\n}\n',
  '1: lo: <UP> mtu 65536 group default\n    link/loopback 00:00:00:00:00:00\n    inet 127.0.0.1/8 scope host lo\n',
  '[{"ifindex":1,"ifname":"__proto__","addr_info":[{"local":"::1"}]}]',
  'default via 10.0.0.1 dev eth0 \n10.0.0.0/8 \n\tnexthop via 10.0.0.1 dev eth0 weight 1 \n',
  '[{"dst":"default","gateway":"10.1.0.254","dev":"dm0","flags":[]}]',
  '0:	from all lookup local\n5:	not from 10.0.0.0/8 fwmark 1/2 lookup __proto__\n',
  '[{"priority":0,"src":"all","table":"local"}]',
  '10.0.0.1 dev eth0 lladdr 02:00:00:00:00:01 REACHABLE \n',
  '? (10.0.0.1) at 02:00:00:00:00:01 [ether] on eth0\n',
  '33:33:00:00:00:01 dev eth0 self permanent\n',
  'tcp 6 9 CLOSE src=1.1.1.1 dst=2.2.2.2 sport=1 dport=2 src=2.2.2.2 dst=1.1.1.1 sport=2 dport=1 mark=0 use=1\n',
  'create __proto__ hash:ip family inet timeout 0\nadd __proto__ 1.2.3.4 comment "x"\n',
  'Name: a\nType: hash:ip\nHeader: family inet\nMembers:\n1.2.3.4\n',
  'net.ipv4.ip_forward = 1\n',
  'src=127.0.0.1 ttl: 64 last_seen: 4295436483 oldest_pkt: 1 4295436381\n',
];
const NAMES = [
  'paste',
  'ip-neigh.txt',
  'ip6tables-nft-save-c.txt',
  'iptables-t-nat-nvL.txt',
  'xt_recent/__proto__',
  'nodes/__proto__/ipset-save.txt',
  'snapshot.json',
  'x.rp_filter',
];

const junk = fc.oneof(
  fc.string({ maxLength: 80 }),
  fc.string({ unit: 'binary', maxLength: 80 }),
  fc.constantFrom(
    '\0',
    '\n',
    '"',
    ' -j ',
    '-A __proto__ ',
    '! ',
    '[',
    '{',
    '\\',
    '/* ',
    ' -m comment --comment ',
    'x'.repeat(5000),
    '9'.repeat(400),
    ' '.repeat(3000),
  ),
);
/** A seed of which a part is cut out and something else put in its place. */
const damaged = fc
  .tuple(fc.constantFrom(...SEEDS), fc.nat(400), fc.nat(60), junk)
  .map(
    ([seed, at, cut, text]) =>
      seed.slice(0, at % (seed.length + 1)) + text + seed.slice((at % (seed.length + 1)) + cut),
  );
const texts = fc.oneof(
  junk,
  damaged,
  fc.array(damaged, { maxLength: 4 }).map(parts => parts.join('\n')),
);

describe('any text at all', () => {
  it('is read, remarked or refused', () => {
    fc.assert(
      fc.property(fc.array(fc.record({ path: fc.constantFrom(...NAMES), text: texts }), { maxLength: 4 }), files => {
        try {
          const { nodes, outside } = readSnapshot(files);
          for (const namespace of [...nodes.values(), ...outside.values()])
            for (const table of namespace.ruleset.tables)
              for (const chain of table.chains.values())
                for (const rule of chain.rules) expect(rule.text).toMatch(/^-A /);
        } catch (error) {
          if (!(error instanceof InputError)) throw error;
        }
      }),
      { numRuns: 1500 },
    );
  });

  it('a save that is cut off anywhere is read as far as it goes, and says that it is cut off', () => {
    const save = SEEDS[0] ?? '';
    for (let end = 1; end < save.length - 'COMMIT\n'.length; end++) {
      const { tables, remarks } = parseIptablesSave(save.slice(0, end), 'f');
      if (tables.length > 0) expect(remarks.some(r => r.text.includes('cut off'))).toBe(true);
    }
  });

  it('long lines and many lines take no time that anyone notices', () => {
    const start = performance.now();
    for (const seed of SEEDS)
      for (const unit of ['a', ' ', 'x.', '! ', '[a', '\n', '-\n', '1: ', '(', '/* ', 'tcp dpt:1 '])
        readNamespace('n', [{ path: 'paste', text: seed.trimEnd() + unit.repeat(30_000 / unit.length) }]);
    expect(performance.now() - start).toBeLessThan(20_000);
  });
});
