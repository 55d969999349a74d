import { Flags } from '@oclif/core';
import { AnsweringCommand } from '../answering.ts';
import { evidenceFlags } from '../evidence-flags.ts';
import type { Asked, Explained } from './explaining.ts';

export const explainFlags = {
  ...evidenceFlags,
  node: Flags.string({ description: 'look at this node alone', helpValue: 'NAME', helpGroup: 'EVIDENCE' }),
};

/** What the explaining commands have in common; the code that explains loads when one of them runs. */
export abstract class ExplainCommand extends AnsweringCommand {
  protected async explain<A>(
    flags: { readonly 'no-color': boolean } & Pick<Asked, 'snapshot' | 'file' | 'node'>,
    ask: (explaining: typeof import('./explaining.ts'), asked: Asked) => Promise<Explained<A>>,
  ): Promise<A> {
    const { snapshot, file, node } = flags;
    const asked = { snapshot, file, node, version: this.config.version, render: this.renderOptions(flags) };
    const { answer, text, exitCode } = await ask(await import('./explaining.ts'), asked);
    if (!this.jsonEnabled()) process.stdout.write(text);
    process.exitCode = exitCode;
    return answer;
  }
}
