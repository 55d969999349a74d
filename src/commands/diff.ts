import { Args, Flags } from '@oclif/core';
import { parseNumber } from '../cluster/request.ts';
import type { DiffAnswer } from '../diff/answer.ts';
import { InputError } from '../model/source.ts';
import { AnsweringCommand } from './answering.ts';
import { progressLine } from './progress-line.ts';

const LAYERS = ['rules', 'meaning', 'fate'] as const;

export class Diff extends AnsweringCommand {
  static override summary = 'What changed between two captures, and what does it mean?';
  static override description = `Compares two snapshots (folders or archives), or two bare files of one node \
(iptables-save, nft list ruleset as text or JSON): their rules and sets, and in words their services, addresses, routes, \
neighbours, settings; and which packets are treated differently. Counters, handles and the order of kube-proxy's services do not count, and chains whose names are \
hashes are known by what they do. What several nodes have alike is said once. With --nodes, the nodes of one snapshot are \
held against what most of them have.

Exit codes: 0 equal, 1 different, 2 wrong use or unreadable input, 3 undecided.`;
  static override examples = [
    { description: 'two snapshots', command: '<%= config.bin %> diff before after.tar.gz' },
    { description: 'what somebody did to a node', command: 'iptables-save | <%= config.bin %> diff saved.txt -' },
    { description: 'which node is out of step', command: '<%= config.bin %> diff --nodes snap' },
    { description: 'one service', command: '<%= config.bin %> diff before after --service default/web' },
  ];
  static override args = {
    before: Args.string({ description: "a snapshot's folder or archive, or a file of one node", required: true }),
    after: Args.string({ description: 'what to hold against it; - is standard input' }),
  };
  static override flags = {
    only: Flags.string({
      options: [...LAYERS],
      multiple: true,
      multipleNonGreedy: true,
      description: 'this layer alone; may be repeated',
    }),
    nodes: Flags.boolean({ description: 'hold the nodes of one snapshot against each other' }),
    service: Flags.string({ description: 'what is about this service alone', helpValue: 'NAMESPACE/NAME' }),
    budget: Flags.string({
      description: 'walks on each node before the rest of the packets is given up, by default 20000',
      helpValue: 'WALKS',
    }),
    node: Flags.string({ description: 'this node alone', helpValue: 'NAME' }),
  };

  async run(): Promise<DiffAnswer> {
    const { args, flags } = await this.parse(Diff);
    if (flags.nodes && args.after !== undefined) throw new InputError('--nodes is for one snapshot, not for two');
    if (!flags.nodes && args.after === undefined)
      throw new InputError('give two snapshots or files; or one snapshot with --nodes');
    const { diffSides } = await import('./diffing.ts');
    const progress = progressLine();
    const only = flags.only ?? [];
    const { answer, text, exitCode } = await diffSides({
      before: args.before,
      after: args.after,
      layers: LAYERS.filter(layer => only.length === 0 || only.includes(layer)),
      service: flags.service,
      node: flags.node,
      budget: flags.budget === undefined ? undefined : parseNumber(flags.budget, 1_000_000_000, '--budget'),
      version: this.config.version,
      render: this.renderOptions(flags),
      progress: progress.tell,
    }).finally(() => progress.end());
    if (!this.jsonEnabled()) process.stdout.write(text);
    process.exitCode = exitCode;
    return answer;
  }
}
