import { and, invertIf, type Truth, unknown } from '../../model/truth.ts';
import { SCTP } from '../../net/packet.ts';
import { match, OptionError } from '../extension.ts';
import type { Given } from '../given.ts';
import { describePorts, PORT_OPTIONS, type PortRange, portRangeOption, portTruth, printPorts } from '../port.ts';
import { requireProtocol } from '../require.ts';

export interface SctpChunk {
  readonly type: number;
  /** Flags that are looked at, and their values. */
  readonly mask: number;
  readonly value: number;
}

export interface SctpOptions {
  readonly sport?: PortRange;
  readonly dport?: PortRange;
  readonly chunks?: {
    readonly which: 'any' | 'all' | 'only';
    /** In the order of their numbers; `'ALL'` is every one of the 256. */
    readonly types: readonly SctpChunk[] | 'ALL';
    readonly inverted: boolean;
  };
}

/** Bits of a chunk's flags from the highest, `-` where there is none. */
const CHUNKS: readonly (readonly [name: string, type: number, flags?: string])[] = [
  ['DATA', 0, '----IUBE'],
  ['INIT', 1],
  ['INIT_ACK', 2],
  ['SACK', 3],
  ['HEARTBEAT', 4],
  ['HEARTBEAT_ACK', 5],
  ['ABORT', 6, '-------T'],
  ['SHUTDOWN', 7],
  ['SHUTDOWN_ACK', 8],
  ['ERROR', 9],
  ['COOKIE_ECHO', 10],
  ['COOKIE_ACK', 11],
  ['ECN_ECNE', 12],
  ['ECN_CWR', 13],
  ['SHUTDOWN_COMPLETE', 14, '-------T'],
  ['I_DATA', 64, '----IUBE'],
  ['ASCONF_ACK', 128],
  ['RE_CONFIG', 130],
  ['PAD', 132],
  ['FORWARD_TSN', 192],
  ['ASCONF', 193],
  ['I_FORWARD_TSN', 194],
];
/** Its flags are read and then never looked at (libxt_sctp.c files them under another number). */
const I_DATA = 64;

/** A letter as it is in the list: the flag is set; in lower case: it is not. */
function parseFlags(letters: string, allowed: string, before: SctpChunk): SctpChunk {
  let { mask, value } = before;
  for (const letter of letters) {
    const at = allowed.indexOf(letter.toUpperCase());
    if (at < 0 || letter === '-') throw new OptionError(`Invalid flags for chunk type ${before.type}`);
    const bit = 0x80 >> at;
    mask |= bit;
    if (letter === letter.toUpperCase()) value |= bit;
  }
  return { type: before.type, mask, value };
}

function parseTypes(text: string): readonly SctpChunk[] | 'ALL' {
  if (text.toUpperCase() === 'ALL') return 'ALL';
  if (text.toUpperCase() === 'NONE') return [];
  const found = new Map<number, SctpChunk>();
  for (const part of text.split(',').filter(part => part !== '')) {
    const colon = part.indexOf(':');
    const name = colon < 0 ? part : part.slice(0, colon);
    const known = CHUNKS.find(([chunk]) => chunk === name.toUpperCase());
    if (!known) throw new OptionError(`Unknown sctp chunk \`${name}'`);
    const [, type, flags = ''] = known;
    const plain = { type, mask: 0, value: 0 };
    const chunk = parseFlags(colon < 0 ? '' : part.slice(colon + 1), flags, found.get(type) ?? plain);
    found.set(type, type === I_DATA ? plain : chunk);
  }
  return [...found.values()].sort((a, b) => a.type - b.type);
}

function chunksOption(given: Given): SctpOptions['chunks'] {
  const option = given.get('--chunk-types');
  if (!option) return undefined;
  const which = option.args[0]?.toLowerCase();
  if (which !== 'any' && which !== 'all' && which !== 'only')
    throw new OptionError('Match type has to be one of "ALL", "ANY" or "ONLY"');
  return { which, types: parseTypes(option.args[1] ?? ''), inverted: option.inverted };
}

function printChunk({ type, mask, value }: SctpChunk): string {
  const [name, , flags = ''] = CHUNKS.find(([, number]) => number === type) ?? [`${type}`, type];
  const letters = [...flags].map((letter, i) => {
    const bit = 0x80 >> i;
    return mask & bit ? (value & bit ? letter : letter.toLowerCase()) : '';
  });
  return mask === 0 ? name : `${name}:${letters.join('')}`;
}

function printChunks({ which, types, inverted }: NonNullable<SctpOptions['chunks']>): string {
  const list = types === 'ALL' ? 'ALL' : types.map(printChunk).join(',') || 'NONE';
  return `${inverted ? ' !' : ''} --chunk-types ${which} ${list}`;
}

/** match_packet of xt_sctp.c; the flags of a packet's chunks are not in the model. */
function chunkTruth({ which, types }: NonNullable<SctpOptions['chunks']>, present?: readonly number[]): Truth {
  if (!present) return unknown('the SCTP chunks of the packet are not known');
  const wanted = (type: number) => types === 'ALL' || types.some(chunk => chunk.type === type);
  const all = types !== 'ALL' && types.every(({ type }) => present.includes(type));
  const truth = which === 'any' ? present.some(wanted) : which === 'all' ? all : present.every(wanted);
  const flagged = types !== 'ALL' && types.some(({ type, mask }) => mask !== 0 && present.includes(type));
  return truth && flagged ? unknown('the flags of the SCTP chunks are not known') : truth;
}

export const sctp = match<SctpOptions>({
  name: 'sctp',
  families: ['ip', 'ip6'],
  implicitFor: [SCTP],
  options: { ...PORT_OPTIONS, '--chunk-types': { args: 2, invert: true } },
  parse(given, context) {
    requireProtocol('sctp', context, SCTP);
    const sport = portRangeOption(given, '--source-port', SCTP);
    const dport = portRangeOption(given, '--destination-port', SCTP);
    const chunks = chunksOption(given);
    return { ...(sport && { sport }), ...(dport && { dport }), ...(chunks && { chunks }) };
  },
  print({ sport, dport, chunks }) {
    const ports = (sport ? printPorts('--sport', sport) : '') + (dport ? printPorts('--dport', dport) : '');
    return chunks ? ports + printChunks(chunks) : ports;
  },
  describe({ sport, dport, chunks }) {
    const parts = [...describePorts(sport, dport)];
    if (chunks) parts.push(`chunks${printChunks(chunks).replace(' --chunk-types', '').replace(' !', ' not')}`);
    return parts.join(', ') || 'sctp';
  },
  evaluate({ sport, dport, chunks }, packet): Truth {
    if (packet.protocol !== SCTP || packet.fragment === 'later') return false;
    return and([
      portTruth(sport, packet.sport, 'source'),
      portTruth(dport, packet.dport, 'destination'),
      chunks ? invertIf(chunks.inverted, chunkTruth(chunks, packet.sctp?.chunks)) : true,
    ]);
  },
});
