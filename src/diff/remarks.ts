import type { RemarkAnswer } from '../cluster/answer.ts';
import type { Namespace } from '../model/namespace.ts';
import type { Remark } from '../model/source.ts';
import type { Side } from './side.ts';

const MOST = 100;

/** What of the files of both sides could not be read; a remark that both have is said once. */
export function remarksOfSides(...sides: readonly Side[]): RemarkAnswer[] {
  const found = new Map<string, RemarkAnswer>();
  let more = 0;
  for (const { remarks, nodes, outside } of sides)
    for (const { severity, text, file, line } of [
      ...remarks,
      ...[...nodes.values(), ...outside.values()].flatMap(remarksOf),
    ]) {
      const key = `${file}:${line} ${text}`;
      if (found.has(key)) continue;
      if (found.size < MOST) found.set(key, { severity, text, file, line });
      else more++;
    }
  const list = [...found.values()];
  const last = list.at(-1);
  if (more > 0 && last) list.push({ ...last, severity: 'warning', text: `and ${more} remarks more` });
  return list;
}

const remarksOf = ({ remarks, ruleset }: Namespace): Remark[] => [
  ...remarks,
  ...ruleset.tables.flatMap(table => table.remarks ?? []),
];
