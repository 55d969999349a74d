import type { Journey, RecordedStep } from './document.ts';

/**
 * The observer tells packets of iptables-legacy apart by key, id and TTL. Segments of one IPv6 connection that carry no
 * data share all three, so that the first journey holds the steps of all: each gets its own back, in their order.
 */
export function separate(journeys: readonly Journey[]): readonly Journey[] {
  const groups = groupBy(
    journeys.filter(({ key }) => key !== undefined),
    ({ node, family, key, id, steps }) => JSON.stringify([node, family, key?.kind, key?.id, id, steps[0]?.ttl]),
  );
  const separated = new Map(groups.flatMap(separateGroup));
  return journeys.map(journey => separated.get(journey) ?? journey);
}

function separateGroup(group: readonly Journey[]): readonly (readonly [Journey, Journey])[] {
  const [first, ...others] = group;
  if (!first || others.length === 0 || others.some(other => other.steps.some(isRule))) return [];
  const runs = runsOf(first.steps.filter(isRule));
  const ends = new Set(runs.map(([run]) => run?.hook));
  const isWhole = group.every(({ steps }) =>
    [...ends].every(hook => steps.some(step => isEnd(step) && step.hook === hook)),
  );
  const blocks = groupBy(runs, ([step]) => `${step?.hook} ${step?.table}`);
  if (!isWhole || blocks.some(block => block.length !== group.length)) return [];
  return group.map((journey, index) => {
    const own = blocks.flatMap(block => block[index] ?? []);
    const observed = journey.steps.filter(step => !isRule(step));
    const steps = observed.flatMap(step =>
      isEnd(step) ? [...own.filter(({ hook }) => hook === step.hook), step] : [step],
    );
    return [journey, { ...journey, steps }];
  });
}

const isRule = (step: RecordedStep): boolean => step.table !== 'labtrace';
const isEnd = (step: RecordedStep): boolean => step.table === 'labtrace' && step.chain.endsWith('-end');

/** The steps of one packet in one table: a run is over where its base chain is entered anew. */
function runsOf(steps: readonly RecordedStep[]): readonly (readonly RecordedStep[])[] {
  const runs: RecordedStep[][] = [];
  let base = { hook: '', table: '', chain: '', position: 0 };
  for (const step of steps) {
    const position = step.position ?? 0;
    const isSame = step.hook === base.hook && step.table === base.table;
    if (!isSame || (step.chain === base.chain && position <= base.position)) {
      base = { hook: step.hook, table: step.table, chain: step.chain, position };
      runs.push([step]);
    } else {
      if (step.chain === base.chain) base = { ...base, position };
      runs.at(-1)?.push(step);
    }
  }
  return runs;
}

function groupBy<T>(items: readonly T[], nameOf: (item: T) => string): readonly (readonly T[])[] {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const name = nameOf(item);
    const group = groups.get(name);
    if (group) group.push(item);
    else groups.set(name, [item]);
  }
  return [...groups.values()];
}
