import type { Value } from '../schema.ts';

/** How the constants of one kind are written and what they mean, as `nft describe` tells it. */
export interface DataType {
  /** As sets name it: `ipv4_addr`, `inet_service`. */
  readonly name: string;
  /** Absent: as long as the expression it is of. */
  readonly bits?: number;
  /** Byte order in the kernel's registers: of meta and ct integers the host's. */
  readonly order: 'network' | 'host';
  /** Names of values. Of a bitmask those of its bits. */
  readonly symbols?: ReadonlyMap<string, number>;
  /** Or'ed flags: `a,b`; a plain comparison asks for any of them. */
  readonly bitmask?: true;
  /** Strings stand in quotes. */
  readonly quoted?: true;
  /** How numbers print; a number of digits: padded hexadecimal. */
  readonly base: 'decimal' | 'hex' | number;
  /** The value of a word as JSON has it, where it is not simply a number or a string. */
  read?(word: string): Value['value'] | undefined;
  /** A value that does not print as numbers and strings do. */
  print?(value: Value['value']): string | undefined;
}

const table = (words: string): ReadonlyMap<string, number> =>
  new Map(
    words
      .trim()
      .split(/\s+/)
      .map(word => {
        const at = word.lastIndexOf(':');
        return [word.slice(0, at), Number(word.slice(at + 1))] as const;
      }),
  );

type Rest = Partial<Omit<DataType, 'name'>>;
const network = (name: string, bits: number, rest: Rest = {}): DataType => ({
  name,
  bits,
  order: 'network',
  base: 'decimal',
  ...rest,
});
const host = (name: string, bits: number, rest: Rest = {}): DataType => ({
  ...network(name, bits, rest),
  order: 'host',
});

export { host, network, table };
