import type { Change } from '../../model/effect.ts';
import type { RecentEntry } from '../../model/recent.ts';
import { type Truth, type Unknown, unknown } from '../../model/truth.ts';
import type { World } from '../../model/world.ts';
import { type Address, formatAddress, parseAddress } from '../../net/address.ts';
import type { Packet } from '../../net/packet.ts';
import { maskOf } from '../../net/prefix.ts';
import { match, OptionError, type RuleContext } from '../extension.ts';
import type { Given } from '../given.ts';
import { integerOption } from '../numbers.ts';

const ACTIONS = ['--set', '--rcheck', '--update', '--remove'] as const;

export interface RecentOptions {
  readonly action: (typeof ACTIONS)[number];
  readonly inverted: boolean;
  readonly name: string;
  readonly side: 'source' | 'destination';
  readonly mask: Address;
  /** 0: of any age. */
  readonly seconds: number;
  /** 0: one is enough. */
  readonly hitCount: number;
  readonly reap: boolean;
  readonly rttl: boolean;
}

const MAX_NAME = 199;
const MAX_HITS = 65535;

function parseMask(given: Given, context: RuleContext): Address {
  const text = given.value('--mask');
  if (text === undefined) return maskOf(context.family, context.family === 'ip' ? 32 : 128);
  const mask = parseAddress(text);
  if (mask === undefined || (typeof mask === 'number') !== (context.family === 'ip'))
    throw new OptionError(`recent: bad value for option "--mask": ${text}`);
  return mask;
}

function parse(given: Given, context: RuleContext): RecentOptions {
  const actions = ACTIONS.filter(action => given.has(action));
  const [action] = actions;
  if (!action || actions.length > 1)
    throw new OptionError("recent: you must specify one of `--set', `--rcheck' `--update' or `--remove'");
  const seconds = given.has('--seconds') ? integerOption(given, '--seconds', 1) : 0;
  const hitCount = given.has('--hitcount') ? integerOption(given, '--hitcount') : 0;
  if ((action === '--set' || action === '--remove') && (seconds > 0 || hitCount > 0 || given.has('--rttl')))
    throw new OptionError(`recent: ${action} looks at no time, count or TTL`);
  if (hitCount > MAX_HITS) throw new OptionError(`recent: hitcount (${hitCount}) is larger than allowed (${MAX_HITS})`);
  if (given.has('--reap') && seconds === 0) throw new OptionError('recent: option "--reap" also requires "--seconds".');
  const name = (given.value('--name') ?? 'DEFAULT').slice(0, MAX_NAME);
  if (name === '' || name === '.' || name === '..' || name.includes('/'))
    throw new OptionError(`recent: \`${name}' cannot be the name of a list`);
  const side = [...given.options].reverse().find(({ name }) => name === '--rsource' || name === '--rdest');
  return {
    action,
    inverted: given.inverted(action),
    name,
    side: side?.name === '--rdest' ? 'destination' : 'source',
    mask: parseMask(given, context),
    seconds,
    hitCount,
    reap: given.has('--reap'),
    rttl: given.has('--rttl'),
  };
}

function print({ action, inverted, name, side, mask, seconds, hitCount, reap, rttl }: RecentOptions): string {
  let out = `${inverted ? ' !' : ''} ${action}`;
  if (seconds > 0) out += ` --seconds ${seconds | 0}`;
  if (reap) out += ' --reap';
  if (hitCount > 0) out += ` --hitcount ${hitCount}`;
  if (rttl) out += ' --rttl';
  return `${out} --name ${name} --mask ${formatAddress(mask)} ${side === 'source' ? '--rsource' : '--rdest'}`;
}

function keyOf({ side, mask }: RecentOptions, packet: Packet): Address {
  const address = side === 'source' ? packet.saddr : packet.daddr;
  if (typeof address === 'number') return typeof mask === 'number' ? (address & mask) >>> 0 : address;
  return typeof mask === 'bigint' ? address & mask : address;
}

/** The list keeps the TTL a packet had before this node forwarded it. */
function ttlOf(packet: Packet, world: World): number {
  const forwarded = world.hook === 'forward' || (world.hook === 'postrouting' && packet.iif !== undefined);
  return packet.ttl + (forwarded ? 1 : 0);
}

/** Of --rcheck and --update, before `!`: enough packets noted, of those that are young enough. */
function seen({ name, seconds, hitCount }: RecentOptions, entry: RecentEntry): Truth {
  const needed = Math.max(hitCount, 1);
  const ages = entry.agesSeconds;
  const noted = ages?.length ?? entry.hits;
  if (noted < needed) return false;
  if (seconds === 0) return true;
  if (!ages) return unknown(`when list ${name} noted ${formatAddress(entry.address)}`, `/proc/net/xt_recent/${name}`);
  return ages.filter(age => age <= seconds).length >= needed;
}

function findEntry(options: RecentOptions, packet: Packet, world: World): RecentEntry | Unknown | undefined {
  const list = world.recent(options.name);
  if ('kind' in list) return list;
  const key = keyOf(options, packet);
  const ttl = ttlOf(packet, world);
  return list.entries.find(entry => entry.address === key && (!options.rttl || entry.ttl === ttl));
}

function evaluate(options: RecentOptions, packet: Packet, world: World): Truth {
  const { action, inverted } = options;
  if (action === '--set') return !inverted;
  const entry = findEntry(options, packet, world);
  if (entry === undefined) return inverted;
  if ('kind' in entry) return entry;
  if (action === '--remove') return !inverted;
  const truth = seen(options, entry);
  return typeof truth === 'boolean' ? truth !== inverted : truth;
}

/** What evaluating the match writes to its list. An --update refreshes only an entry that is there. */
export function notes(options: RecentOptions, packet: Packet, world: World): Change | undefined {
  const address = keyOf(options, packet);
  const set: Change = { kind: 'recent', list: options.name, action: 'set', address, ttl: ttlOf(packet, world) };
  if (options.action === '--set') return set;
  if (options.action === '--rcheck') return undefined;
  const entry = findEntry(options, packet, world);
  if (entry === undefined || 'kind' in entry) return undefined;
  if (options.action === '--remove') return { kind: 'recent', list: options.name, action: 'remove', address };
  return evaluate(options, packet, world) === true ? set : undefined;
}

const VERB = { '--set': 'note', '--rcheck': 'seen', '--update': 'seen (refreshed)', '--remove': 'forget' } as const;

export const recent = match<RecentOptions>({
  name: 'recent',
  families: ['ip', 'ip6'],
  options: {
    ...Object.fromEntries(ACTIONS.map(name => [name, { args: 0, invert: true }])),
    '--seconds': { args: 1 },
    '--reap': { args: 0 },
    '--hitcount': { args: 1 },
    '--rttl': { args: 0 },
    '--name': { args: 1 },
    '--rsource': { args: 0, multi: true },
    '--rdest': { args: 0, multi: true },
    '--mask': { args: 1 },
  },
  parse,
  print,
  describe({ action, inverted, name, side, seconds, hitCount }) {
    const times = hitCount > 1 ? ` ${hitCount} times` : '';
    const when = seconds > 0 ? ` within ${seconds} s` : '';
    return `${inverted ? 'not ' : ''}${VERB[action]} ${side} in list ${name}${times}${when}`;
  },
  evaluate,
  changes(options, packet, world) {
    const change = notes(options, packet, world);
    return change ? [change] : [];
  },
});
