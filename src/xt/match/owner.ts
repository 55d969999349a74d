import { type Truth, unknown } from '../../model/truth.ts';
import type { World } from '../../model/world.ts';
import type { Packet } from '../../net/packet.ts';
import { match, OptionError, type RuleContext } from '../extension.ts';
import type { Given } from '../given.ts';
import { parseInteger } from '../numbers.ts';
import { requireHook } from '../require.ts';

export interface IdRange {
  readonly min: number;
  readonly max: number;
  readonly inverted: boolean;
}

export interface OwnerOptions {
  readonly socketExists?: { readonly inverted: boolean };
  readonly uid?: IdRange;
  readonly gid?: IdRange;
  readonly supplementary: boolean;
}

const MAX_ID = 0xfffffffe;

/** Numbers, a range of them by `-` or `:`, or `root`: the names of other users are a matter of the node. */
function idOption(given: Given, name: string): IdRange | undefined {
  const text = given.value(name);
  if (text === undefined) return undefined;
  const inverted = given.inverted(name);
  if (text === 'root') return { min: 0, max: 0, inverted };
  const at = text.search(/[-:]/);
  const min = parseInteger(at < 0 ? text : text.slice(0, at), 0, MAX_ID);
  const max = at < 0 ? min : parseInteger(text.slice(at + 1), 0, MAX_ID);
  if (min === undefined || max === undefined) throw new OptionError(`owner: Bad value for "${name}" option: "${text}"`);
  if (min > max) throw new OptionError(`owner: the kernel refuses ${name} ${text}`);
  return { min, max, inverted };
}

function parse(given: Given, context: RuleContext): OwnerOptions {
  requireHook('owner', context, ['output', 'postrouting']);
  const position = (name: string) => given.options.findIndex(option => option.name === name);
  const supplementary = given.has('--suppl-groups');
  if (supplementary && !(given.has('--gid-owner') && position('--gid-owner') < position('--suppl-groups')))
    throw new OptionError('owner: Bad value for "--suppl-groups" option: "you need to use --gid-owner first"');
  given.oneOf('--uid-owner', '--gid-owner', '--socket-exists');
  const uid = idOption(given, '--uid-owner');
  const gid = idOption(given, '--gid-owner');
  const socket = given.get('--socket-exists');
  return {
    supplementary,
    ...(socket && { socketExists: { inverted: socket.inverted } }),
    ...(uid && { uid }),
    ...(gid && { gid }),
  };
}

const format = ({ min, max }: IdRange): string => (min === max ? `${min}` : `${min}-${max}`);

function print({ socketExists, uid, gid, supplementary }: OwnerOptions): string {
  const bang = (item: { readonly inverted: boolean }) => (item.inverted ? ' !' : '');
  let out = socketExists ? `${bang(socketExists)} --socket-exists` : '';
  if (uid) out += `${bang(uid)} --uid-owner ${format(uid)}`;
  if (gid) out += `${bang(gid)} --gid-owner ${format(gid)}`;
  return supplementary ? `${out} --suppl-groups` : out;
}

function idTruth(range: IdRange | undefined, id: number | undefined, what: string): Truth {
  if (!range) return true;
  if (id === undefined) return unknown(`the ${what} of the sending process is not known`, `tell the sender's ${what}`);
  return (id >= range.min && id <= range.max) !== range.inverted;
}

/** A forwarded packet has no socket here: then only what is wholly inverted matches (xt_owner.c owner_mt). */
function evaluate({ socketExists, uid, gid, supplementary }: OwnerOptions, packet: Packet, world: World): Truth {
  const { owner } = packet;
  if (world.hook === 'prerouting' || world.hook === 'forward' || packet.iif !== undefined || owner === 'none')
    return !supplementary && [socketExists, uid, gid].every(item => item?.inverted !== false);
  if (!owner) return unknown('who sent the packet is not known', "tell the sender's user and group");
  if (socketExists?.inverted) return false;
  if (owner === 'kernel') return !supplementary && [uid, gid].every(item => item?.inverted !== false);
  const user = idTruth(uid, owner.uid, 'uid');
  if (user === false || !gid) return user;
  const group = idTruth(gid, owner.gid, 'gid');
  if (supplementary && group === gid.inverted)
    return unknown('the supplementary groups of the sending process are not known');
  return user === true ? group : group === false ? false : user;
}

export const owner = match<OwnerOptions>({
  name: 'owner',
  families: ['ip', 'ip6'],
  options: {
    '--uid-owner': { args: 1, invert: true },
    '--gid-owner': { args: 1, invert: true },
    '--socket-exists': { args: 0, invert: true },
    '--suppl-groups': { args: 0 },
  },
  parse,
  print,
  describe({ socketExists, uid, gid }) {
    const not = (item: { readonly inverted: boolean }) => (item.inverted ? 'not ' : '');
    return [
      ...(socketExists ? [`${not(socketExists)}from a local socket`] : []),
      ...(uid ? [`${not(uid)}sent by user ${format(uid)}`] : []),
      ...(gid ? [`${not(gid)}sent by group ${format(gid)}`] : []),
    ].join(', ');
  },
  evaluate,
});
