import { createHash, randomBytes } from 'node:crypto';
import type { CommandAbout, HostAbout } from '../read/about.ts';
import { type Cut, cut, type Piece } from './cut.ts';
import { CaptureFailure, reasonOf } from './failure.ts';
import { captureScript } from './script.ts';

/** Where the output of a script goes while it runs. */
export interface Sink {
  stdout(chunk: Buffer): void;
  stderr(chunk: Buffer): void;
  /** It is connected, and the script begins. */
  started(): void;
}

/** A host, and the way to a shell on it. */
export interface Target {
  readonly name: string;
  readonly group: 'nodes' | 'outside';
  /** The way, for snapshot.json: `ssh root@10.0.0.3`. */
  readonly how: string;
  /** Known from elsewhere than the host's /etc/machine-id. */
  readonly machineId?: string;
  /** Runs a script there, and resolves when it has ended. Throws CaptureFailure; what came until then counts. */
  run(script: string, sink: Sink, signal: AbortSignal): Promise<void>;
}

export interface HostOptions {
  readonly nftJson: boolean;
  readonly pods: boolean;
  /** For the whole host. */
  readonly seconds: number;
  readonly commandSeconds: number;
  /** Ends the capture; what came until then counts. */
  readonly interrupted?: AbortSignal;
}

export interface HostProgress {
  readonly state: 'connecting' | 'running' | 'complete' | 'partial' | 'failed';
  readonly bytes: number;
  /** The file that is being written. */
  readonly file?: string;
  readonly problem?: string;
}

export interface CapturedHost {
  readonly about: HostAbout;
  /** By their path in the snapshot. */
  readonly files: ReadonlyMap<string, Uint8Array>;
}

/** Captures one host; never throws: what failed is in `about`. */
export async function captureHost(
  target: Target,
  options: HostOptions,
  onProgress: (progress: HostProgress) => void,
): Promise<CapturedHost> {
  const separator = `=chainwalk-${randomBytes(16).toString('hex')}=`;
  let over = false;
  const collected = new Collected(separator, progress => over || onProgress(progress));
  const start = new Date();
  let problem: string | undefined;
  onProgress({ state: 'connecting', bytes: 0 });
  const { interrupted, seconds } = options;
  const deadline = AbortSignal.timeout(seconds * 1000);
  const signal = interrupted ? AbortSignal.any([deadline, interrupted]) : deadline;
  try {
    signal.throwIfAborted();
    await Promise.race([target.run(captureScript({ separator, ...options }), collected, signal), expired(signal)]);
  } catch (error) {
    problem = interrupted?.aborted
      ? `interrupted${collected.where()}`
      : deadline.aborted
        ? `no end after ${seconds} seconds${collected.where()}: --timeout sets the limit`
        : reasonOf(error);
  }
  over = true;
  const about = { name: target.name, folder: `${target.group}/${target.name}`, how: target.how };
  const times = { start: start.toISOString(), end: new Date().toISOString() };
  const captured = hostOf(cut(...collected.all(), separator), { ...about, ...times }, problem, target.machineId);
  const { state, problem: said } = captured.about;
  onProgress({ state, bytes: collected.bytes, ...(said !== undefined && { problem: said }) });
  return captured;
}

const expired = (signal: AbortSignal): Promise<never> =>
  new Promise((_, reject) => {
    const end = () => reject(new CaptureFailure('time is up'));
    if (signal.aborted) end();
    else signal.addEventListener('abort', end, { once: true });
  });

/** What came so far. */
class Collected implements Sink {
  bytes = 0;
  private file: string | undefined;
  private readonly out: Buffer[] = [];
  private readonly err: Buffer[] = [];
  private readonly separator: string;
  private readonly onProgress: (progress: HostProgress) => unknown;

  constructor(separator: string, onProgress: (progress: HostProgress) => unknown) {
    this.separator = separator;
    this.onProgress = onProgress;
  }

  started(): void {
    this.tell();
  }

  stdout(chunk: Buffer): void {
    this.out.push(chunk);
    this.bytes += chunk.length;
    const at = chunk.lastIndexOf(`${this.separator} > `);
    if (at >= 0) this.file = /> (\S+) /.exec(chunk.toString('latin1', at, at + 200))?.[1] ?? this.file;
    this.tell();
  }

  stderr(chunk: Buffer): void {
    this.err.push(chunk);
  }

  where(): string {
    return this.file === undefined ? '' : `, at ${this.file}`;
  }

  all(): [Buffer, Buffer] {
    return [Buffer.concat(this.out), Buffer.concat(this.err)];
  }

  private tell(): void {
    this.onProgress({ state: 'running', bytes: this.bytes, ...(this.file !== undefined && { file: this.file }) });
  }
}

const textOf = (pieces: readonly Piece[], name: string): string =>
  Buffer.from(pieces.find(piece => piece.name === name)?.output ?? '')
    .toString('utf8')
    .trim();

type Where = Pick<HostAbout, 'name' | 'folder' | 'how' | 'start' | 'end'>;

/** Makes of the pieces the files, and what snapshot.json says of them. */
export function hostOf(parts: Cut, where: Where, failure: string | undefined, machineId?: string): CapturedHost {
  const { pieces } = parts;
  const own = pieces.filter(piece => !piece.name.startsWith('@'));
  const clock = Number(textOf(pieces, '@clock').replace(/\.?[^\d.].*$/, ''));
  const began = pieces.find(piece => piece.name === '@clock')?.start;
  const zero = clock > 0 && began !== undefined ? clock - began : undefined;
  const commands = own.map(piece => commandOf(piece, zero));
  const id = machineId ?? textOf(pieces, '@machine-id');
  const user = /^\d+$/.test(textOf(pieces, '@user')) ? Number(textOf(pieces, '@user')) : undefined;
  const problem = problemOf(parts, own, failure, user, where.folder.startsWith('nodes/'));
  const files = own.filter(piece => piece.start !== undefined && keeps(piece));
  return {
    about: {
      ...where,
      state: problem === undefined ? 'complete' : own.length === 0 ? 'failed' : 'partial',
      ...(problem !== undefined && { problem }),
      ...(id !== '' && { identity: identityOf(id) }),
      ...(clock > 0 && { clock: new Date(clock * 1000).toISOString() }),
      ...(user !== undefined && { user }),
      commands,
    },
    files: new Map(files.map(piece => [`${where.folder}/${piece.name}`, piece.output])),
  };
}

/** A command that failed without a word on standard output leaves no file: an empty one says that there is nothing. */
const keeps = ({ status, output }: Piece): boolean => status === 0 || output.length > 0;

/** Tells machines apart, and the machine id not (machine-id(5) asks not to hand it out). */
export const identityOf = (machineId: string): string =>
  `sha256:${createHash('sha256').update(`chainwalk ${machineId}`).digest('hex').slice(0, 32)}`;

function commandOf(piece: Piece, zero: number | undefined): CommandAbout {
  const { name, command, status, start, end, stderr, notRun } = piece;
  return {
    file: name,
    command,
    ...(status !== undefined && { status }),
    ...(start !== undefined && zero !== undefined && { start: new Date((zero + start) * 1000).toISOString() }),
    ...(start !== undefined && end !== undefined && { seconds: Number((end - start).toFixed(2)) }),
    ...(stderr.trim() !== '' && { stderr: stderr.trim().slice(0, 2000) }),
    ...(notRun !== undefined && { notRun }),
    ...(notRun === undefined && status === undefined && { cutOff: true as const }),
  };
}

/** Without these a walk over the host is not what it could be. */
const ESSENTIAL = /^(?:ip6?tables-.*save-c|nft-list-ruleset|ip-addr|ip-route-table-all|ip-rule|sysctl)\.txt$/;
const RULES = /^(?:ip6?tables.*save|nft-list-ruleset)/;
const TIMED_OUT = 124;

/** There is nothing to list: the kernel has no such tables. */
const isAbsent = (notRun: string | undefined): boolean => notRun !== undefined && !/ is not installed$/.test(notRun);

/** Why the host is not whole, in one line; undefined: it is. */
function problemOf(
  { complete, noise }: Cut,
  own: readonly Piece[],
  failure: string | undefined,
  user: number | undefined,
  isNode: boolean,
): string | undefined {
  if (own.length === 0) return failure ?? `no output of the script${noise === '' ? '' : `: ${noise.slice(0, 300)}`}`;
  const last = own.at(-1)?.name;
  if (!complete) return `${failure ?? 'the connection ended'}; the output ends in ${last}, and what follows is missing`;
  const late = own.filter(piece => piece.status === TIMED_OUT).map(piece => piece.name);
  const failed = own.filter(piece => ESSENTIAL.test(piece.name) && piece.status !== 0 && piece.notRun === undefined);
  const names = [...new Set([...late, ...failed.map(piece => piece.name)])].join(', ');
  if (names !== '' && user !== 0) return `user ${user} is not root and has no sudo without a password: no ${names}`;
  if (names !== '') return `failed: ${names}`;
  const rules = own.filter(piece => RULES.test(piece.name));
  if (isNode && rules.every(({ status, notRun }) => status !== 0 && !isAbsent(notRun)))
    return 'no rules: neither iptables-save nor nft is there';
  return undefined;
}
