import { unknown } from '../../model/truth.ts';
import { parseProtocol } from '../../net/protocol.ts';
import { match, OptionError } from '../extension.ts';

/** In the order in which they are printed; `protocol` stands for what follows the extension headers. */
const HEADERS = [
  { name: 'hop-by-hop', short: 'hop', number: 0 },
  { name: 'ipv6-opts', short: 'dst', number: 60 },
  { name: 'ipv6-route', short: 'route', number: 43 },
  { name: 'ipv6-frag', short: 'frag', number: 44 },
  { name: 'ah', short: 'auth', number: 51 },
  { name: 'esp', short: 'esp', number: 50 },
  { name: 'ipv6-nonxt', short: 'none', number: 59 },
  { name: 'protocol', short: 'prot', number: 255 },
] as const;

export interface Ipv6headerOptions {
  readonly headers: ReadonlySet<number>;
  readonly inverted: boolean;
  /** These at least; otherwise exactly these. */
  readonly soft: boolean;
}

export const ipv6header = match<Ipv6headerOptions>({
  name: 'ipv6header',
  families: ['ip6'],
  options: { '--header': { args: 1, invert: true }, '--soft': { args: 0 } },
  parse: given => ({
    headers: parseHeaders(given.required('--header')),
    inverted: given.inverted('--header'),
    soft: given.has('--soft'),
  }),
  print: ({ headers, inverted, soft }) => `${inverted ? ' !' : ''} --header ${list(headers)}${soft ? ' --soft' : ''}`,
  describe: ({ headers, inverted }) => `${inverted ? 'not ' : ''}with headers ${list(headers)}`,
  evaluate({ headers, inverted, soft }, { protocol, extensionHeaders }) {
    if (!extensionHeaders) return unknown('the extension headers of the packet are not known');
    const last = protocol === 50 || protocol === 59 ? [protocol] : protocol === 51 ? [51, 255] : [255];
    const found = new Set([...extensionHeaders, ...last].filter(n => HEADERS.some(h => h.number === n)));
    if (soft) return [...headers].every(n => found.has(n) !== inverted);
    return (found.size === headers.size && [...headers].every(n => found.has(n))) !== inverted;
  },
});

const list = (headers: ReadonlySet<number>): string =>
  HEADERS.filter(h => headers.has(h.number))
    .map(h => h.name)
    .join(',');

function parseHeaders(text: string): ReadonlySet<number> {
  const numbers = text
    .split(',')
    .filter(word => word !== '')
    .map(word => {
      const number = HEADERS.find(h => h.short === word || h.name === word)?.number ?? parseProtocol(word);
      const known = HEADERS.find(h => h.number === number);
      if (!known) throw new OptionError(`unknown header \`${word}' specified`);
      return known.number;
    });
  if (numbers.length === 0) throw new OptionError('ipv6header: cannot parse header names');
  return new Set<number>(numbers);
}
