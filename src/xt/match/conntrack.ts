import type { CtState, CtStatus, Direction, Tuple } from '../../model/conntrack.ts';
import { both, type Truth, unknown } from '../../model/truth.ts';
import type { ConnectionEntry, ConnectionView } from '../../model/world.ts';
import { GRE } from '../../net/packet.ts';
import { contains, type Prefix } from '../../net/prefix.ts';
import { protocolName } from '../../net/protocol.ts';
import { match, OptionError } from '../extension.ts';
import type { Given } from '../given.ts';
import { parseHost, printHost } from '../hosts.ts';
import { parseNames, printNames } from '../names.ts';
import { rangeOption } from '../numbers.ts';
import { parsePortRange } from '../port-range.ts';
import { parseProtocolOption } from '../protocol-option.ts';

/** States and the two pseudo-states, which are bits of the connection's status. */
export type StateName = 'INVALID' | 'NEW' | 'RELATED' | 'ESTABLISHED' | 'UNTRACKED' | 'SNAT' | 'DNAT';
type StatusName = 'NONE' | Extract<CtStatus, 'EXPECTED' | 'SEEN_REPLY' | 'ASSURED' | 'CONFIRMED'>;

export interface Choice<N extends string> {
  readonly names: ReadonlySet<N>;
  readonly inverted: boolean;
}

interface Range {
  readonly low: number;
  readonly high: number;
  readonly inverted: boolean;
}

interface AddressOption {
  readonly option: string;
  readonly tuple: Direction;
  readonly field: 'saddr' | 'daddr';
  readonly prefix: Prefix;
  readonly inverted: boolean;
}

interface PortOption extends Range {
  readonly option: string;
  readonly tuple: Direction;
  readonly field: 'sport' | 'dport';
}

export interface ConntrackOptions {
  readonly state?: Choice<StateName>;
  readonly protocol?: { readonly value: number; readonly inverted: boolean };
  readonly addresses: readonly AddressOption[];
  readonly ports: readonly PortOption[];
  readonly status?: Choice<StatusName>;
  readonly expire?: Range;
  readonly direction?: Direction;
}

const STATES: readonly StateName[] = ['INVALID', 'NEW', 'RELATED', 'ESTABLISHED', 'UNTRACKED', 'SNAT', 'DNAT'];
const NAME_OF: Readonly<Record<CtState, StateName>> = {
  invalid: 'INVALID',
  new: 'NEW',
  related: 'RELATED',
  established: 'ESTABLISHED',
  untracked: 'UNTRACKED',
};
const STATUSES: readonly StatusName[] = ['NONE', 'EXPECTED', 'SEEN_REPLY', 'ASSURED', 'CONFIRMED'];
const ADDRESSES = [
  { option: '--ctorigsrc', tuple: 'original', field: 'saddr' },
  { option: '--ctorigdst', tuple: 'original', field: 'daddr' },
  { option: '--ctreplsrc', tuple: 'reply', field: 'saddr' },
  { option: '--ctrepldst', tuple: 'reply', field: 'daddr' },
] as const;
const PORTS = [
  { option: '--ctorigsrcport', tuple: 'original', field: 'sport' },
  { option: '--ctorigdstport', tuple: 'original', field: 'dport' },
  { option: '--ctreplsrcport', tuple: 'reply', field: 'sport' },
  { option: '--ctrepldstport', tuple: 'reply', field: 'dport' },
] as const;

export const conntrack = match<ConntrackOptions>({
  name: 'conntrack',
  families: ['ip', 'ip6'],
  options: {
    ...Object.fromEntries(
      ['--ctstate', '--ctproto', ...[...ADDRESSES, ...PORTS].map(o => o.option), '--ctstatus', '--ctexpire'].map(
        option => [option, { args: 1, invert: true }],
      ),
    ),
    '--ctdir': { args: 1 },
  },
  parse(given, { family }) {
    if (given.options.length === 0) throw new OptionError('conntrack: At least one option is required');
    const state = parseChoice(given, '--ctstate', STATES);
    const status = parseChoice(given, '--ctstatus', STATUSES);
    const direction = parseDirection(given.value('--ctdir'));
    return {
      ...(state && { state }),
      ...(given.has('--ctproto') && {
        protocol: { value: parseProtocolOption(given, '--ctproto'), inverted: given.inverted('--ctproto') },
      }),
      addresses: ADDRESSES.filter(({ option }) => given.has(option)).map(place => ({
        ...place,
        prefix: parseHost(place.option, given.required(place.option), family),
        inverted: given.inverted(place.option),
      })),
      ports: PORTS.filter(({ option }) => given.has(option)).map(place => ({
        ...place,
        ...rangeOf(parsePortRange(given, place.option)),
        inverted: given.inverted(place.option),
      })),
      ...(status && { status }),
      ...(given.has('--ctexpire') && {
        expire: { ...rangeOf(rangeOption(given, '--ctexpire', 0xffffffff)), inverted: given.inverted('--ctexpire') },
      }),
      ...(direction && { direction }),
    };
  },
  print(options) {
    const { state, protocol, status, expire, direction } = options;
    let out = '';
    if (state) out += `${bang(state)} --ctstate ${printNames(state.names, STATES)}`;
    if (protocol) out += `${bang(protocol)} --ctproto ${protocol.value}`;
    for (const address of options.addresses) out += `${bang(address)} ${address.option} ${printHost(address.prefix)}`;
    for (const port of options.ports) out += `${bang(port)} ${port.option} ${printRange(port)}`;
    if (status) out += `${bang(status)} --ctstatus ${printNames(withoutNone(status.names), STATUSES)}`;
    if (expire) out += `${bang(expire)} --ctexpire ${printRange(expire)}`;
    if (direction) out += ` --ctdir ${direction.toUpperCase()}`;
    return out;
  },
  describe({ state, protocol, addresses, ports, status, expire, direction }) {
    const no = (item: { readonly inverted: boolean }) => (item.inverted ? 'not ' : '');
    return [
      ...(state ? [`connection ${no(state)}${printNames(state.names, STATES).toLowerCase()}`] : []),
      ...(protocol ? [`connection ${no(protocol)}of ${protocolName(protocol.value) ?? protocol.value}`] : []),
      ...addresses.map(a => `${a.tuple} ${a.field} ${no(a)}${printHost(a.prefix)}`),
      ...ports.map(p => `${p.tuple} ${p.field} ${no(p)}${printRange(p)}`),
      ...(status ? [`status ${no(status)}${printNames(status.names, STATUSES)}`] : []),
      ...(expire ? [`expires ${no(expire)}in ${printRange(expire)} s`] : []),
      ...(direction ? [`in ${direction} direction`] : []),
    ].join(', ');
  },
  evaluate(options, _packet, { connection }) {
    if (options.state && !matchesState(options.state, connection)) return false;
    const { entry } = connection;
    return entry ? entryTruth(options, entry) : options.state !== undefined;
  },
});

/** Without a connection the state alone decides, whatever else is asked (xt_conntrack.c). */
export function matchesState({ names, inverted }: Choice<StateName>, { state, entry }: ConnectionView): boolean {
  const found =
    names.has(NAME_OF[state]) ||
    (names.has('SNAT') && entry?.status.has('SRC_NAT') === true) ||
    (names.has('DNAT') && entry?.status.has('DST_NAT') === true);
  return found !== inverted;
}

function entryTruth(options: ConntrackOptions, entry: ConnectionEntry): Truth {
  const { protocol, status, expire, direction } = options;
  if (direction && direction !== entry.direction) return false;
  for (const { tuple, field, prefix, inverted } of options.addresses)
    if (contains(prefix, entry[tuple][field]) === inverted) return false;
  if (protocol && (entry.original.protocol === protocol.value) === protocol.inverted) return false;
  if (status && hasStatus(status.names, entry) === status.inverted) return false;
  let truth: Truth = true;
  for (const port of options.ports) truth = both(truth, evaluatePort(port, entry[port.tuple]));
  return expire ? both(truth, evaluateExpiry(expire, entry)) : truth;
}

function hasStatus(names: ReadonlySet<StatusName>, entry: ConnectionEntry): boolean {
  for (const name of names) if (name !== 'NONE' && entry.status.has(name)) return true;
  return false;
}

const evaluateExpiry = (expire: Range, { expires }: ConnectionEntry): Truth =>
  expires === undefined
    ? unknown('when the connection expires is not known', 'conntrack -L')
    : inRange(expire, expires);

/** ICMP keeps its id where the source port is, type and code where the destination port is; other protocols 0. */
function evaluatePort(port: PortOption, tuple: Tuple): Truth {
  const { icmp, protocol } = tuple;
  const value =
    icmp === undefined ? tuple[port.field] : port.field === 'sport' ? icmp.id : (icmp.type << 8) | icmp.code;
  if (value !== undefined) return inRange(port, value);
  const ported = [1, 6, 17, 33, GRE, 58, 132, 136].includes(protocol);
  return ported ? unknown(`the ${port.field} of the connection is not known`) : inRange(port, 0);
}

const inRange = ({ low, high, inverted }: Range, value: number): boolean =>
  (value >= low && value <= high) !== inverted;

const bang = (item: { readonly inverted: boolean }): string => (item.inverted ? ' !' : '');

const printRange = ({ low, high }: Range): string => (low === high ? `${low}` : `${low}:${high}`);

const rangeOf = ([low, high]: readonly [number, number]) => ({ low, high });

/** NONE is the absence of every bit; it shows only where it stands alone. */
const withoutNone = (names: ReadonlySet<StatusName>): ReadonlySet<StatusName> =>
  names.size === 1 ? names : new Set([...names].filter(name => name !== 'NONE'));

function parseChoice<N extends string>(given: Given, option: string, all: readonly N[]): Choice<N> | undefined {
  const text = given.value(option);
  if (text === undefined) return undefined;
  const names = parseNames(text, all);
  if (!names) throw new OptionError(`conntrack: bad value for option "${option}": "${text}"`);
  return { names, inverted: given.inverted(option) };
}

function parseDirection(text: string | undefined): Direction | undefined {
  const direction = text?.toLowerCase();
  if (direction === undefined || direction === 'original' || direction === 'reply') return direction;
  throw new OptionError(`conntrack: Bad value for "--ctdir" option: "${text}"`);
}
