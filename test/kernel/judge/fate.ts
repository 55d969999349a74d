import type { Disposition, Hop } from '../../../src/walk/trace.ts';
import type { Fate, Journey, Observation } from '../observation.ts';
import { place, type Report } from './decide.ts';
import { isBelowIp } from './items.ts';
import { endsText, packetText, seenEnds, seenText } from './texts.ts';

const ALLOWED: Readonly<Record<Fate['kind'], readonly Disposition[]>> = {
  // After the last hook's end a connection is confirmed, which may fail; what leaves by lo may be refused there.
  sent: ['leaves-the-node', 'neighbour-unreachable', 'nat-dropped', 'martian'],
  'to-local': ['delivered', 'refused', 'nat-dropped'],
  ended: [
    // By the nat function, where no chain stands before it on the hook.
    'nat-dropped',
    'no-route',
    'reverse-path',
    'martian',
    'forwarding-disabled',
    'ttl-exceeded',
    'bridge-dropped',
    'neighbour-unreachable',
  ],
  dropped: ['dropped', 'rejected', 'nat-dropped'],
  'ended-in-hook': ['nat-dropped', 'no-route', 'martian', 'consumed'],
  'nothing-seen': ['martian', 'no-route', 'leaves-the-node', 'bridge-dropped'],
};

/** The kind of end, and the rule that made it. */
export function compareFate(fate: Fate, hop: Hop, report: Report): void {
  const byCore = fate.kind === 'ended' && hop.disposition === 'dropped' && !hop.decidedBy;
  if (!byCore && !ALLOWED[fate.kind].includes(hop.disposition))
    report('fate', fate.kind, `${hop.disposition} (${hop.reason})`);
  if (fate.kind !== 'dropped') return;
  const { owner, table, chain, number } = fate.by;
  // A native chain may have written to the packet since its headers were told.
  if (fate.packet && owner !== 'nft') {
    const [theirs, ours] = [seenEnds(fate.packet), endsText(hop.after)];
    if (theirs !== ours) report('translation of what was dropped', theirs, ours);
  }
  const kernel = number === undefined ? `policy of ${table} ${chain}` : `${owner} ${table} ${chain} ${number}`;
  const walk = hop.decidedBy ? place(hop.decidedBy) : hop.reason.replace(' is DROP', '');
  if (kernel !== walk) report('decided by', kernel, walk);
}

/** What leaves the node arrives at the far end of a link, as it was at the end of its way. */
export function compareWire(
  { fate }: Journey,
  { disposition, after, reason }: Hop,
  wire: Observation['wire'],
  report: Report,
): void {
  if (fate.kind !== 'sent' && fate.kind !== 'nothing-seen') return;
  const text = packetText(after);
  const seen = wire.some(({ packet }) => seenText(packet) === text);
  if (seen !== (disposition === 'leaves-the-node') && disposition !== 'delivered')
    report('wire', seen ? text : 'nothing', `${disposition}: ${reason}`);
}

/** Whether nf_hook_slow frees the packet: within a hook, or where conntrack does not confirm it at the end of one. */
export function endsOnHook({ steps, disposition }: Hop): boolean {
  const last = steps.findLast(step => step.kind === 'hook' || step.kind === 'hook-end');
  const end = steps.at(-1);
  const isQueued = end?.kind === 'rule' && end.verdict === 'queue';
  if (isBelowIp(end)) return disposition === 'dropped' || disposition === 'rejected';
  return disposition === 'nat-dropped' || (last?.kind === 'hook' && disposition !== 'consumed' && !isQueued);
}
