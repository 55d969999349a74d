import type { Report } from './decide.ts';
import { formatItem, hex, type Item, statusText } from './steps.ts';

/** Holds the walked steps against the recorded ones, in order; after the first that is another one it stops. */
export function compareItems(recorded: readonly Item[], walked: readonly Item[], report: Report): void {
  for (let i = 0; i < Math.max(recorded.length, walked.length); i++) {
    const ours = walked[i];
    const theirs = recorded[i];
    if (!ours || !theirs || !isSamePlace(theirs, ours)) {
      report('path', ...aligned(recorded, walked, i));
      return;
    }
    compareItem(theirs, ours, report);
  }
}

/**
 * iptables-legacy says `return` and `policy` of any rule without a match whose target is a verdict (get_chainname_rulenum
 * in ip_tables.c).
 */
function isSamePlace(recorded: Item, walked: Item): boolean {
  if (recorded.kind === walked.kind) return recorded.place === walked.place;
  const isVerdict = walked.kind === 'rule' && ['accept', 'drop', 'return'].includes(walked.verdict ?? '');
  return (
    recorded.kind !== 'end' &&
    isVerdict &&
    `${recorded.place} ${'position' in recorded ? recorded.position : ''}` === walked.place
  );
}

function compareItem(recorded: Item, walked: Item, report: Report): void {
  const check = (kind: string, theirs: string | number | undefined, ours: string | number | undefined) => {
    if (theirs !== ours) report(kind, `recorded ${theirs}, walked ${ours}`, `  at ${formatItem(recorded)}`);
  };
  if (recorded.kind === 'rule' && walked.kind === 'rule') {
    if (recorded.text !== undefined) check('rule text', recorded.text, walked.text);
    if (recorded.legacy) check('mark', hex(recorded.markBefore), hex(walked.markBefore));
    else {
      check('mark', hex(recorded.markAfter), hex(walked.markAfter));
      check('verdict', recorded.verdict, walked.verdict);
      check('target', recorded.target, walked.target);
    }
  } else if (recorded.kind === 'end' && walked.kind === 'end') {
    check('packet', recorded.packet, walked.packet);
    check('ttl', recorded.ttl, walked.ttl);
    check('mark', hex(recorded.mark), hex(walked.mark));
    check('ct state', recorded.connection?.state, walked.connection?.state);
    if (!recorded.connection || !walked.connection) return;
    check('ct direction', recorded.connection.direction, walked.connection.direction);
    check('ct status', statusText(recorded.connection.status), statusText(walked.connection.status));
  } else if (recorded.kind !== 'rule' && recorded.kind !== 'end') {
    const mark = walked.kind === 'rule' ? walked.markBefore : walked.mark;
    check('mark', hex(recorded.mark), hex(mark));
    if (walked.kind === 'rule' || walked.kind === 'end') return;
    if (recorded.position !== undefined) check('position', recorded.position, walked.position);
    if (recorded.policy !== undefined) check('policy', recorded.policy, walked.policy);
  }
}

function aligned(recorded: readonly Item[], walked: readonly Item[], at: number): readonly string[] {
  const lines = ['the paths part'];
  for (let i = Math.max(0, at - 3); i < at; i++) lines.push(`    both      ${line(recorded[i])}`);
  for (let i = at; i < at + 3; i++) if (i === at || recorded[i]) lines.push(`    recorded  ${line(recorded[i])}`);
  for (let i = at; i < at + 3; i++) if (i === at || walked[i]) lines.push(`    walked    ${line(walked[i])}`);
  return lines;
}

const line = (item: Item | undefined): string => (item ? formatItem(item) : '(nothing)');
