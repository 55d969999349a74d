import { Config, flush, type Interfaces, run } from '@oclif/core';
import { safeJson } from '../render/safe.ts';
import { errorAnswer, type Failure, failureOf, wantsStack } from './failure.ts';

/** Runs the command line; `root` is the program's own URL, and every error ends here as one line, or as JSON. */
export async function main(root: Interfaces.LoadOptions): Promise<void> {
  process.stdout.on('error', error => {
    if (!('code' in error) || error.code !== 'EPIPE') throw error;
    process.exit();
  });
  const args = process.argv.slice(2);
  try {
    await run(args, root);
    await flush();
  } catch (error) {
    const failure = failureOf(error);
    if (failure.line !== null) await tell(failure, root, wantsJson(args));
    if (wantsStack() && error instanceof Error) process.stderr.write(`${error.stack}\n`);
    process.exitCode = failure.exitCode;
  }
}

const wantsJson = (args: readonly string[]): boolean => args.slice(0, args.indexOf('--') >>> 0).includes('--json');

async function tell(failure: Failure, root: Interfaces.LoadOptions, json: boolean): Promise<void> {
  if (!json) process.stderr.write(`chainwalk: ${failure.line}\n`);
  else {
    const { version } = await Config.load(root);
    process.stdout.write(`${safeJson(errorAnswer(failure, version))}\n`);
  }
}
