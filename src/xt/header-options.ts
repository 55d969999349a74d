import { and, type Truth, unknown } from '../model/truth.ts';
import type { Packet } from '../net/packet.ts';
import { match, OptionError } from './extension.ts';
import { integerOption } from './numbers.ts';

/** What `hbh` and `dst` ask of an IPv6 extension header that carries options. */
export interface HeaderOptions {
  readonly length?: { readonly value: number; readonly inverted: boolean };
  /** Types in their order, each with its length where that counts. */
  readonly options?: readonly { readonly type: number; readonly length?: number }[];
}

/** `hbh` (hop-by-hop, header 0) and `dst` (destination options, header 60) differ in name alone. */
export function headerMatch(name: 'hbh' | 'dst', header: number) {
  const lengthOption = `--${name}-len`;
  const listOption = `--${name}-opts`;
  return match<HeaderOptions>({
    name,
    families: ['ip6'],
    options: { [lengthOption]: { args: 1, invert: true }, [listOption]: { args: 1 } },
    parse(given) {
      const list = given.value(listOption);
      return {
        ...(given.has(lengthOption) && {
          length: { value: integerOption(given, lengthOption), inverted: given.inverted(lengthOption) },
        }),
        ...(list !== undefined && { options: parseList(name, list) }),
      };
    },
    print: ({ length, options }) =>
      (length ? `${length.inverted ? ' !' : ''} ${lengthOption} ${length.value}` : '') +
      (options
        ? ` ${listOption} ${options.map(o => (o.length === undefined ? o.type : `${o.type}:${o.length}`)).join(',')}`
        : ''),
    describe: () => (name === 'hbh' ? 'with hop-by-hop options' : 'with destination options'),
    evaluate: ({ length, options }, packet) =>
      and([
        hasHeader(packet, header),
        length || options ? unknown(`the contents of the packet's extension header ${header} are not known`) : true,
      ]),
  });
}

/** Whether an IPv6 packet carries the extension header. */
function hasHeader({ extensionHeaders }: Packet, header: number): Truth {
  return extensionHeaders?.includes(header) ?? unknown('the extension headers of the packet are not known');
}

/** At most 16; numbers wrap at 8 bit, and the length 255 stands for any (libip6t_hbh.c). */
function parseList(name: string, text: string): { readonly type: number; readonly length?: number }[] {
  const list = text.split(',');
  if (list.length > 16) throw new OptionError(`${name}: too many options`);
  return list.map(item => {
    const [, first, length] =
      /^(0[xX][0-9a-fA-F]{1,8}|\d{1,10})(?::(0[xX][0-9a-fA-F]{1,8}|\d{1,10}))?$/.exec(item) ?? [];
    if (first === undefined) throw new OptionError(`${name}: no valid digits in opt \`${item}'`);
    const type = Number(first) & 255;
    const bytes = length === undefined ? 255 : Number(length) & 255;
    return bytes === 255 ? { type } : { type, length: bytes };
  });
}
