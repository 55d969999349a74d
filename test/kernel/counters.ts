import type { Observation, Owner, Snapshot } from './observation.ts';

const FILES: readonly (readonly [Owner, 'ip' | 'ip6', string])[] = [
  ['iptables-nft', 'ip', 'iptables-nft-save-c'],
  ['iptables-nft', 'ip6', 'ip6tables-nft-save-c'],
  ['iptables-legacy', 'ip', 'iptables-legacy-save-c'],
  ['iptables-legacy', 'ip6', 'ip6tables-legacy-save-c'],
];

/**
 * Rules whose counters disagree with the observed steps: the kernel counts every packet that matched, so the observer
 * missed one or invented one. `after` is a snapshot taken when all packets of a freshly loaded ruleset were sent.
 */
export function miscounts(after: Snapshot, observed: readonly Observation[]): string[] {
  const steps = new Map<string, number>();
  for (const { journeys } of observed)
    for (const { family, steps: met } of journeys)
      for (const step of met)
        if (step.kind === 'rule') {
          const rule = `${step.owner} ${family} ${step.table} ${step.chain} ${step.number}`;
          steps.set(rule, (steps.get(rule) ?? 0) + 1);
        }
  const wrong: string[] = [];
  for (const [owner, family, file] of FILES)
    for (const [place, counted] of countersOf(after.files[file] ?? '')) {
      const rule = `${owner} ${family} ${place}`;
      const seen = steps.get(rule) ?? 0;
      if (seen !== counted) wrong.push(`${rule}: ${counted} counted, ${seen} observed`);
    }
  return wrong;
}

/** `table chain number` -> packets, of the output of a save with counters. */
function countersOf(text: string): Map<string, number> {
  const found = new Map<string, number>();
  const length = new Map<string, number>();
  let table = '';
  for (const line of text.split('\n')) {
    if (line.startsWith('*')) table = line.slice(1);
    const [, packets, chain] = /^\[(\d+):\d+\] -A (\S+)/.exec(line) ?? [];
    if (packets === undefined) continue;
    const key = `${table} ${chain}`;
    const number = (length.get(key) ?? 0) + 1;
    length.set(key, number);
    found.set(`${key} ${number}`, Number(packets));
  }
  return found;
}
