import { Args } from '@oclif/core';
import type { ListAnswer } from '../explain/parts-answer.ts';
import { ExplainCommand, explainFlags } from './explain/explain-command.ts';

export class List extends ExplainCommand {
  static override summary = 'Which services, nodes, chains or addresses are there?';
  static override examples = ['<%= config.bin %> list services --snapshot DIR'];
  static override args = {
    what: Args.string({
      description: 'what to list',
      required: true,
      options: ['services', 'nodes', 'chains', 'addresses'],
    }),
  };
  static override flags = explainFlags;

  async run(): Promise<ListAnswer> {
    const { args, flags } = await this.parse(List);
    return this.explain(flags, (explaining, asked) => explaining.listAll(asked, args.what));
  }
}
