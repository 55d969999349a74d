import { sha256 } from '@noble/hashes/sha2.js';
import { formatServicePort, type ServicePort } from '../comment.ts';

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
const encoder = new TextEncoder();

/** The first `length` characters of the base32 of a text's sha256, as kube-proxy names its chains. */
export function chainHash(text: string, length: number): string {
  const bytes = sha256(encoder.encode(text));
  let out = '';
  let buffer = 0;
  let bits = 0;
  for (const byte of bytes) {
    buffer = ((buffer << 8) | byte) & 0xfff;
    for (bits += 8; bits >= 5 && out.length < length; bits -= 5) out += ALPHABET[(buffer >> (bits - 5)) & 31] ?? '';
    if (out.length === length) break;
  }
  return out;
}

const SUFFIX = 16;

/**
 * What KUBE-SVC-, KUBE-SVL-, KUBE-EXT-, KUBE-FW- and KUBE-XLB- of a service port end in; `protocol` as iptables prints
 * it. A port without a name had a colon in the hash of old kube-proxies: both are possible.
 */
export function serviceSuffixes(service: ServicePort, protocol: string): readonly string[] {
  const name = formatServicePort(service);
  const names = service.port === undefined ? [name, `${name}:`] : [name];
  return names.map(each => chainHash(`${each}${protocol}`, SUFFIX));
}

/** What KUBE-SEP- of an endpoint ends in; `endpoint` as `10.0.0.1:80` or `[fd00::1]:80`. */
export function endpointSuffixes(service: ServicePort, protocol: string, endpoint: string): readonly string[] {
  const name = formatServicePort(service);
  const names = service.port === undefined ? [name, `${name}:`] : [name];
  return names.map(each => chainHash(`${each}${protocol}${endpoint}`, SUFFIX));
}
