import { TCP } from '../../net/packet.ts';
import { withoutOptions } from '../../net/tcp-options.ts';
import { OptionError, target } from '../extension.ts';
import { parseInteger } from '../numbers.ts';

export interface TcpoptstripOptions {
  /** Option numbers, ascending. */
  readonly strip: readonly number[];
}

const NAMES: ReadonlyMap<string, number> = new Map([
  ['wscale', 3],
  ['mss', 2],
  ['sack-permitted', 4],
  ['sack', 5],
  ['timestamp', 8],
  ['md5', 19],
]);

function parseStrip(text: string): readonly number[] {
  const strip = new Set<number>();
  for (const word of text.split(',')) {
    const option = NAMES.get(word) ?? parseInteger(word, 0, 255);
    if (option === undefined) throw new OptionError(`Bad TCP option value "${word}"`);
    if (option < 2) throw new OptionError('Option value may not be 0 or 1');
    if (strip.has(option)) throw new OptionError(`Option "${word}" already specified`);
    strip.add(option);
  }
  return [...strip].sort((a, b) => a - b);
}

export const TCPOPTSTRIP = target<TcpoptstripOptions>({
  name: 'TCPOPTSTRIP',
  families: ['ip', 'ip6'],
  options: { '--strip-options': { args: 1 } },
  tables: ['mangle'],
  parse(given, { protocol, protocolInverted }) {
    if (protocol !== TCP || protocolInverted) throw new OptionError('TCPOPTSTRIP: needs -p tcp');
    const text = given.value('--strip-options');
    return { strip: text === undefined ? [] : parseStrip(text) };
  },
  print: ({ strip }) => (strip.length === 0 ? '' : ` --strip-options ${strip.join(',')}`),
  describe: ({ strip }) => `strip the TCP options ${strip.join(', ')}`,
  apply({ strip }, { tcp, fragment }) {
    if (!tcp || fragment === 'later') return { kind: 'note', text: 'TCP options not touched' };
    return { kind: 'changes', changes: [{ kind: 'tcp', header: withoutOptions(tcp, strip) }] };
  },
});
