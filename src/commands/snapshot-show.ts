import { Args, Flags } from '@oclif/core';
import { describeSnapshot, exitCodeOfSnapshot, type SnapshotAnswer } from '../check/snapshot.ts';
import { parseAbout } from '../read/about.ts';
import { renderSnapshot } from '../render/snapshot.ts';
import { AnsweringCommand } from './answering.ts';
import { readSnapshotFiles } from './files.ts';

export const SNAPSHOT = Args.string({ description: "a snapshot's folder or .tar.gz", required: true });

export class SnapshotShow extends AnsweringCommand {
  static override summary = 'What is in a snapshot, and what of it failed?';
  static override description = 'Exit codes: 0 complete, as far as is known, 4 a part is missing, 2 unreadable.';
  static override examples = [
    '<%= config.bin %> <%= command.id %> snap',
    '<%= config.bin %> <%= command.id %> snap.tar.gz --details',
  ];
  static override args = { snapshot: SNAPSHOT };
  static override flags = {
    details: Flags.boolean({ description: 'every command that failed or was not run' }),
  };

  async run(): Promise<SnapshotAnswer> {
    const { args, flags } = await this.parse(SnapshotShow);
    const files = await readSnapshotFiles(args.snapshot);
    const about = files.find(file => file.path === 'snapshot.json');
    const answer = describeSnapshot(
      about && parseAbout(about.text, about.path),
      files.map(({ path, bytes }) => ({ path, size: bytes.length })),
      { version: this.config.version, path: args.snapshot },
    );
    if (!this.jsonEnabled()) process.stdout.write(renderSnapshot(answer, this.renderOptions(flags), flags.details));
    process.exitCode = exitCodeOfSnapshot(answer);
    return answer;
  }
}
