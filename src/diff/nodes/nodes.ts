import { clusterOf } from '../../cluster/cluster.ts';
import type { Disagreement, ServiceExplained } from '../../explain/answer.ts';
import type { ServiceQuery } from '../../explain/query.ts';
import { explainServices } from '../../explain/services.ts';
import { apiPodNetworks } from '../../kubernetes/objects.ts';
import { suffixOf } from '../../kubernetes/proxy/dispatch.ts';
import { parseNftChain } from '../../kubernetes/proxy/nft-name.ts';
import type { Namespace } from '../../model/namespace.ts';
import type { Table } from '../../model/ruleset.ts';
import { InputError } from '../../model/source.ts';
import { count } from '../../net/count.ts';
import { listingOf } from '../../nft/evaluate/table.ts';
import type { DiffAnswer, MeaningChange, Noted } from '../answer.ts';
import type { DiffOptions } from '../diff.ts';
import { Knowledge } from '../meaning/host.ts';
import { mergeNodes } from '../merge.ts';
import { remarksOfSides } from '../remarks.ts';
import { isFilledByPackets } from '../rules/nft-sets.ts';
import { ofService } from '../service.ts';
import type { Side } from '../side.ts';
import { masqueradeStatements } from './masquerades.ts';
import { compareNodeRules, type Disputed } from './rules.ts';
import { serviceStatements } from './services.ts';
import { routeStatements, sysctlStatements } from './settings.ts';

/**
 * Which nodes of one capture are out of step: held against what most of them have. Throws InputError where there are
 * not two.
 */
export function diffNodes(side: Side, { version, layers, node, service, progress }: DiffOptions): DiffAnswer {
  const nodes = [...side.nodes.values()];
  const names = nodes.map(({ name }) => name);
  if (nodes.length < 2)
    throw new InputError(`${side.path}: only node ${names.join()} in it; two are needed for --nodes`);
  progress?.('services of the nodes');
  const cluster = clusterOf(nodes, side.objects, side.remarks, { outside: side.outside.values() });
  const evidence = { cluster, objects: side.objects, outside: [...side.outside.values()] };
  const explained = explainServices(evidence, 'all', { version });
  const services = service ? explained.services.filter(each => isAsked(each, service)) : explained.services;
  progress?.('rules of the nodes');
  const own = { nodes, podNetworks: apiPodNetworks(side.objects) };
  const masquerades = masqueradeStatements(nodes, new Knowledge(side));
  const found = compareNodeRules(own, disputedOf(explained.services, masquerades));
  const isOf = <T extends { readonly nodes: readonly string[] }>(each: T) =>
    node === undefined || each.nodes.includes(node);
  const { chains } = ofService({ ...EMPTY, chains: found.chains }, service);
  const rules = layers.includes('rules') ? found.chains.filter(each => chains.includes(each) && isOf(each)) : undefined;
  const statements = [
    ...serviceStatements({ services, nodes: service ? [] : explained.nodes }),
    ...merged(masquerades).filter(({ name }) => !service || services.some(each => labelOf(each) === name)),
    ...(service ? [] : [...routeStatements(own), ...sysctlStatements(nodes)]),
  ];
  const meaning = layers.includes('meaning') ? statements.filter(isOf) : undefined;
  return {
    schema: 'chainwalk.diff/1',
    version,
    compares: 'nodes',
    before: side.path,
    after: side.path,
    nodes: names.map(name => ({ name, in: 'both' })),
    different: (rules?.length ?? 0) + (meaning?.length ?? 0) > 0,
    ...(rules && { rules, sets: [] }),
    ...(meaning && { meaning }),
    passedOver: found.same,
    setAside: asideOf(names, found),
    notCompared: notCompared(nodes),
    remarks: remarksOfSides(side),
  };
}

const EMPTY = { chains: [], sets: [], passedOver: { chains: 0, rules: 0 }, setAside: [], notCompared: [] };

const isAsked = ({ namespace, name }: ServiceExplained, asked: ServiceQuery): boolean =>
  namespace === asked.namespace && name === asked.name;

const isBetweenNodes = ({ saidBy, notBy }: Disagreement): boolean =>
  [...saidBy, ...notBy].some(name => name !== 'API') && !(saidBy.join() === 'API' || notBy.join() === 'API');

const labelOf = ({ namespace, name, portName }: ServiceExplained): string =>
  `${namespace}/${name}${portName === undefined ? '' : `:${portName}`}`;

function disputedOf(services: readonly ServiceExplained[], statements: readonly MeaningChange[]): Disputed {
  const named = new Set(statements.map(({ name }) => name));
  const disputed = services.filter(each => named.has(labelOf(each)) || each.disagreements.some(isBetweenNodes));
  const suffixes = disputed.flatMap(({ chains }) =>
    chains.flatMap(name => suffixOf(name) ?? parseNftChain(name)?.suffix ?? []),
  );
  return { labels: new Set(disputed.map(labelOf)), suffixes: new Set(suffixes) };
}

const merged = (statements: readonly MeaningChange[]): MeaningChange[] =>
  mergeNodes(
    statements.flatMap(({ nodes, ...value }) => nodes.map(node => ({ node, key: JSON.stringify(value), value }))),
  );

/** What nodes must have each for itself. */
function asideOf(nodes: readonly string[], found: ReturnType<typeof compareNodeRules>): Noted[] {
  const texts = [
    "addresses, interfaces, neighbours, and the routes to them, are each node's own; so are these addresses in rules",
    ...(found.ofServices > 0
      ? [
          `rules of services about which the nodes agree, for their own endpoints and zones: ${count(found.ofServices, 'chain')}`,
        ]
      : []),
    ...(found.ofPods > 0 ? [`${count(found.ofPods, 'chain')} of pods that run on one of them`] : []),
  ];
  return texts.map(text => ({ nodes, text }));
}

/** Of sets that nobody has made for services, or for packets to fill. */
const hasOwnSets = (table: Table): boolean =>
  table.name !== 'kube-proxy' &&
  [...(listingOf(table)?.sets.values() ?? [])].some(set => !isFilledByPackets(set) && set.elements.length > 0);

function notCompared(nodes: readonly Namespace[]): Noted[] {
  const without = nodes.filter(({ ruleset }) => ruleset.tables.length === 0).map(({ name }) => name);
  const native = nodes.filter(({ ruleset }) => ruleset.tables.some(hasOwnSets)).map(({ name }) => name);
  const sets = nodes.filter(each => each.sets && each.sets.size > 0).map(({ name }) => name);
  return [
    ...(without.length > 0 ? [{ nodes: without, text: 'no rules were captured' }] : []),
    ...(native.length > 0
      ? [{ nodes: native, text: "elements of sets of nft, but for kube-proxy's: these by what they say of services" }]
      : []),
    ...(sets.length > 0 ? [{ nodes: sets, text: 'elements of sets of ipset' }] : []),
  ];
}
