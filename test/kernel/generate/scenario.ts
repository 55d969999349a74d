import type { Family } from '../../../src/net/address.ts';
import type { Load, LoadStep, Owner, Probe } from '../observation.ts';
import { generateLinks } from './native/links.ts';
import { generateNative } from './native/ruleset.ts';
import { generateProbes } from './probes.ts';
import { Random } from './random.ts';
import { type GeneratedRuleset, generateRuleset, restoreText } from './ruleset.ts';
import { generateSets } from './sets.ts';
import { generateRouting, generateSysctls } from './surroundings.ts';

/** Which tools load rules: iptables-nft, iptables-legacy, both of them, nft, or nft beside iptables-nft. */
export type Loader = 'nft' | 'legacy' | 'both' | 'native' | 'beside';

/** One case: what is loaded on the node, and the packets it then meets. A seed and a loader repeat it. */
export interface Scenario {
  readonly seed: number;
  readonly loader: Loader;
  /** The nft tables are loaded before legacy ones ever were: needs a new namespace. */
  readonly fresh: boolean;
  readonly rulesets: readonly GeneratedRuleset[];
  readonly load: Load;
  readonly probes: readonly Probe[];
}

const FAMILIES: readonly Family[] = ['ip', 'ip6'];
/** Of the native rulesets so many have chains below IP. */
const LINKS = 0.4;

export function generateScenario(seed: number, loader: Loader, packets: number): Scenario {
  const random = new Random(seed);
  const sets = generateSets(random.fork('sets'), FAMILIES);
  const fresh = loader === 'both' && random.chance(0.25);
  const owners = ownersOf(loader, loader === 'beside' ? random.chance(0.5) : fresh);
  const below = new Random(seed).fork('below');
  const links = below.chance(LINKS) ? generateLinks(below) : [];
  const rulesets = owners.flatMap(owner =>
    owner === 'nft'
      ? [generateNative(random.fork(owner), links)]
      : FAMILIES.map(family =>
          generateRuleset({ random: random.fork(`${owner} ${family}`), owner, family, sets: sets.sets }),
        ),
  );
  const steps: LoadStep[] = [
    { argv: ['ipset', 'restore'], input: sets.text },
    ...generateRouting(random.fork('routing')),
    ...rulesets.map(ruleset => ({
      argv: [restoreTool(ruleset), ...(ruleset.owner === 'nft' ? ['-f', '-'] : [])],
      input: restoreText(ruleset),
    })),
  ];
  const load = { steps, sysctls: generateSysctls(random.fork('sysctls')) };
  return { seed, loader, fresh, rulesets, load, probes: generateProbes(random.fork('probes'), FAMILIES, packets) };
}

function ownersOf(loader: Loader, nftFirst: boolean): Owner[] {
  if (loader === 'nft') return ['iptables-nft'];
  if (loader === 'legacy') return ['iptables-legacy'];
  if (loader === 'native') return ['nft'];
  if (loader === 'beside') return nftFirst ? ['nft', 'iptables-nft'] : ['iptables-nft', 'nft'];
  return nftFirst ? ['iptables-nft', 'iptables-legacy'] : ['iptables-legacy', 'iptables-nft'];
}

export const restoreTool = ({ owner, family }: GeneratedRuleset): string =>
  owner === 'nft' ? 'nft' : `${family}tables-${owner === 'iptables-nft' ? 'nft' : 'legacy'}-restore`;
