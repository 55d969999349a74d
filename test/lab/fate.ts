import type { Disposition, Hop } from '../../src/walk/trace.ts';
import { place, type Report } from './decide.ts';

/** The observer's words, and the dispositions that each allows. */
const FATES: readonly (readonly [RegExp, readonly Disposition[]])[] = [
  [/^passed-postrouting$/, ['leaves-the-node', 'leaves-the-cluster', 'neighbour-unreachable']],
  [/^delivered-to-local-stack$/, ['delivered', 'refused']],
  [/^dropped in \w+ by rule /, ['dropped', 'rejected']],
  [/^dropped in output by the core/, ['nat-dropped', 'martian', 'no-route']],
  [/^dropped in \w+ by the core/, ['nat-dropped']],
  [
    /^ended after prerouting /,
    ['no-route', 'reverse-path', 'martian', 'forwarding-disabled', 'ttl-exceeded', 'bridge-dropped'],
  ],
  [/^ended after output /, ['no-route', 'martian', 'neighbour-unreachable']],
  [/^ended after forward /, ['bridge-dropped']],
];

export function compareFate(fate: string, hop: Hop, report: Report): void {
  const allowed = FATES.find(([words]) => words.test(fate))?.[1] ?? [];
  if (!allowed.includes(hop.disposition)) report('fate', `recorded ${fate}, walked ${hop.disposition} (${hop.reason})`);
  const [, rule] = /^dropped in \w+ by rule (.+)$/.exec(fate) ?? [];
  if (rule === undefined || rule.endsWith('#policy')) return;
  const walked = hop.decidedBy && place(hop.decidedBy);
  if (walked !== rule.replace('/', ' ').replace(/#(\d+)$/, ' $1'))
    report('decided by', `recorded ${rule}, walked ${walked}`);
}
