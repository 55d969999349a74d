import { Args } from '@oclif/core';
import type { ChainExplained } from '../../explain/parts-answer.ts';
import { ExplainCommand, explainFlags } from './explain-command.ts';

export class ExplainChain extends ExplainCommand {
  static override summary = 'What is this chain for, who made it, and who jumps to it?';
  static override examples = ['<%= config.bin %> explain chain KUBE-SVC-NPX46M4PTMTKRN6Y --snapshot DIR'];
  static override args = { chain: Args.string({ description: 'its name', required: true }) };
  static override flags = explainFlags;

  async run(): Promise<ChainExplained> {
    const { args, flags } = await this.parse(ExplainChain);
    return this.explain(flags, (explaining, asked) => explaining.explainChainNamed(asked, args.chain));
  }
}
