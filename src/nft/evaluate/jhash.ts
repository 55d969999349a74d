import { jhash, reciprocalScale } from '../../net/jhash.ts';
import type { Jhash, Symhash } from '../schema.ts';
import { type Evaluate, map, type Value } from './value.ts';

/** As many ways as there are values, where the hash is not known: each is as likely as the others. */
function anyOf({ modulus, offset }: Jhash | Symhash, label: (value: number) => string): Evaluate {
  return (_packet, world) => offset + world.choose({ count: modulus, labelOf: index => label(index + offset) });
}

/**
 * net/netfilter/nft_hash.c: of the registers' bytes, each field padded to four. Without a seed the kernel has thrown one
 * that nobody can read.
 */
export function compileJhash(
  hash: Jhash,
  key: Evaluate,
  bytesOf: (value: Value) => Uint8Array | undefined,
  label: (value: number) => string,
): Evaluate {
  const { seed, modulus, offset } = hash;
  const any = anyOf(hash, label);
  if (seed === undefined) return any;
  return (packet, world) =>
    map(key(packet, world), value => {
      const bytes = bytesOf(value);
      return bytes ? offset + reciprocalScale(jhash(bytes, seed), modulus) : any(packet, world);
    });
}

/** __skb_get_hash_symmetric: its key is a secret of the kernel. */
export const compileSymhash = (hash: Symhash, label: (value: number) => string): Evaluate => anyOf(hash, label);
