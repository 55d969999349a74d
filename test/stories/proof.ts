import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Fields } from '../lab/fields.ts';
import { type Frame, framesOf } from './wire.ts';

/** A program that was run, from where, and what servers saw of it. */
export interface Run {
  readonly from: string;
  readonly command: string;
  readonly worked: boolean;
  /** How it failed; absent: it worked, or the program does not say. */
  readonly failed?: 'silence' | 'at once' | 'no neighbour';
  readonly saw: readonly Seen[];
  /** The address that the program said it was sent from. */
  readonly local: string | undefined;
  /** First packets of its connection, and questions of ARP, as tcpdump saw them. */
  readonly frames: readonly Frame[];
}

/** Whom a server saw: of itself its address and port or its name, of the client the address. */
export interface Seen {
  readonly server: string | undefined;
  readonly local: string | undefined;
  readonly client: string;
}

/** The programs of a stage of which somebody wrote down what the server saw. */
export function runsOf(stage: string): readonly Run[] {
  const proof = Fields.of(JSON.parse(readFileSync(join(stage, 'proof.json'), 'utf8')), stage);
  const transferred = proof.has('transfer_ok') ? proof.value('transfer_ok') === true : undefined;
  return proof.objects('proof').flatMap(item => {
    if (!item.has('server_saw')) return [];
    const worked = transferred ?? item.number('rc') === 0;
    const failed = worked ? undefined : failureOf(item);
    return [
      {
        from: item.text('from'),
        command: item.text('command'),
        worked,
        ...(failed !== undefined && { failed }),
        saw: item.list('server_saw').flatMap(seen => seenOf(seen)),
        local: /\blocal ([\d.]+):/.exec(item.text('printed'))?.[1],
        frames: framesOf(item, destinationOf(item.text('command'))?.text.replace(/\/.*/, '')),
      },
    ];
  });
}

/** Seconds after which Linux gives up asking for a neighbour: three questions, one a second. */
const NEIGHBOUR_SECONDS = 2.5;

/** curl's 28 is a time that ran out, its 7 an error of the kernel: at once, or after nobody answered ARP. */
function failureOf(item: Fields): Run['failed'] {
  const code = item.number('rc');
  if (code === 28 || /timed out/i.test(item.text('printed'))) return 'silence';
  if (code !== 7) return undefined;
  return item.number('seconds') > NEIGHBOUR_SECONDS ? 'no neighbour' : 'at once';
}

function seenOf(value: unknown): readonly Seen[] {
  if (typeof value === 'string') {
    const [, client] = /RRQ from (\S+)/.exec(value) ?? [];
    return client === undefined ? [] : [{ server: undefined, local: undefined, client }];
  }
  const fields = Fields.of(value, 'server_saw');
  const source = fields.texts('source')[0] ?? fields.maybeText('client')?.replace(/:\d+$/, '');
  if (source === undefined) return [];
  return [{ server: fields.maybeText('server'), local: fields.maybeText('local'), client: source }];
}

/** What is asked of chainwalk: the address and port of the URL, or TFTP's. */
export function destinationOf(command: string): { readonly text: string; readonly app?: 'tftp' } | undefined {
  const [, tftp] = /^tftp (\S+)/.exec(command) ?? [];
  if (tftp !== undefined) return { text: `${tftp}:69/udp`, app: 'tftp' };
  const [, scheme = '', host, port] = /\b(https?):\/\/([\d.]+)(?::(\d+))?/.exec(command) ?? [];
  if (host !== undefined) return { text: `${host}:${port ?? (scheme === 'https' ? 443 : 80)}` };
  const [, address, number] = /HTTPSConnection\('([\d.]+)',(\d+)/.exec(command) ?? [];
  return address === undefined ? undefined : { text: `${address}:${number}` };
}
