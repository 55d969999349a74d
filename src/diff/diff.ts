import { candidatesOf, patternOf, type ServiceQuery } from '../explain/query.ts';
import type { ChainChange, DiffAnswer, DiffNode, FateLayer, MeaningChange, SetChange } from './answer.ts';
import { type ComparedHost, fateLayer } from './fate-layer.ts';
import { compareHost, compareServicesOf, Knowledge } from './meaning/host.ts';
import { type Aside, type Statement, statement, type Told } from './meaning/statement.ts';
import { chainKey, mergeNodes, noted, notedAsides, type OfNode } from './merge.ts';
import { remarksOfSides } from './remarks.ts';
import { compareRulesets, type RulesDiff } from './rules/ruleset.ts';
import { ofService } from './service.ts';
import { servicePackets } from './service-packets.ts';
import { pairHosts, type Side } from './side.ts';

export const LAYERS = ['rules', 'meaning', 'fate'] as const;
export type Layer = (typeof LAYERS)[number];

export interface DiffOptions {
  readonly version: string;
  readonly layers: readonly Layer[];
  /** Look at this node alone. */
  readonly node?: string | undefined;
  /** Look at what is about this service alone. */
  readonly service?: ServiceQuery | undefined;
  /** Walks on each node; undefined: as many as usually do. */
  readonly budget?: number | undefined;
  readonly progress?: ((text: string) => void) | undefined;
}

/** What changed between two captures: in their rules, and what that means. */
export function diff(before: Side, after: Side, options: DiffOptions): DiffAnswer {
  const { version, layers, node, service, progress } = options;
  const { pairs, removed, added } = pairHosts(before.nodes, after.nodes);
  const asked = node === undefined ? pairs : pairs.filter(({ name }) => name === node);
  const whole: ComparedHost[] = [];
  for (const pair of asked) {
    progress?.(`rules of ${pair.name}`);
    whole.push({ pair, rules: compareRulesets(pair.before, pair.after) });
  }
  const compared = whole.map(({ pair, rules }) => ({ pair, rules: ofService(rules, service) }));
  const rules = layers.includes('rules') ? rulesLayer(compared) : undefined;
  const meaning = layers.includes('meaning')
    ? meaningLayer(before, after, compared, { lone: node === undefined ? { removed, added } : NOBODY, options })
    : undefined;
  const fate = layers.includes('fate') ? fateOf(before, after, whole, options) : undefined;
  const sum = (of: (rules: RulesDiff) => number) => compared.reduce((all, { rules }) => all + of(rules), 0);
  const aside = compared.flatMap(({ pair, rules }) => rules.setAside.map(text => ({ node: pair.name, text })));
  const open = compared.flatMap(({ pair, rules }) => rules.notCompared.map(text => ({ node: pair.name, text })));
  return {
    schema: 'chainwalk.diff/1',
    version,
    compares: 'captures',
    before: before.path,
    after: after.path,
    nodes: [
      ...asked.map(({ name }): DiffNode => ({ name, in: 'both' })),
      ...removed.map((name): DiffNode => ({ name, in: 'before' })),
      ...added.map((name): DiffNode => ({ name, in: 'after' })),
    ],
    different: isDifferent(rules, meaning?.statements) || (fate?.changed.length ?? 0) > 0,
    ...(rules && { rules: rules.chains, sets: rules.sets }),
    ...(meaning && { meaning: meaning.statements }),
    ...(fate && { fate }),
    passedOver: {
      chains: sum(({ passedOver }) => passedOver.chains),
      rules: sum(({ passedOver }) => passedOver.rules),
    },
    setAside: [...noted(aside), ...notedAsides(meaning?.setAside ?? [])],
    notCompared: noted([...open, ...(meaning?.notCompared ?? [])]),
    remarks: remarksOfSides(before, after),
  };
}

function fateOf(before: Side, after: Side, compared: Compared, options: DiffOptions): FateLayer {
  const { service, budget, progress } = options;
  const known = [new Knowledge(before), new Knowledge(after)] as const;
  const within = service && ((host: ComparedHost) => servicePackets(host, service, known));
  return fateLayer(compared, { within, budget, progress });
}

const NOBODY = { removed: [], added: [] };

type Compared = readonly ComparedHost[];

interface RulesLayer {
  readonly chains: readonly ChainChange[];
  readonly sets: readonly SetChange[];
}

function rulesLayer(compared: Compared): RulesLayer {
  const each = <T>(of: (rules: RulesDiff) => readonly T[], key: (value: T) => string): OfNode<T>[] =>
    compared.flatMap(({ pair, rules }) => of(rules).map(value => ({ node: pair.name, key: key(value), value })));
  return {
    chains: mergeNodes(each(({ chains }) => chains, chainKey)),
    sets: mergeNodes(
      each(
        ({ sets }) => sets,
        value => JSON.stringify(value),
      ),
    ),
  };
}

interface NodeText {
  readonly node: string;
  readonly text: string;
}

interface MeaningLayer {
  readonly statements: readonly MeaningChange[];
  readonly setAside: readonly { readonly node: string; readonly aside: Aside }[];
  readonly notCompared: readonly NodeText[];
}

function meaningLayer(
  before: Side,
  after: Side,
  compared: Compared,
  {
    lone,
    options,
  }: { readonly lone: { removed: readonly string[]; added: readonly string[] }; readonly options: DiffOptions },
): MeaningLayer {
  const { service, node, progress } = options;
  const known = [new Knowledge(before), new Knowledge(after)] as const;
  const statements: OfNode<Statement>[] = [];
  const setAside: { readonly node: string; readonly aside: Aside }[] = [];
  const notCompared: NodeText[] = [];
  const api = known.flatMap(side => side.api);
  const wanted = service && patternOf(service, candidatesOf(service, api));
  const put = (host: string, told: Told) => {
    for (const value of told.statements)
      if (!service || isAbout(value, service)) statements.push({ node: host, key: JSON.stringify(value), value });
    setAside.push(...told.setAside.map(aside => ({ node: host, aside })));
    notCompared.push(...told.notCompared.map(text => ({ node: host, text })));
  };
  for (const name of lone.removed)
    statements.push(ofHost(name, statement('node', name)('went', `node ${name} is not in ${after.path}`)));
  for (const name of lone.added) statements.push(ofHost(name, statement('node', name)('came', `node ${name} is new`)));
  for (const { pair, rules } of compared) {
    progress?.(`meaning of ${pair.name}`);
    put(pair.name, compareServicesOf(pair, rules, known, wanted));
    if (!service) put(pair.name, compareHost(pair, known));
  }
  if (!service && node === undefined)
    for (const pair of pairHosts(before.outside, after.outside).pairs) put(pair.name, compareHost(pair, known));
  return { statements: mergeNodes(statements), setAside, notCompared };
}

const ofHost = (node: string, value: Statement): OfNode<Statement> => ({ node, key: JSON.stringify(value), value });

function isAbout({ subject, name }: Statement, { namespace, name: own }: ServiceQuery): boolean {
  return subject === 'service' && (name === `${namespace}/${own}` || name.startsWith(`${namespace}/${own}:`));
}

/** A chain that only has a new name does what it did. */
function isDifferent(rules: RulesLayer | undefined, meaning: readonly MeaningChange[] | undefined): boolean {
  const chains = rules?.chains.some(({ kind }) => kind !== 'renamed') ?? false;
  return chains || (rules?.sets.length ?? 0) > 0 || (meaning?.length ?? 0) > 0;
}
