import { createHash } from 'node:crypto';

/** As kube-proxy names chains. */
export const hashOf = (text: string, length = 16): string =>
  base32(createHash('sha256').update(text).digest()).slice(0, length);

function base32(bytes: Uint8Array): string {
  const bits = [...bytes].map(byte => byte.toString(2).padStart(8, '0')).join('');
  return (bits.match(/.{5}/g) ?? []).map(five => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'[Number.parseInt(five, 2)]).join('');
}
