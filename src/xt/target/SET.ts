import type { Change, Effect } from '../../model/effect.ts';
import { unknown } from '../../model/truth.ts';
import type { World } from '../../model/world.ts';
import { setXmark } from '../../net/mark.ts';
import type { Packet } from '../../net/packet.ts';
import { OptionError, target } from '../extension.ts';
import type { Given } from '../given.ts';
import { changeSet } from '../ipset/change.ts';
import type { SetWorld } from '../ipset/fields.ts';
import { testSet } from '../ipset/membership.ts';
import { withMember } from '../ipset/overlay.ts';
import { parseReference, printReference, type SetReference } from '../ipset/rule.ts';
import { parseInteger } from '../numbers.ts';

export interface SetTargetOptions {
  readonly add: SetReference | undefined;
  readonly exist: boolean;
  readonly timeout: number | undefined;
  readonly del: SetReference | undefined;
  readonly map: SetReference | undefined;
  readonly mapMark: boolean;
  readonly mapPriority: boolean;
  readonly mapQueue: boolean;
}

const MAPS = ['--map-mark', '--map-prio', '--map-queue'] as const;

function checkUse(given: Given): void {
  if (!['--add-set', '--del-set', '--map-set'].some(name => given.has(name)))
    throw new OptionError("You must specify either `--add-set' or `--del-set' or `--map-set'");
  for (const name of ['--exist', '--timeout'])
    if (given.has(name) && !given.has('--add-set'))
      throw new OptionError(`\`${name}' can be used with \`--add-set' only`);
  for (const name of MAPS)
    if (given.has(name) && !given.has('--map-set'))
      throw new OptionError(`Flag \`${name}' can be used with \`--map-set' only`);
  if (given.has('--map-set') && !MAPS.some(name => given.has(name)))
    throw new OptionError("You must specify flags `--map-mark' or `--map-prio' or `--map-queue'");
}

/** Of several the last one counts. */
function timeoutOf(given: Given): number | undefined {
  let timeout: number | undefined;
  for (const { name, args } of given.options) {
    if (name !== '--timeout') continue;
    timeout = parseInteger(args[0] ?? '', 0, 0xfffffffe);
    if (timeout === undefined) throw new OptionError('Invalid value for option --timeout or out of range 0-4294967294');
  }
  return timeout;
}

export const SET = target<SetTargetOptions>({
  name: 'SET',
  families: ['ip', 'ip6'],
  options: {
    '--add-set': { args: 2 },
    '--del-set': { args: 2 },
    '--map-set': { args: 2 },
    '--exist': { args: 0, multi: true },
    '--timeout': { args: 1, multi: true },
    '--map-mark': { args: 0, multi: true },
    '--map-prio': { args: 0, multi: true },
    '--map-queue': { args: 0, multi: true },
  },
  parse(given, { table, hook }) {
    checkUse(given);
    if (given.has('--map-set') && table !== 'mangle') throw new OptionError('--map-set only usable from mangle table');
    const maps = given.has('--map-prio') || given.has('--map-queue');
    if (maps && (hook === 'prerouting' || hook === 'input'))
      throw new OptionError('mapping of prio or queue is allowed only from OUTPUT/FORWARD/POSTROUTING chains');
    const reference = (name: string) => (given.has(name) ? parseReference(given, name) : undefined);
    return {
      add: reference('--add-set'),
      exist: given.has('--exist'),
      timeout: timeoutOf(given),
      del: reference('--del-set'),
      map: reference('--map-set'),
      mapMark: given.has('--map-mark'),
      mapPriority: given.has('--map-prio'),
      mapQueue: given.has('--map-queue'),
    };
  },
  print: ({ add, exist, timeout, del, map, mapMark, mapPriority, mapQueue }) =>
    (add ? ` --add-set ${printReference(add)}` : '') +
    (exist ? ' --exist' : '') +
    (timeout === undefined ? '' : ` --timeout ${timeout}`) +
    (del ? ` --del-set ${printReference(del)}` : '') +
    (map ? ` --map-set ${printReference(map)}` : '') +
    (mapMark ? ' --map-mark' : '') +
    (mapPriority ? ' --map-prio' : '') +
    (mapQueue ? ' --map-queue' : ''),
  describe: ({ add, del, map }) =>
    [
      add && `add ${add.directions.join(',')} to set ${add.set}`,
      del && `delete ${del.directions.join(',')} from set ${del.set}`,
      map && `map by set ${map.set}`,
    ]
      .filter(Boolean)
      .join(', '),
  apply,
});

/** The kernel adds, then deletes, then maps; each sees what the one before it did. */
function apply(options: SetTargetOptions, packet: Packet, world: World): Effect {
  const changes: Change[] = [];
  const whys: string[] = [];
  let seen: SetWorld = world;
  for (const [action, reference] of [['add', options.add] as const, ['del', options.del] as const]) {
    if (!reference) continue;
    const outcome = changeSet(action, reference.set, reference.directions, options.exist, packet, seen);
    if ('kind' in outcome) return { kind: 'undecided', why: outcome };
    if (outcome.why !== undefined) whys.push(outcome.why);
    for (const change of outcome.changes) {
      changes.push(change);
      seen = after(seen, change);
    }
  }
  const mapped = options.map && mapping(options, options.map, packet, seen);
  if (mapped && 'kind' in mapped) return mapped;
  changes.push(...(mapped ?? []));
  return changes.length > 0
    ? { kind: 'changes', changes }
    : { kind: 'note', text: whys.join(', ') || 'nothing mapped' };
}

function after(world: SetWorld, change: Extract<Change, { kind: 'member' }>): SetWorld {
  const set = world.set(change.set);
  if ('kind' in set) return world;
  const changed = withMember(set, change);
  return { hook: world.hook, set: name => (name === change.set ? changed : world.set(name)) };
}

function mapping(
  options: SetTargetOptions,
  map: SetReference,
  packet: Packet,
  world: SetWorld,
): readonly Change[] | Extract<Effect, { kind: 'undecided' }> {
  const query = { ...map, returnNomatch: false, updateCounters: true, packets: undefined, bytes: undefined };
  const found = testSet(query, packet, world);
  if ('kind' in found) return { kind: 'undecided', why: found };
  if (!found.member) return [];
  const { skbmark = { value: 0, mask: 0 }, skbprio } = found.mapped ?? {};
  const changes: Change[] = [];
  if (options.mapMark) changes.push({ kind: 'set', field: 'mark', value: setXmark(packet.mark, skbmark) });
  if (options.mapPriority) {
    const value = priorityOf(skbprio ?? '0:0');
    if (value === undefined) return { kind: 'undecided', why: unknown(`skbprio ${skbprio} in set ${map.set}`) };
    changes.push({ kind: 'set', field: 'priority', value });
  }
  return changes;
}

/** `MAJOR:MINOR`, hexadecimal. */
function priorityOf(text: string): number | undefined {
  const [, major = '', minor = ''] = /^([0-9a-fA-F]{1,4}):([0-9a-fA-F]{1,4})$/.exec(text) ?? [];
  return major === '' ? undefined : Number.parseInt(major, 16) * 0x10000 + Number.parseInt(minor, 16);
}
