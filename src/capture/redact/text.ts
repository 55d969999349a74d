import { parseAddress } from '../../net/address.ts';
import { type AddressMap, formatLike } from './address-map.ts';

/** What may be an address, for the inside of a larger pattern. */
export const ADDRESS_TEXT = '(?<![\\w.:])(?:\\d{1,3}(?:\\.\\d{1,3}){3}|[0-9a-fA-F:]*:[0-9a-fA-F:.]*[0-9a-fA-F:])';

/** MACs, addresses of both families, the names that clouds make of addresses, in this order. */
const TOKEN = new RegExp(
  [
    '(?<![\\w:.-])(?:[0-9a-fA-F]{2}:){5}[0-9a-fA-F]{2}(?![\\w:])',
    '(?<![\\w:.])[0-9a-fA-F]{0,4}:[0-9a-fA-F:]{0,36}:[0-9a-fA-F:]*(?:\\d{1,3}(?:\\.\\d{1,3}){3})?(?![\\w:])',
    '(?<![\\w.])\\d{1,3}(?:\\.\\d{1,3}){3}(?![\\w]|\\.\\d)',
    '(?<=\\bip-)\\d{1,3}(?:-\\d{1,3}){3}(?!\\d)',
  ]
    .map(part => `(${part})`)
    .join('|'),
  'g',
);

/** Behind a service in a chain's name of kube-proxy's nftables mode: `__10.0.0.1/80`, `__fd00..1/80`; long names are cut. */
const IN_NAME = /(?<=\/[^\s"{}/]{0,64}__)(?:([0-9a-fA-F.]+)(?=\/\d)|[0-9a-fA-F./]*\.\.\.(?![\w.]))/g;

function mapInName(token: string, map: AddressMap): string {
  if (token.endsWith('...')) return '...';
  const isV4 = /^\d+(?:\.\d+){3}$/.test(token);
  const mapped = mapOne(isV4 ? token : token.replaceAll('.', ':'), map);
  return isV4 ? mapped : mapped.replaceAll(':', '.');
}

/** Replaces every address in a text; all else stays byte for byte. */
export function mapText(text: string, map: AddressMap): string {
  const named = text.includes('__') ? text.replace(IN_NAME, token => mapInName(token, map)) : text;
  return named.replace(TOKEN, (token, mac?: string, _v6?: string, _v4?: string, dashed?: string) => {
    if (mac !== undefined) return mapMac(mac, map);
    if (dashed !== undefined) return mapOne(dashed.replaceAll('-', '.'), map).replaceAll('.', '-');
    return mapOne(token, map);
  });
}

function mapOne(token: string, map: AddressMap): string {
  const address = parseAddress(token);
  if (address === undefined) return token;
  const mapped = map.address(address);
  return mapped === address ? token : formatLike(mapped, token);
}

function mapMac(text: string, map: AddressMap): string {
  const mapped = map
    .mac(BigInt(`0x${text.replaceAll(':', '')}`))
    .toString(16)
    .padStart(12, '0')
    .replace(/..(?=.)/g, '$&:');
  return text === text.toUpperCase() && /[A-F]/.test(text) ? mapped.toUpperCase() : mapped;
}

/** /proc/net/ip_vs: IPv4 addresses as eight digits, in the order of the network. */
export const mapIpvs = (text: string, map: AddressMap): string =>
  mapText(text, map).replace(/\b([0-9A-F]{8})(?=:[0-9A-F]{4}\b)/g, hex =>
    hexOf(map.address(Number.parseInt(hex, 16)), 8),
  );

/** /proc/net/tcp and the like: words of 32 bits, as a little-endian machine has them. */
export const mapProcSockets = (text: string, map: AddressMap): string =>
  text.replace(/\b([0-9A-F]{32}|[0-9A-F]{8})(?=:[0-9A-F]{4} )/g, hex => {
    const plain = swap(hex);
    const address = hex.length === 8 ? Number.parseInt(plain, 16) : BigInt(`0x${plain}`);
    return swap(hexOf(map.address(address), hex.length));
  });

const swap = (hex: string): string =>
  (hex.match(/.{8}/g) ?? []).map(word => (word.match(/../g) ?? []).reverse().join('')).join('');

const hexOf = (address: number | bigint, digits: number): string =>
  address.toString(16).toUpperCase().padStart(digits, '0');
