import { type Address, formatAddress, formatEndpoint } from '../../net/address.ts';
import type { Disposition, Hop, RulePosition } from '../../walk/trace.ts';
import type { FieldState, Watched } from './record/watched.ts';

/** What an address and port were made, as far as they are others than they were. */
export interface Rewritten {
  readonly address?: Address;
  /** Where it is not one but hangs on the packet: `one of 10.0.0.1-10.0.0.4 by a hash`. */
  readonly of?: string;
  readonly port?: number;
}

/** Where a packet ends in one namespace, said so that it is the same for all that are treated alike. */
export interface Way {
  readonly disposition: Disposition;
  /** In a few words, where the disposition does not say all: what it is rejected with, which queue takes it. */
  readonly detail?: string;
  readonly device?: string;
  /** Absent where it leaves: the destination itself. */
  readonly nexthop?: Address;
  readonly destination?: Rewritten;
  readonly source?: Rewritten;
  readonly masquerade: boolean;
  /** As it is in the end; a mark alone is no difference. */
  readonly mark: number;
  readonly decidedBy?: RulePosition;
}

/** Of dispositions after which nobody sees what was translated. */
const SEEN: ReadonlySet<Disposition> = new Set(['leaves-the-node', 'delivered', 'refused', 'consumed']);
const DETAILED: ReadonlySet<Disposition> = new Set(['rejected', 'consumed', 'undecided']);

export function wayOf(hop: Hop, stateOf: (field: Watched) => FieldState): Way {
  const { disposition, after, out, reason } = hop;
  const seen = SEEN.has(disposition);
  const destination = seen ? rewritten(after.daddr, after.dport, stateOf('daddr'), stateOf('dport')) : undefined;
  const source = seen ? rewritten(after.saddr, after.sport, stateOf('saddr'), stateOf('sport')) : undefined;
  const decidedBy = hop.decidedBy ?? translatedBy(hop);
  const leaves = disposition === 'leaves-the-node';
  const nexthop = leaves && out?.nexthop !== after.daddr ? out?.nexthop : undefined;
  return {
    disposition,
    ...(DETAILED.has(disposition) && { detail: reason }),
    ...(leaves && out?.device !== undefined && { device: out.device }),
    ...(nexthop !== undefined && { nexthop }),
    ...(destination && { destination }),
    ...(source && { source }),
    masquerade: hop.steps.some(step => step.kind === 'translation' && step.type === 'masquerade'),
    mark: after.mark,
    ...(decidedBy && { decidedBy }),
  };
}

/** A port that the kernel chooses is no matter. */
function rewritten(
  address: Address,
  port: number | undefined,
  ofAddress: FieldState,
  ofPort: FieldState,
): Rewritten | undefined {
  const made: Rewritten = {
    ...(ofAddress === 'constant' && { address }),
    ...(typeof ofAddress === 'object' && { of: ofAddress.of }),
    ...(ofPort === 'constant' && port !== undefined && { port }),
  };
  return Object.keys(made).length > 0 ? made : undefined;
}

function translatedBy({ steps }: Hop): RulePosition | undefined {
  let found: RulePosition | undefined;
  for (const step of steps) if (step.kind === 'translation' && step.field === 'destination') found = step.at ?? found;
  return found;
}

/** Equal for packets that are treated alike. */
export function wayKey({ disposition, detail, device, nexthop, destination, source }: Way): string {
  const end = (made: Rewritten | undefined) =>
    made ? `${made.of ?? (made.address === undefined ? '' : formatAddress(made.address))}:${made.port ?? ''}` : '';
  const at = nexthop === undefined ? '' : formatAddress(nexthop);
  return [disposition, detail ?? '', device ?? '', at, end(destination), end(source)].join('|');
}

/** `leaves by eth0 to 10.0.0.1, DNAT to 10.1.0.3:8080, masqueraded`. */
export function wayWords(way: Way): string {
  const parts = [VERBS[way.disposition] ?? way.disposition];
  if (way.detail !== undefined) parts[0] = way.detail;
  if (way.device !== undefined)
    parts[0] = `${parts[0]} by ${way.device}${way.nexthop === undefined ? '' : ` to ${formatAddress(way.nexthop)}`}`;
  if (way.destination) parts.push(`DNAT to ${rewrittenWords(way.destination)}`);
  if (way.masquerade) parts.push('masqueraded');
  else if (way.source) parts.push(`SNAT to ${rewrittenWords(way.source)}`);
  return parts.join(', ');
}

function rewrittenWords({ address, of, port }: Rewritten): string {
  if (of !== undefined) return port === undefined ? of : `${of}, port ${port}`;
  return address === undefined ? `port ${port}` : formatEndpoint(address, port);
}

const VERBS: Partial<Readonly<Record<Disposition, string>>> = {
  'leaves-the-node': 'leaves',
  delivered: 'delivered to the node itself',
  dropped: 'dropped',
  'no-route': 'no route',
  'forwarding-disabled': 'not forwarded',
  'nat-dropped': 'dropped by NAT',
  'neighbour-unreachable': 'nobody answers at the next hop',
  'reverse-path': 'dropped: the way back is another one',
};
