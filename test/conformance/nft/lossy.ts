import type { Fact } from './facts.ts';

/** What nft's own output of a ruleset leaves out in one of its formats. */
interface Loss {
  readonly name: string;
  readonly reason: string;
  holds(what: string, text: string, json: string): boolean;
}

const NOTHING: ReadonlySet<string> = new Set(['null', '[]', 'false']);

export const LOSSES: readonly Loss[] = [
  {
    name: 'device',
    reason: 'JSON of nft 1.0.6 leaves out the device of chains in netdev and of ingress in inet',
    holds: (what, _, json) => what === 'device' && json === '[]',
  },
  {
    name: 'comments of tables and chains',
    reason: 'JSON of nft 1.0.6 leaves them out',
    holds: (what, _, json) => (what === 'table comment' || what === 'chain comment') && NOTHING.has(json),
  },
  {
    name: 'dormant and owner',
    reason: "JSON of nft 1.0.6 has the name of the table's first object in the place of its flags",
    holds: (what, _, json) => what === 'table flags' && json === '[]',
  },
  {
    name: 'dynamic',
    reason: "JSON of nft 1.0.6 leaves this one of a set's flags out",
    holds: (what, text, json) =>
      what === 'set flags' && json === JSON.stringify([...JSON.parse(text)].filter(flag => flag !== 'dynamic')),
  },
  {
    name: 'auto-merge',
    reason: 'JSON of nft 1.0.6 leaves it out',
    holds: (what, _, json) => what === 'auto-merge' && json === 'false',
  },
];

export interface Comparison {
  readonly same: number;
  /** How often each loss was met. */
  readonly lost: ReadonlyMap<string, number>;
  readonly differences: readonly string[];
}

/** Holds what the text of a ruleset says against what its JSON says. */
export function compare(text: ReadonlyMap<string, Fact>, json: ReadonlyMap<string, Fact>): Comparison {
  const lost = new Map<string, number>();
  const differences: string[] = [];
  let same = 0;
  for (const key of new Set([...text.keys(), ...json.keys()])) {
    const [a, b] = [text.get(key), json.get(key)];
    const loss = a && b && a.value !== b.value && LOSSES.find(({ holds }) => holds(a.what, a.value, b.value));
    if (a && b && a.value === b.value) same++;
    else if (loss) lost.set(loss.name, (lost.get(loss.name) ?? 0) + 1);
    else differences.push(`${key}\n    text ${a?.value ?? '(nothing)'}\n    JSON ${b?.value ?? '(nothing)'}`);
  }
  return { same, lost, differences };
}
