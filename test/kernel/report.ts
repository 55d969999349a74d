import { restoreText } from './generate/ruleset.ts';
import type { Scenario } from './generate/scenario.ts';
import type { Item } from './judge/items.ts';
import type { Finding } from './session.ts';

/** Items shown before the first that differs, and after it. */
const BEFORE = 6;
const AFTER = 4;
const WIDTH = 76;

/**
 * A case in which kernel and walk differ, for a person: what repeats it, the packet, both traces, the rules.
 * `original`: the scenario is what shrinking left of that one, and is printed whole.
 */
export function printFinding(scenario: Scenario, { probe, difference, walk }: Finding, original?: Scenario): string {
  const { seed, loader, probes } = original ?? scenario;
  return [
    `seed ${seed}, loader ${loader}, probe ${probe.id}, journey ${difference.journey}: ${difference.what}`,
    `  again:  npm run test:kernel -- --seed ${seed} --loader ${loader} --packets ${probes.length} --per-ruleset ${probes.length}`,
    `  kernel: ${difference.kernel}`,
    `  walk:   ${difference.walk}`,
    `  probe:  ${JSON.stringify(probe)}`,
    ...(walk ? sideBySide(walk.kernel, walk.walk).map(line => `  ${line}`) : []),
    ...(walk ? [`  the walk ends: ${walk.hop.disposition} (${walk.hop.reason})`] : []),
    ...(original ? wholeLoad(scenario) : chainsOf(scenario, walk ? [...walk.kernel, ...walk.walk] : [])),
  ].join('\n');
}

/** Two lists of steps, around the place where they part. */
export function sideBySide(kernel: readonly Item[], walk: readonly Item[]): string[] {
  const length = Math.max(kernel.length, walk.length);
  const same = (i: number) => {
    const [a, b] = [kernel[i], walk[i]];
    return (
      a?.key === b?.key && Object.entries(a?.values ?? {}).every(([k, v]) => v === undefined || v === b?.values[k])
    );
  };
  let first = 0;
  while (first < length && same(first)) first++;
  const from = Math.max(0, first - BEFORE);
  const lines = [`   ${'kernel'.padEnd(WIDTH)} | walk`];
  if (from > 0) lines.push(`   (${from} steps alike)`);
  for (let i = from; i < Math.min(length, first + AFTER); i++)
    lines.push(`${same(i) ? '   ' : '!  '}${itemText(kernel[i]).padEnd(WIDTH)} | ${itemText(walk[i])}`);
  return lines;
}

function itemText(item: Item | undefined): string {
  if (!item) return '(nothing more)';
  const values = Object.entries(item.values).flatMap(([name, value]) =>
    value === undefined ? [] : [`${name} ${value}`],
  );
  return `${item.key}: ${values.join(', ')}`;
}

/** The rules of the chains that either of the two passed. */
function chainsOf({ rulesets }: Scenario, items: readonly Item[]): string[] {
  const met = new Set(items.map(({ key }) => key.split(' ').slice(1, 4).join(' ')));
  const family = items.some(({ values: { packet } }) => packet?.includes(':')) ? 'ip6' : 'ip';
  const lines: string[] = [];
  for (const ruleset of rulesets)
    if (ruleset.family === family || ruleset.family === 'inet')
      for (const table of ruleset.tables)
        for (const chain of table.chains)
          if (met.has(`${ruleset.owner} ${table.name} ${chain.name}`) && chain.rules.length > 0) {
            lines.push(`  ${ruleset.owner} ${family} ${table.name} ${chain.name} (${chain.policy})`);
            lines.push(...chain.rules.map((rule, i) => `    ${String(i + 1).padStart(2)} ${rule.text}`));
          }
  return lines;
}

function wholeLoad({ rulesets, load, probes }: Scenario): string[] {
  const indent = (text: string) => text.split('\n').map(line => `    ${line}`);
  return [
    ...load.steps
      .filter(({ argv }) => !argv[0]?.endsWith('-restore'))
      .flatMap(step => [`  ${step.argv.join(' ')}`, ...indent(step.input)]),
    ...rulesets.flatMap(ruleset => [`  ${ruleset.owner}, ${ruleset.family}`, ...indent(restoreText(ruleset))]),
    `  sysctls ${JSON.stringify(load.sysctls ?? {})}`,
    ...probes.map(probe => `  sent ${JSON.stringify(probe)}`),
  ];
}
