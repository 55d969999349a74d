import { InputError } from '../model/source.ts';
import { field, isObject, type JsonObject, stringField } from './json.ts';

/** The newest layout of a snapshot that this version reads, and the one that it writes. */
export const SNAPSHOT_FORMAT = 1;

/** How one command on a host went. */
export interface CommandAbout {
  /** Relative to the host's folder. */
  readonly file: string;
  readonly command: string;
  /** Exit status; absent where it did not run or did not end. */
  readonly status?: number;
  /** By the host's own clock. */
  readonly start?: string;
  readonly seconds?: number;
  readonly stderr?: string;
  /** Why it was not run: the program is not installed, or there is nothing to list. */
  readonly notRun?: string;
  /** The connection ended in the middle of its output. */
  readonly cutOff?: true;
}

export type HostState = 'complete' | 'partial' | 'failed';

/** How the capture of one host went: a node, or somebody outside. */
export interface HostAbout {
  readonly name: string;
  /** Of its files: `nodes/NAME` or `outside/NAME`. */
  readonly folder: string;
  /** By which way it was reached. */
  readonly how: string;
  readonly state: HostState;
  /** What is missing and why, in one line. */
  readonly problem?: string;
  /** A hash of the machine id: the same machine in two snapshots has the same one. */
  readonly identity?: string;
  /** By the clock of the machine that captured. */
  readonly start: string;
  readonly end: string;
  /** The host's own clock when its script began. */
  readonly clock?: string;
  /** User id that the commands ran as. */
  readonly user?: number;
  readonly commands: readonly CommandAbout[];
}

/** snapshot.json: when and how it was taken, and what failed. */
export interface SnapshotAbout {
  readonly format: number;
  readonly tool: string;
  readonly start: string;
  readonly end: string;
  readonly hosts: readonly HostAbout[];
  /** Objects of the API server. */
  readonly cluster?: HostAbout;
}

/** Throws InputError for what is no snapshot.json, or of a newer format; takes what is there of the rest. */
export function parseAbout(text: string, file: string): { object: JsonObject; hosts: readonly HostNote[] } {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new InputError('not JSON', { file, line: 1 });
  }
  if (!isObject(value)) throw new InputError('not a JSON object', { file, line: 1 });
  const format = field(value, 'format');
  if (typeof format !== 'number') throw new InputError('no "format" number', { file, line: 1 });
  if (format > SNAPSHOT_FORMAT)
    throw new InputError(
      `the snapshot has format ${format}, and this version of chainwalk reads up to ${SNAPSHOT_FORMAT}: a newer version is needed`,
      { file, line: 1 },
    );
  return { object: value, hosts: [...hostNotes(field(value, 'hosts')), ...hostNotes([field(value, 'cluster')])] };
}

/** What a reader wants to know of a host: whether all of it is there. */
export interface HostNote {
  readonly folder: string;
  readonly state: string;
  readonly problem: string;
}

function hostNotes(hosts: unknown): HostNote[] {
  if (!Array.isArray(hosts)) return [];
  return hosts.filter(isObject).map(host => ({
    folder: stringField(host, 'folder') ?? '',
    state: stringField(host, 'state') ?? '',
    problem: stringField(host, 'problem') ?? '',
  }));
}
