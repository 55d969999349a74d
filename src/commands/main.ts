import { flush, type Interfaces, run } from '@oclif/core';
import { failureOf, wantsStack } from './failure.ts';

/** Runs the command line; `root` is the program's own URL, and every error ends here as one line. */
export async function main(root: Interfaces.LoadOptions): Promise<void> {
  process.stdout.on('error', error => {
    if (!('code' in error) || error.code !== 'EPIPE') throw error;
    process.exit();
  });
  try {
    await run(process.argv.slice(2), root);
    await flush();
  } catch (error) {
    const { line, exitCode } = failureOf(error);
    if (line !== null) process.stderr.write(`chainwalk: ${line}\n`);
    if (wantsStack() && error instanceof Error) process.stderr.write(`${error.stack}\n`);
    process.exitCode = exitCode;
  }
}
