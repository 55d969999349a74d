import type { Namespace } from '../model/namespace.ts';
import { remarksOnAsked } from '../xt/ipset/members.ts';
import type { RemarkAnswer } from './answer.ts';
import type { Cluster } from './cluster.ts';

const MAX_REMARKS = 100;

/** What of the files of these nodes, and of the cluster, could not be read. */
export function remarksOf({ remarks }: Cluster, nodes: readonly Namespace[]): RemarkAnswer[] {
  const all = [
    ...remarks,
    ...nodes.flatMap(node => [
      ...node.remarks,
      ...node.ruleset.tables.flatMap(table => table.remarks ?? []),
      ...[...(node.sets?.values() ?? [])].flatMap(remarksOnAsked),
    ]),
  ];
  const shown = all.slice(0, MAX_REMARKS).map(({ severity, text, file, line }) => ({ severity, text, file, line }));
  const rest = all.length - shown.length;
  const last = all[MAX_REMARKS];
  if (last) shown.push({ severity: 'warning', text: `and ${rest} remarks more`, file: last.file, line: last.line });
  return shown;
}
