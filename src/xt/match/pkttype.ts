import { unknown } from '../../model/truth.ts';
import type { PacketType } from '../../net/packet.ts';
import { match, OptionError } from '../extension.ts';

export interface PkttypeOptions {
  readonly type: PacketType;
  readonly inverted: boolean;
}

const TYPES = new Map<string, PacketType>([
  ['unicast', 'unicast'],
  ['host', 'unicast'],
  ['broadcast', 'broadcast'],
  ['bcast', 'broadcast'],
  ['multicast', 'multicast'],
  ['mcast', 'multicast'],
  ['otherhost', 'otherhost'],
]);

export const pkttype = match<PkttypeOptions>({
  name: 'pkttype',
  families: ['ip', 'ip6'],
  options: { '--pkt-type': { args: 1, invert: true } },
  parse(given) {
    const text = given.required('--pkt-type');
    const type = TYPES.get(text.toLowerCase());
    if (type === undefined) throw new OptionError(`Bad packet type '${text}'`);
    return { type, inverted: given.inverted('--pkt-type') };
  },
  print: ({ type, inverted }) => `${inverted ? ' !' : ''} --pkt-type ${type}`,
  describe: ({ type, inverted }) => `${inverted ? 'not ' : ''}${type} on its link`,
  /** What a node makes itself is for `host`, that is unicast, until it is sent. */
  evaluate({ type, inverted }, packet, world) {
    const actual = packet.type ?? (world.hook === 'output' ? 'unicast' : undefined);
    if (actual === undefined) return unknown('whether the frame was unicast is not known', 'tell its destination MAC');
    return (actual === type) !== inverted;
  },
});
