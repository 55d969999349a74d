import { describe, expect, it } from 'vitest';
import { clusterOf } from '../../src/cluster/cluster.ts';
import { parseDestination, parseEndpoint } from '../../src/cluster/request.ts';
import { trace } from '../../src/cluster/trace.ts';
import { editRules } from '../../src/cluster/whatif.ts';
import { readNamespace } from '../../src/read/snapshot.ts';

const LIST = `table ip t { # handle 1
	set bad { # handle 2
		type ipv4_addr
		elements = { 10.0.0.66 }
	}

	map ports { # handle 3
		type inet_service : verdict
		elements = { 80 : goto web, 443 : drop }
	}

	chain in { # handle 4
		type filter hook input priority filter; policy accept;
		ip saddr @bad drop # handle 7
		tcp dport vmap @ports # handle 8
		tcp dport 22 counter packets 3 bytes 180 accept comment "ssh" # handle 9
		reject # handle 10
	}

	chain web { # handle 5
		ip saddr 10.0.0.9 drop # handle 11
		accept # handle 12
	}
}
table ip6 t {
	chain in {
		type filter hook input priority filter; policy drop;
	}
}
`;
const node = (name: string) =>
  readNamespace(name, [
    { path: `nodes/${name}/nft-list-ruleset.txt`, text: LIST },
    {
      path: `nodes/${name}/ip-addr.txt`,
      text: '2: eth0: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500\n    link/ether 02:00:00:00:00:02 brd ff:ff:ff:ff:ff:ff\n    inet 10.0.0.2/24 scope global eth0\n',
    },
  ]);
const NODES = [node('n1'), node('n2')];

function ask(edits: { without?: readonly string[]; with?: readonly string[] }, port: number, source = '10.0.0.9') {
  const { nodes, changes } = editRules(NODES, { without: edits.without ?? [], with: edits.with ?? [] });
  const { endpoint, protocol } = parseDestination(`10.0.0.2:${port}`);
  const { outcomes, assumptions } = trace(
    clusterOf(nodes, [], [], { changes }),
    { source: parseEndpoint(`${source}:5555`, 's'), destination: endpoint, protocol, node: 'n2' },
    { version: '0' },
  );
  return {
    fate: outcomes.map(({ disposition, decidedBy }) => [
      disposition,
      decidedBy && `${decidedBy.chain} ${decidedBy.number}`,
    ]),
    changes: assumptions.filter(({ change }) => change.startsWith('--with')).map(({ what }) => what),
  };
}

describe('of nft, nothing changed', () => {
  it.each([
    [80, '10.0.0.9', 'dropped', 'web 1'],
    [22, '10.0.0.9', 'delivered', undefined],
    [25, '10.0.0.9', 'rejected', 'in 4'],
    [80, '10.0.0.66', 'dropped', 'in 1'],
  ])('%i from %s', (port, source, disposition, rule) => {
    expect(ask({}, port, source).fate).toEqual([[disposition, rule]]);
  });
});

describe('of nft, --without', () => {
  it.each([
    't web 1',
    'ip t web 1',
    'n2: ip t web handle 11',
    'nft delete rule ip t web handle 11',
    't web ip saddr 10.0.0.9 drop',
    't web ip  saddr 10.0.0.9  drop',
    `nodes/n2/nft-list-ruleset.txt:${LIST.split('\n').findIndex(line => line.includes('handle 11')) + 1}`,
  ])('%s', words => {
    const { fate, changes } = ask({ without: [words] }, 80);
    expect(fate).toEqual([['delivered', undefined]]);
    expect(changes).toHaveLength(1);
    expect(changes[0]).toMatch(/^without (?:n1: t web 1, )?n2: t web 1$/);
  });

  it.each([
    ['t in tcp dport vmap @ports', 80, 'rejected', 'in 4'],
    ['t in tcp dport vmap @ports', 22, 'delivered', undefined],
    ['t in tcp dport 22 counter packets 3 bytes 180 accept comment "ssh"', 22, 'rejected', 'in 4'],
  ])('%s, port %i', (words, port, disposition, rule) => {
    expect(ask({ without: [words] }, port).fate).toEqual([[disposition, rule]]);
  });

  it('keeps the numbers of the listing', () => {
    expect(ask({ without: ['t in 1'] }, 25).fate).toEqual([['rejected', 'in 4']]);
  });

  it.each(['t web 9', 'ip6 t web 1', 't web handle 1', 't nowhere 1', 'u web 1', 't in vmap @ports'])(
    '%s is refused',
    words => {
      expect(() => ask({ without: [words] }, 80)).toThrow('no rule is');
    },
  );
});

describe('of nft, --with', () => {
  it.each([
    ['ip t in accept', 25, 'rejected', 'in 4'],
    ['insert rule ip t in tcp dport 25 accept', 25, 'delivered', undefined],
    ['nft insert rule t in ip saddr 10.0.0.0/24 drop', 22, 'dropped', 'in 1'],
    ['nft add rule t web counter', 80, 'dropped', 'web 1'],
    ['add rule ip t in handle 7 goto web', 22, 'dropped', 'web 1'],
    ['insert rule ip t in index 2 tcp dport ssh drop', 22, 'dropped', 'in 3'],
    ['insert rule ip t in index 2 tcp dport ssh drop', 80, 'dropped', 'web 1'],
    ['insert rule ip t in tcp dport { 25, 26 } ip saddr != @bad drop', 25, 'dropped', 'in 1'],
    ['n1: insert rule ip t in drop', 22, 'delivered', undefined],
    ['insert rule ip t in drop comment "goto nowhere: mail me@home"', 22, 'dropped', 'in 1'],
  ])('%s, port %i', (words, port, disposition, rule) => {
    expect(ask({ with: [words] }, port).fate).toEqual([[disposition, rule]]);
  });

  it('says where', () => {
    expect(ask({ with: ['n2: insert rule ip t in drop'] }, 22).changes).toEqual([
      'with nft insert rule ip t in drop on n2',
    ]);
  });

  it.each([
    ['ip t nowhere drop', 'no table ip t of nft has a chain nowhere'],
    ['inet t in drop', 'no table inet t of nft has a chain in'],
    ['ip t in jump nowhere', 'has no chain nowhere'],
    ['ip t in ip saddr @nobody drop', 'has no set nobody'],
    ['ip t in tcp dport vmap { 80 : goto web, 81 : goto nowhere }', 'has no chain nowhere'],
    ['ip t in ip saddr @bad ip daddr @nobody drop', 'has no set nobody'],
    ['ip t in tcp dprot 80 drop', 'not understood'],
    ['ip t in drop }', 'not understood'],
    ['ip t in drop\ndrop', 'is no rule'],
    ['insert rule ip t in handle 99 drop', 'no rule with handle 99'],
    ['insert rule ip t in index 9 drop', 'no rule with index 9'],
  ])('%s is refused', (words, message) => {
    expect(() => ask({ with: [words] }, 80)).toThrow(message);
  });
});
