import { Command } from '@oclif/core';
import { candidates, completedCommands } from './completion-script.ts';

/**
 * What kubectl asks of kubectl_complete-chainwalk (since 1.26): the words behind `kubectl chainwalk`, the last one as far
 * as it is typed. Candidates a line, then cobra's directive: 0 goes on with names of files, 4 does not.
 */
export class Complete extends Command {
  static override hidden = true;
  static override strict = false;
  static override summary = 'Completes words for kubectl.';

  async run(): Promise<void> {
    const { argv } = await this.parse(Complete);
    const words = argv.map(String);
    const found = candidates(completedCommands(this.config), words.slice(0, -1), words.at(-1) ?? '');
    const lines = found.map(({ word, about }) => (about === '' ? word : `${word}\t${about}`));
    process.stdout.write([...lines, `:${found.length > 0 ? 4 : 0}`, ''].join('\n'));
  }
}
