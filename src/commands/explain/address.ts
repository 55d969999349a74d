import { Args } from '@oclif/core';
import type { AddressAnswer } from '../../explain/parts-answer.ts';
import { ExplainCommand, explainFlags } from './explain-command.ts';

export class ExplainAddress extends ExplainCommand {
  static override summary = 'Whose is this address?';
  static override examples = ['<%= config.bin %> explain address 10.96.0.10 --snapshot DIR'];
  static override args = { address: Args.string({ description: '10.96.0.10, fd00::1', required: true }) };
  static override flags = explainFlags;

  async run(): Promise<AddressAnswer> {
    const { args, flags } = await this.parse(ExplainAddress);
    return this.explain(flags, (explaining, asked) => explaining.explainAddressOf(asked, args.address));
  }
}
