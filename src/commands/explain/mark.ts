import { Args } from '@oclif/core';
import type { MarkAnswer } from '../../explain/parts-answer.ts';
import { ExplainCommand, explainFlags } from './explain-command.ts';

export class ExplainMark extends ExplainCommand {
  static override summary = 'Which bits of this packet mark mean what, and which rules set them?';
  static override examples = ['<%= config.bin %> explain mark 0x4000 --snapshot DIR'];
  static override args = { mark: Args.string({ description: '0x4000, 16384', required: true }) };
  static override flags = explainFlags;

  async run(): Promise<MarkAnswer> {
    const { args, flags } = await this.parse(ExplainMark);
    return this.explain(flags, (explaining, asked) => explaining.explainMarkOf(asked, args.mark));
  }
}
