import { join } from 'node:path';
import { clusterOf } from '../../src/cluster/cluster.ts';
import { readFolder } from '../../src/commands/files.ts';
import { explainAddress } from '../../src/explain/address.ts';
import { explainChain } from '../../src/explain/chain.ts';
import { list } from '../../src/explain/list.ts';
import { explainMark } from '../../src/explain/mark.ts';
import { parseServiceQuery } from '../../src/explain/query.ts';
import { explainRule } from '../../src/explain/rule.ts';
import { type Evidence, explainServices } from '../../src/explain/services.ts';
import { parseAddress } from '../../src/net/address.ts';
import { readNamespace, readSnapshot } from '../../src/read/snapshot.ts';
import { FIXTURE, ROOT } from './run.ts';

export async function captured(folder = FIXTURE): Promise<Evidence> {
  const { nodes, cluster, outside } = readSnapshot(await readFolder(join(ROOT, folder)));
  const objects = cluster.filter(({ path }) => path.endsWith('.json')).map(({ text }) => JSON.parse(text));
  const hosts = [...outside.values()];
  return { cluster: clusterOf(nodes.values(), objects, [], { outside: hosts }), objects, outside: hosts };
}

/** A node whose services are virtual servers, and one whose endpoint chain translates to nothing. */
function rare(): Evidence {
  const ipvs = `*nat
:PREROUTING ACCEPT [0:0]
:KUBE-SERVICES - [0:0]
-A PREROUTING -j KUBE-SERVICES
-A KUBE-SERVICES -m set --match-set KUBE-CLUSTER-IP dst,dst -j ACCEPT
COMMIT
`;
  const odd = `*nat
:PREROUTING ACCEPT [0:0]
:KUBE-SERVICES - [0:0]
:KUBE-SVC-AAAAAAAAAAAAAAAA - [0:0]
:KUBE-SEP-BBBBBBBBBBBBBBBB - [0:0]
-A PREROUTING -j KUBE-SERVICES
-A KUBE-SERVICES -d 10.96.0.1/32 -p tcp -m tcp --dport 80 -j KUBE-SVC-AAAAAAAAAAAAAAAA
-A KUBE-SVC-AAAAAAAAAAAAAAAA -j KUBE-SEP-BBBBBBBBBBBBBBBB
COMMIT
`;
  const nodes = [
    readNamespace('virtual', [{ path: 'iptables.txt', text: ipvs }]),
    readNamespace('odd', [{ path: 'iptables.txt', text: odd }]),
  ];
  return { cluster: clusterOf(nodes), objects: [], outside: [] };
}

/** An answer of each kind, and the table of docs/json.md that it is to be of. */
export async function explainAnswers(): Promise<(readonly [answer: unknown, type: string])[]> {
  const evidence = await captured();
  const nodes = [...evidence.cluster.nodes.values()];
  const rules = { ...evidence, cluster: clusterOf(nodes), objects: [] };
  const version = '1';
  const silent = await captured('fixtures/stories/2-nobody-announces/a-bgp-refused');
  const router = await captured('fixtures/stories/4-nftables-api-server/a-as-in-the-article');
  return [
    ...['web', 'local', 'fwsticky', 'itplocal', 'empty', 'dual', 'headless'].flatMap(name => {
      const query = parseServiceQuery(`default/${name}`);
      if (name === 'headless') return [];
      return [[explainServices(evidence, query, { version }), 'services'] as const];
    }),
    [explainServices(silent, parseServiceQuery('default/nginx'), { version }), 'services'],
    [explainAddress(silent, parseAddress('192.168.5.1') ?? 0, version), 'addressUses'],
    [explainRule([...router.cluster.nodes.values()], { chain: 'prerouting', number: 1 }, version), 'ruleParts'],
    [explainServices(rules, 'all', { version }), 'services'],
    [explainServices(rare(), 'all', { version }), 'services'],
    [explainRule(nodes, { chain: 'KUBE-SERVICES', number: 3 }, version), 'ruleParts'],
    [explainChain(nodes, 'KUBE-POSTROUTING', version), 'chainParts'],
    [explainChain(nodes, 'KUBE-SVC-446JGJO3FXDO7OFC', version), 'chainParts'],
    [explainChain(nodes, 'INPUT', version), 'chainParts'],
    [explainAddress(evidence, parseAddress('10.10.100.240') ?? 0, version), 'addressUses'],
    [explainAddress(rare(), parseAddress('10.96.0.1') ?? 0, version), 'addressUses'],
    [explainMark(nodes, 0x4001, version), 'markParts'],
    [list(evidence, 'services', undefined, version), 'listOfServices'],
    [list(rare(), 'nodes', undefined, version), 'listOfNodes'],
    [list(evidence, 'nodes', undefined, version), 'listOfNodes'],
    [list(evidence, 'chains', 'n1', version), 'listOfChains'],
    [list(evidence, 'addresses', undefined, version), 'listOfAddresses'],
  ];
}
