import type { Remark } from '../../model/source.ts';

const LONG = /\d{16}/;
const STRING_OR_LONG = /"(?:[^"\\]|\\.)*"|(?<![\w.+-])\d{16,20}(?![\w.])/g;

/**
 * JSON.parse, but for whole numbers that a double does not hold: they become strings in hexadecimal, which is how nft
 * itself writes numbers of more than 64 bits.
 */
export function parseExactJson(text: string, file: string, remarks: Remark[]): unknown {
  const exact = LONG.test(text)
    ? text.replace(STRING_OR_LONG, found => (found.startsWith('"') ? found : hexadecimal(found)))
    : text;
  try {
    return JSON.parse(exact);
  } catch (error) {
    const reason = error instanceof Error ? error.message.replace(/\p{C}/gu, '?').slice(0, 100) : 'not read';
    remarks.push({ file, line: 1, severity: 'error', text: `not JSON: ${reason}` });
    return undefined;
  }
}

function hexadecimal(digits: string): string {
  const value = BigInt(digits);
  return value <= BigInt(Number.MAX_SAFE_INTEGER) ? digits : `"0x${value.toString(16)}"`;
}
