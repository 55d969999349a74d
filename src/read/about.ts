import { InputError } from '../model/source.ts';
import { field, isObject, type JsonObject, numberField, objectsField, stringField } from './json.ts';

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
export function parseAbout(text: string, file: string): SnapshotAbout {
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
  const cluster = field(value, 'cluster');
  return {
    format,
    tool: stringField(value, 'tool') ?? '',
    start: stringField(value, 'start') ?? '',
    end: stringField(value, 'end') ?? '',
    hosts: objectsField(value, 'hosts').map(hostOf),
    ...(isObject(cluster) && { cluster: hostOf(cluster) }),
  };
}

const STATES: readonly HostState[] = ['complete', 'partial', 'failed'];

function hostOf(host: JsonObject): HostAbout {
  const state = stringField(host, 'state');
  const user = numberField(host, 'user');
  return {
    name: stringField(host, 'name') ?? '',
    folder: stringField(host, 'folder') ?? '',
    how: stringField(host, 'how') ?? '',
    state: STATES.find(known => known === state) ?? 'partial',
    ...texts(host, 'problem', 'identity', 'clock'),
    start: stringField(host, 'start') ?? '',
    end: stringField(host, 'end') ?? '',
    ...(user !== undefined && { user }),
    commands: objectsField(host, 'commands').map(commandOf),
  };
}

function commandOf(command: JsonObject): CommandAbout {
  const status = numberField(command, 'status');
  const seconds = field(command, 'seconds');
  return {
    file: stringField(command, 'file') ?? '',
    command: stringField(command, 'command') ?? '',
    ...(status !== undefined && { status }),
    ...texts(command, 'start', 'stderr', 'notRun'),
    ...(typeof seconds === 'number' && { seconds }),
    ...(field(command, 'cutOff') === true && { cutOff: true as const }),
  };
}

/** The fields that are there, and are text. */
function texts<K extends string>(object: JsonObject, ...keys: readonly K[]): { readonly [key in K]?: string } {
  const found: { [key in K]?: string } = {};
  for (const key of keys) {
    const value = stringField(object, key);
    if (value !== undefined) found[key] = value;
  }
  return found;
}
