/** A link layer address in lower case, octets joined by colons: `02:00:00:00:00:cf`. */
export type Mac = string;

/** One or two hexadecimal digits an octet, joined by colons or dashes; undefined for anything else. */
export function parseMac(text: string): Mac | undefined {
  const octets = text.split(/[:-]/);
  if (octets.length !== 6 || !octets.every(octet => /^[0-9a-fA-F]{1,2}$/.test(octet))) return undefined;
  return octets.map(octet => octet.toLowerCase().padStart(2, '0')).join(':');
}
