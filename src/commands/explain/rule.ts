import { Args } from '@oclif/core';
import type { RuleExplained } from '../../explain/parts-answer.ts';
import { ExplainCommand, explainFlags } from './explain-command.ts';

export class ExplainRule extends ExplainCommand {
  static override summary = 'What is this rule for, and who put it there?';
  static override examples = [
    { description: 'as trace names it', command: '<%= config.bin %> explain rule nat KUBE-SERVICES 3 --snapshot DIR' },
    { description: 'by its line', command: '<%= config.bin %> explain rule iptables.txt:120 -f iptables.txt' },
  ];
  static override strict = false;
  static override args = { rule: Args.string({ description: 'TABLE CHAIN NUMBER, or FILE:LINE', required: true }) };
  static override flags = explainFlags;

  async run(): Promise<RuleExplained> {
    const { argv, flags } = await this.parse(ExplainRule);
    return this.explain(flags, (explaining, asked) => explaining.explainRuleAt(asked, argv.map(String)));
  }
}
