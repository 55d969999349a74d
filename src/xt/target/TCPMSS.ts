import type { Change } from '../../model/effect.ts';
import { type Packet, TCP, TCP_FLAG, type TcpHeader } from '../../net/packet.ts';
import { OptionError, type RuleContext, target } from '../extension.ts';
import type { Given } from '../given.ts';
import { integerOption } from '../numbers.ts';

export interface TcpmssTargetOptions {
  readonly mss: number | 'pmtu';
}

const CLAMP_HOOKS = ['forward', 'output', 'postrouting'];

/** The legacy kernel code wants `-m tcp` to let SYNs through only; that of nft does not look. */
function checkPlace(mss: TcpmssTargetOptions['mss'], context: RuleContext): void {
  const { protocol, protocolInverted, backend, hook, matches = [] } = context;
  if (protocol !== TCP || protocolInverted) throw new OptionError('TCPMSS: needs -p tcp');
  if (mss === 'pmtu' && hook && !CLAMP_HOOKS.includes(hook))
    throw new OptionError('TCPMSS: path-MTU clamping only supported in FORWARD, OUTPUT and POSTROUTING hooks');
  const syn = matches.some(m => m.name === 'tcp' && /(?<!!) --tcp-flags \S+ \S*SYN/.test(m.print(context)));
  if (backend === 'legacy' && !syn) throw new OptionError('TCPMSS: Only works on TCP SYN packets');
}

function parse(given: Given, context: RuleContext): TcpmssTargetOptions {
  const max = context.family === 'ip' ? 65515 : 65495;
  const last = given.options[given.options.length - 1];
  if (!last) throw new OptionError('TCPMSS target: At least one parameter is required');
  const set = given.has('--set-mss') ? integerOption(given, '--set-mss', 0, max) : 'pmtu';
  const mss = last.name === '--set-mss' ? set : 'pmtu';
  checkPlace(mss, context);
  return { mss };
}

/** A segment size is only ever made smaller; a SYN without one gets it, at most the protocol's default (xt_TCPMSS.c). */
function changed(tcp: TcpHeader, mss: number, family: RuleContext['family']): TcpHeader {
  if (typeof tcp.mss === 'number') return { ...tcp, mss: Math.min(tcp.mss, mss) };
  if (tcp.mss !== null || (tcp.flags & TCP_FLAG.SYN) === 0) return tcp;
  return {
    ...tcp,
    mss: Math.min(mss, family === 'ip' ? 536 : 1220),
    ...(tcp.options && { options: [...tcp.options, 2] }),
  };
}

const OPTION_LENGTH = 4;

/** Behind the TCP header, as far as the bytes tell. */
function hasData({ family, bytes, length }: Packet): boolean {
  if (!bytes || length === undefined || (family === 'ip6' && bytes[6] !== TCP)) return false;
  const at = family === 'ip' ? ((bytes[0] ?? 0) & 15) * 4 : 40;
  return length > at + ((bytes[at + 12] ?? 0) >> 4) * 4;
}

export const TCPMSS = target<TcpmssTargetOptions>({
  name: 'TCPMSS',
  families: ['ip', 'ip6'],
  options: { '--set-mss': { args: 1 }, '--clamp-mss-to-pmtu': { args: 0 } },
  parse,
  print: ({ mss }) => (mss === 'pmtu' ? ' --clamp-mss-to-pmtu' : ` --set-mss ${mss}`),
  describe: ({ mss }) => `segment size ${mss === 'pmtu' ? 'as the path allows' : `at most ${mss}`}`,
  apply({ mss }, packet) {
    const { tcp } = packet;
    if (!tcp || packet.fragment === 'later') return { kind: 'note', text: 'segment size not touched' };
    if (mss !== 'pmtu') {
      const header = changed(tcp, mss, packet.family);
      const grown = tcp.mss === null && header.mss !== null;
      if (grown && hasData(packet)) return { kind: 'note', text: 'no room for a segment size before the data' };
      const changes: Change[] = [{ kind: 'tcp', header }];
      if (grown && packet.length !== undefined)
        changes.push({ kind: 'set', field: 'length', value: packet.length + OPTION_LENGTH });
      return { kind: 'changes', changes };
    }
    const { mss: _before, ...header } = tcp;
    return { kind: 'changes', changes: [{ kind: 'tcp', header }] };
  },
});
