import type { GeneratedRuleset } from './generate/ruleset.ts';
import type { GeneratedRule } from './generate/words.ts';
import type { Journey, Observation } from './observation.ts';

interface Said {
  yes: number;
  no: number;
}

/** How often each match, target and fate was reached. */
export class Tally {
  readonly #matches = new Map<string, Said>();
  readonly #targets = new Map<string, number>();
  readonly #fates = new Map<string, number>();
  readonly #reasons = new Map<string, number>();
  readonly #states = new Map<string, number>();
  #chains = new Map<string, readonly GeneratedRule[]>();
  journeys = 0;
  steps = 0;

  /** The rules that the observations to come are about. */
  rules(rulesets: readonly GeneratedRuleset[]): void {
    this.#chains = new Map(
      rulesets.flatMap(({ owner, family, tables }) =>
        tables.flatMap(table =>
          table.chains.map(chain => [`${owner} ${family} ${table.name} ${chain.name}`, chain.rules] as const),
        ),
      ),
    );
  }

  add(observation: Observation): void {
    for (const journey of observation.journeys) {
      this.journeys++;
      this.steps += journey.steps.length;
      this.#count(journey);
      count(this.#fates, fateName(journey));
      for (const step of journey.steps)
        if (step.kind === 'hook-end' && step.connection)
          count(this.#states, `${step.connection.state} ${step.connection.direction ?? ''}`.trim());
    }
    if (observation.error) count(this.#fates, `send: ${observation.error}`);
    if (!observation.journeys.length && !observation.error) count(this.#fates, 'never reached a hook');
    for (const drop of observation.drops ?? []) count(this.#reasons, `${drop.reason} in ${drop.place}`);
  }

  #count(journey: Journey): void {
    let last: { readonly chain: string; readonly number: number } | undefined;
    for (const step of journey.steps) {
      if (step.kind === 'hook-end') continue;
      const chain = `${step.owner} ${journey.family} ${step.table} ${step.chain}`;
      const rules = this.#chains.get(chain) ?? [];
      const from = last?.chain === chain ? last.number : 0;
      const to = step.kind === 'rule' ? step.number : rules.length + 1;
      for (const rule of rules.slice(from, Math.max(from, to - 1))) this.#no(rule);
      if (step.kind === 'rule') this.#yes(rules[step.number - 1]);
      last = { chain, number: step.kind === 'rule' ? step.number : 0 };
    }
  }

  #yes(rule: GeneratedRule | undefined): void {
    if (!rule) return;
    for (const match of rule.matches) this.#said(match.name).yes++;
    count(this.#targets, rule.target?.name ?? '(none)');
  }

  /** A rule with one match that was passed over: that match said no. */
  #no(rule: GeneratedRule): void {
    const [only, ...others] = rule.matches;
    if (only && !others.length) this.#said(only.name).no++;
  }

  #said(name: string): Said {
    const found = this.#matches.get(name) ?? { yes: 0, no: 0 };
    this.#matches.set(name, found);
    return found;
  }

  print(): string {
    const matches = sorted(this.#matches, ([, a], [, b]) => a.yes + a.no - b.yes - b.no);
    return [
      'match          yes       no (of rules with that match alone)',
      ...matches.map(
        ([name, { yes, no }]) => `${name.padEnd(12)} ${String(yes).padStart(6)} ${String(no).padStart(8)}`,
      ),
      ...section('target', this.#targets),
      ...section('fate', this.#fates),
      ...section('connection at the end of a hook', this.#states),
      ...section('dropped by the kernel itself', this.#reasons),
    ].join('\n');
  }
}

function fateName({ fate, packet, injected }: Journey): string {
  const who = injected === -1 ? 'made by the node, ' : '';
  if (fate.kind === 'dropped') return `${who}dropped in ${fate.hook}`;
  if (fate.kind === 'nothing-seen') return `${who}nothing seen`;
  const error = injected === -1 && packet?.about !== undefined ? 'ICMP error, ' : '';
  return `${who}${error}${fate.kind} (${fate.hook})`;
}

const count = (map: Map<string, number>, key: string): void => void map.set(key, (map.get(key) ?? 0) + 1);

const sorted = <T>(map: ReadonlyMap<string, T>, order: (a: [string, T], b: [string, T]) => number): [string, T][] =>
  [...map].sort(order);

const section = (title: string, map: ReadonlyMap<string, number>): string[] => [
  '',
  title,
  ...sorted(map, ([, a], [, b]) => b - a).map(([name, times]) => `  ${String(times).padStart(8)}  ${name}`),
];
