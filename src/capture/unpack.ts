import { PassThrough, type Readable } from 'node:stream';
import { ExecaError, execa } from 'execa';
import { InputError } from '../model/source.ts';

/** What a program like `xz` unpacks; it fails with an InputError that says why. */
export function unpackedBy(program: string, path: string): Readable {
  const running = execa(program, ['-dc', '--', path], { stdin: 'ignore', buffer: { stdout: false } }).readable();
  const unpacked = new PassThrough();
  running.on('error', error => unpacked.destroy(new InputError(`${path}: ${whyNot(program, error)}`)));
  unpacked.on('close', () => running.destroy());
  return running.pipe(unpacked);
}

function whyNot(program: string, error: Error): string {
  return error instanceof ExecaError && error.code === 'ENOENT'
    ? `is packed by ${program}, which is not installed here; install it, or unpack the archive first`
    : `ends in the middle or is damaged: ${program} cannot read it`;
}
