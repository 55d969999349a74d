import { Args, Flags } from '@oclif/core';
import type { ServicesAnswer } from '../../explain/answer.ts';
import { ExplainCommand, explainFlags } from './explain-command.ts';

export class ExplainService extends ExplainCommand {
  static override summary = 'What do the nodes do for this service?';
  static override description = `Recovers services from the rules that kube-proxy wrote: addresses, endpoints with \
their shares, policies, affinity, source ranges, who is masqueraded and by which rule; and where nodes disagree. With a \
snapshot that has the API's objects (cluster/*.json) the rules are held against them. For one service a packet from each \
kind of source is walked to each address.

Exit codes: 0 explained, 2 wrong use, unreadable input or no such service, 3 services are handled where netfilter does \
not see it.`;
  static override examples = [
    { description: 'one service', command: '<%= config.bin %> explain service default/web:http --snapshot DIR' },
    { description: 'all that one node knows', command: 'iptables-save | <%= config.bin %> explain service --all -f -' },
  ];
  static override args = {
    service: Args.string({ description: 'NAMESPACE/NAME or NAMESPACE/NAME:PORT, the port by name or number' }),
  };
  static override flags = { ...explainFlags, all: Flags.boolean({ description: 'every service that the rules know' }) };

  async run(): Promise<ServicesAnswer> {
    const { args, flags } = await this.parse(ExplainService);
    return this.explain(flags, (explaining, asked) => explaining.explainService(asked, args.service, flags.all));
  }
}
