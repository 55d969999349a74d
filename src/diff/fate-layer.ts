import type { Namespace } from '../model/namespace.ts';
import type { Address } from '../net/address.ts';
import type { FateChanged, FateLayer, FateUndecided, FateWay } from './answer.ts';
import { type Box, fateDiff, type PacketSet, type Share, wayWords } from './fate/fate.ts';
import { boxWords } from './fate/words.ts';
import { type NodeFates, summarise } from './fate-summary.ts';
import { mergeNodes, noted, type OfNode } from './merge.ts';
import type { RulesDiff } from './rules/ruleset.ts';
import type { HostPair } from './side.ts';

export interface FateOptions {
  /** Only packets of these are asked about. */
  readonly within?: ((host: ComparedHost) => readonly Box[]) | undefined;
  /** Walks on each node, of both sides together. */
  readonly budget?: number | undefined;
  readonly progress?: ((text: string) => void) | undefined;
}

/** A host, and what became of its rules. */
export interface ComparedHost {
  readonly pair: HostPair;
  readonly rules: RulesDiff;
}

/** Which first packets of connections each node treats differently; nodes that do so alike are put together. */
export function fateLayer(compared: readonly ComparedHost[], { within, budget, progress }: FateOptions): FateLayer {
  const changed: OfNode<Omit<FateChanged, 'nodes'>>[] = [];
  const undecided: OfNode<Omit<FateUndecided, 'nodes'>>[] = [];
  const everything: { node: string; text: string }[] = [];
  const assumptions: { node: string; text: string }[] = [];
  const fates: NodeFates[] = [];
  let [classes, walks, complete] = [0, 0, true];
  for (const host of compared) {
    const { pair, rules } = host;
    const { name: node, before, after } = pair;
    progress?.(`fate of packets at ${node}`);
    const found = fateDiff({
      before,
      after,
      rules,
      ...(within && { within: within(host) }),
      ...(budget !== undefined && { budget }),
      progress: done => {
        if (done % 500 < 2) progress?.(`fate of packets at ${node}: ${done} walks`);
      },
    });
    fates.push({
      node,
      found,
      addresses: new Set(addressesOf(before).filter(own => addressesOf(after).includes(own))),
    });
    classes += found.classes;
    walks += found.walks;
    complete &&= found.complete;
    const words = ({ boxes }: PacketSet) => boxes.map(box => boxWords(box, found.interfaces));
    for (const { packets, before, after, condition } of found.changed)
      changed.push(
        ofNode(node, {
          packets: words(packets),
          before: before.map(wayAnswer),
          after: after.map(wayAnswer),
          ...(condition !== undefined && { condition }),
        }),
      );
    for (const { packets, why } of found.undecided) undecided.push(ofNode(node, { packets: words(packets), why }));
    if (found.everything !== undefined) everything.push({ node, text: found.everything });
    if (found.classes > 0) assumptions.push(...found.assumptions.map(text => ({ node, text })));
  }
  return {
    classes,
    walks,
    summary: summarise(fates),
    changed: mergeNodes(changed),
    undecided: mergeNodes(undecided),
    complete,
    everything: noted(everything),
    assumptions: noted(assumptions),
  };
}

const addressesOf = ({ interfaces = [], localAddresses }: Namespace): Address[] => [
  ...interfaces.flatMap(({ addresses }) => addresses.map(({ address }) => address)),
  ...localAddresses,
];

const ofNode = <T extends object>(node: string, value: T): OfNode<T> => ({ node, key: JSON.stringify(value), value });

function wayAnswer({ probability, way }: Share): FateWay {
  const { disposition, decidedBy } = way;
  return {
    probability,
    disposition,
    text: wayWords(way),
    ...(decidedBy && {
      decidedBy: { table: decidedBy.table, chain: decidedBy.chain, number: decidedBy.rule.number },
    }),
  };
}
