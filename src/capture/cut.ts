/** One command's part of what the script printed. Times are seconds since the host started. */
export interface Piece {
  readonly name: string;
  readonly command: string;
  readonly output: Uint8Array;
  readonly stderr: string;
  /** Absent: it did not run, or the output ends in its middle. */
  readonly status?: number;
  readonly start?: number;
  readonly end?: number;
  readonly notRun?: string;
}

export interface Cut {
  readonly pieces: readonly Piece[];
  /** The script came to its end. */
  readonly complete: boolean;
  /** What was printed to standard error outside of any command: a banner, a login shell's complaint. */
  readonly noise: string;
}

const NAME = /^(?:@[\w-]+|(?:pods\/net-\d+\/)?[A-Za-z0-9_][^\s/\\\p{C}]{0,100})$/u;
const EMPTY = new Uint8Array(0);

/** Cuts the two streams of a script into its commands. What a hostile host names badly is left out. */
export function cut(stdout: Buffer, stderr: Buffer, separator: string): Cut {
  const errors = cutErrors(stderr, separator);
  const mark = Buffer.from(`\n${separator} `);
  const pieces: Piece[] = [];
  let complete = false;
  let at = stdout.indexOf(mark);
  while (at >= 0) {
    const lineEnd = stdout.indexOf(10, at + 1);
    const next = stdout.indexOf(mark, at + mark.length);
    if (lineEnd < 0) break;
    const line = stdout.toString('utf8', at + mark.length, lineEnd);
    if (line.startsWith('.')) complete = true;
    const piece = pieceOf(line);
    if (piece && NAME.test(piece.name)) {
      const output =
        piece.notRun === undefined ? stdout.subarray(lineEnd + 1, next < 0 ? tailOf(stdout, mark) : next) : EMPTY;
      const nextEnd = next < 0 ? -1 : stdout.indexOf(10, next + 1);
      const ended = nextEnd < 0 ? {} : endOf(stdout.toString('utf8', next + mark.length, nextEnd));
      pieces.push({ ...piece, ...ended, output, stderr: errors.pieces.get(piece.name) ?? '' });
    }
    at = next;
  }
  return { pieces, complete, noise: errors.noise };
}

/** Where the output ends, without what came of the next line with the separator. */
function tailOf(bytes: Buffer, mark: Buffer): number {
  for (let length = Math.min(mark.length - 1, bytes.length); length > 1; length--)
    if (bytes.subarray(-length).equals(mark.subarray(0, length))) return bytes.length - length;
  return bytes.length;
}

type Started = Pick<Piece, 'name' | 'command' | 'start' | 'notRun'>;

function pieceOf(line: string): Started | undefined {
  const [, kind, name = '', rest = ''] = /^([>!-]) (\S+) ?(.*)$/.exec(line) ?? [];
  if (kind === '!') return { name, command: rest, notRun: `${rest} is not installed` };
  if (kind === '-') return { name, command: '', notRun: rest };
  if (kind !== '>') return undefined;
  const [, start, command = ''] = /^([\d.]+) ?(.*)$/.exec(rest) ?? [];
  return { name, command, ...(start !== undefined && { start: Number(start) }) };
}

function endOf(line: string): Pick<Piece, 'status' | 'end'> {
  const [, status, end] = /^< (\d+) ([\d.]+)/.exec(line) ?? [];
  return status === undefined ? {} : { status: Number(status), end: Number(end) };
}

function cutErrors(stderr: Buffer, separator: string): { pieces: Map<string, string>; noise: string } {
  const pieces = new Map<string, string>();
  const [noise = '', ...parts] = stderr.toString('utf8').split(`\n${separator} `);
  for (const part of parts) {
    const lineEnd = part.indexOf('\n');
    const name = part.slice(0, lineEnd < 0 ? undefined : lineEnd).replace(/^> /, '');
    pieces.set(name, lineEnd < 0 ? '' : part.slice(lineEnd + 1));
  }
  return { pieces, noise: noise.trim() };
}
