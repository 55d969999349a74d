import { type Advertisement, failedSessions, type Peer, type Plan, planFor } from '../../kubernetes/metallb.ts';
import { childOf, itemsOf } from '../../kubernetes/objects.ts';
import { type Address, formatAddress, formatEndpoint } from '../../net/address.ts';
import { prefixLength } from '../../net/prefix.ts';
import { type JsonObject, objectsField, stringField } from '../../read/json.ts';
import type { Announced } from '../announced.ts';
import type { ReasonAnswer } from '../answer.ts';
import type { Cluster } from '../cluster.ts';
import { isTunnel } from '../owners.ts';
import { routeTo } from '../towards.ts';

/** What MetalLB was told to do with a load balancer's address, and what became of that. */
export function plannedBy(cluster: Cluster, address: Address): ReasonAnswer[] {
  const known = cluster.announced.get(address);
  const plan = known?.kind === 'load balancer address' ? planFor(cluster.objects, address) : undefined;
  if (!known || !plan) return [];
  return [...told(cluster, address, plan), ...promised(known.bgp)].map(reason => ({ kind: 'silent', ...reason }));
}

interface Said {
  readonly text: string;
  readonly file?: string;
  readonly line?: number;
}

const names = (list: readonly Advertisement[]): string =>
  list.map(({ by, name }) => `${by === 'bgp' ? 'BGPAdvertisement' : 'L2Advertisement'} ${name}`).join(', ');

function told(cluster: Cluster, address: Address, { pool, advertisements, peers }: Plan): Said[] {
  const text = formatAddress(address);
  if (!pool) return [{ text: `${text} is in no IPAddressPool of MetalLB: it announces it nowhere` }];
  const layer2 = advertisements.filter(({ by }) => by === 'layer2');
  if (advertisements.length === 0)
    return [
      { text: `${text} is of MetalLB's pool ${pool.name}, which no advertisement is about: nobody announces it` },
    ];
  if (layer2.length > 0)
    return [
      { text: `${text} is of MetalLB's pool ${pool.name} (${names(layer2)}): a speaker should answer, and none did` },
    ];
  return [
    {
      text: `${text} is of MetalLB's pool ${pool.name}, announced by BGP alone (${names(advertisements)}): no node answers ${typeof address === 'number' ? 'ARP' : 'neighbour solicitations'} for it`,
    },
    ...peers.flatMap(peer => sessionWith(cluster, address, peer)),
    ...withoutArp(cluster),
  ];
}

/** What is known of the sessions with a router: that it refused them, that it has learnt no route. */
function sessionWith({ logs, objects, owners }: Cluster, address: Address, peer: Peer): Said[] {
  const at = formatEndpoint(peer.address, peer.port);
  const failed = failedSessions(logs).filter(session => session.peer === at);
  const [first] = failed;
  const speakers = failed.map(({ log }) => speakerNode(objects, log) ?? log);
  const router = owners.withAddress(peer.address)[0]?.host;
  const route = router && routeTo(router.namespace, address);
  const learnt = route !== undefined && (prefixLength(route.destination) ?? 0) > 0 && route.nexthops[0]?.gateway;
  return [
    ...(first
      ? [
          {
            text: `no BGP session with ${at} (BGPPeer ${peer.name}) from ${speakers.join(', ')}: ${first.error}`,
            file: first.file,
            line: first.line,
          },
        ]
      : []),
    ...(router && !learnt
      ? [{ text: `${router.name}, which has that peer's address, has learnt no route to ${formatAddress(address)}` }]
      : []),
  ];
}

const speakerNode = (objects: readonly unknown[], log: string): string | undefined => {
  for (const pod of itemsOf(objects, 'Pod'))
    if (stringField(childOf(pod, 'metadata'), 'name') === log) return stringField(childOf(pod, 'spec'), 'nodeName');
  return undefined;
};

/** Nodes whose own addresses are on links without ARP: there nobody can announce an address in layer 2. */
function withoutArp({ hosts, objects }: Cluster): Said[] {
  const own = new Set([...itemsOf(objects, 'Node')].flatMap(internalAddresses));
  const links = hosts.flatMap(({ namespace }) =>
    (namespace.interfaces ?? []).flatMap(link =>
      isTunnel(link) && link.addresses.some(({ address }) => own.has(formatAddress(address))) ? [link.name] : [],
    ),
  );
  const devices = [...new Set(links)].join(', ');
  return devices === ''
    ? []
    : [{ text: `the nodes' own addresses are on ${devices}, a link without ARP: nobody can be asked there` }];
}

const internalAddresses = (node: JsonObject): string[] =>
  objectsField(childOf(node, 'status'), 'addresses').flatMap(each =>
    stringField(each, 'type') === 'InternalIP' ? (stringField(each, 'address') ?? []) : [],
  );

/** Events say what a speaker meant to do, not that a session came up. */
const promised = (by: Announced['bgp']): Said[] =>
  by.length === 0
    ? []
    : [
        {
          text: `MetalLB's events (nodeAssigned) say that ${by.map(({ node }) => node).join(', ')} announce it by BGP: they say so before any session is up`,
        },
      ];
