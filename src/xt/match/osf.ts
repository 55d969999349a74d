import { unknown } from '../../model/truth.ts';
import { TCP, TCP_FLAG } from '../../net/packet.ts';
import { match } from '../extension.ts';
import { integerOption } from '../numbers.ts';
import { requireHook, requireProtocol } from '../require.ts';

export interface OsfOptions {
  readonly genre: string;
  readonly inverted: boolean;
  readonly ttl?: number;
  readonly log?: number;
}

const MAX_NAME = 31;

/** Which operating system made a SYN, guessed from fingerprints that someone loaded into the kernel. */
export const osf = match<OsfOptions>({
  name: 'osf',
  families: ['ip'],
  options: { '--genre': { args: 1, invert: true }, '--ttl': { args: 1 }, '--log': { args: 1 } },
  parse(given, context) {
    requireProtocol('osf', context, TCP);
    requireHook('osf', context, ['prerouting', 'input', 'forward']);
    return {
      genre: given.required('--genre').slice(0, MAX_NAME),
      inverted: given.inverted('--genre'),
      ...(given.has('--ttl') && { ttl: integerOption(given, '--ttl', 0, 2) }),
      ...(given.has('--log') && { log: integerOption(given, '--log', 0, 2) }),
    };
  },
  print({ genre, inverted, ttl, log }) {
    const rest = (ttl === undefined ? '' : ` --ttl ${ttl}`) + (log === undefined ? '' : ` --log ${log}`);
    return `${inverted ? ' !' : ''} --genre ${genre}${rest}`;
  },
  describe: ({ genre, inverted }) => `${inverted ? 'not ' : ''}from a system like ${genre}`,
  evaluate(_options, packet) {
    if (packet.protocol !== TCP || packet.fragment === 'later') return false;
    if (packet.tcp && !(packet.tcp.flags & TCP_FLAG.SYN)) return false;
    return unknown('the operating system of the sender is not known');
  },
});
