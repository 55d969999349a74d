import { Args, Command } from '@oclif/core';
import { completedCommands, completionScript, SHELLS } from './completion-script.ts';

export class Completion extends Command {
  static override summary = 'Prints a script by which a shell completes commands and flags.';
  static override description =
    `kubectl 1.26 or newer completes the words behind \`kubectl chainwalk\` by itself, where it finds kubectl_complete-chainwalk.`;
  static override examples = [
    { description: 'bash, in ~/.bashrc', command: 'source <(<%= config.bin %> completion bash)' },
    { description: 'zsh, in ~/.zshrc', command: 'source <(<%= config.bin %> completion zsh)' },
    { description: 'fish', command: '<%= config.bin %> completion fish > ~/.config/fish/completions/chainwalk.fish' },
  ];
  static override args = { shell: Args.string({ description: 'which shell', required: true, options: [...SHELLS] }) };

  async run(): Promise<void> {
    const { args } = await this.parse(Completion);
    const shell = SHELLS.find(known => known === args.shell) ?? 'bash';
    process.stdout.write(completionScript(shell, completedCommands(this.config)));
  }
}
