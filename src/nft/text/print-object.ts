import type { Printer } from '../printer.ts';
import type { NftObject } from '../schema.ts';
import { printLimit } from '../statement/limit.ts';
import { printQuota } from '../statement/quota.ts';

/** The lines within a stateful object's braces. */
export function printObject(object: NftObject, printer: Printer): readonly string[] {
  const lines = terms(object, printer);
  return 'comment' in object && object.comment !== undefined ? [`comment "${object.comment}"`, ...lines] : lines;
}

const l3proto = ({ l3proto: family }: { readonly l3proto?: string }): readonly string[] =>
  family === undefined ? [] : [`l3proto ${family}`];

function terms(object: NftObject, printer: Printer): readonly string[] {
  switch (object.kind) {
    case 'counter':
      return object.packets === undefined ? [] : [`packets ${object.packets} bytes ${object.bytes}`];
    case 'quota':
      return [printQuota(object)];
    case 'limit':
      return [printLimit(object, printer)];
    case 'ct helper':
      return [`type "${object.type}" protocol ${object.protocol}`, ...l3proto(object)];
    case 'ct timeout': {
      const policy = [...object.policy].map(([state, seconds]) => `${state} : ${seconds}`);
      return [`protocol ${object.protocol}`, ...l3proto(object), `policy = { ${policy.join(', ')} }`];
    }
    case 'ct expectation': {
      const { protocol, dport, timeout, size } = object;
      const lines = [`protocol ${protocol}`, `dport ${dport}`, `timeout ${printer.duration(timeout)}`, `size ${size}`];
      return [...lines, ...l3proto(object)];
    }
    case 'secmark':
      return [`"${object.context}"`];
    case 'synproxy': {
      const { mss, wscale, flags } = object;
      const lines = [
        ...(mss === undefined ? [] : [`mss ${mss}`]),
        ...(wscale === undefined ? [] : [`wscale ${wscale}`]),
      ];
      return flags.length > 0 ? [...lines, flags.join(' ')] : lines;
    }
    case 'unread':
      return object.text
        .split('\n')
        .map(line => line.trim())
        .filter(line => line !== '');
  }
}
