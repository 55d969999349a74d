import { type VerifyAnswer, verifySnapshot } from '../check/verify.ts';
import { readSnapshot } from '../read/snapshot.ts';
import { renderVerify } from '../render/verify.ts';
import { AnsweringCommand } from './answering.ts';
import { readSnapshotFiles } from './files.ts';
import { SNAPSHOT } from './snapshot-show.ts';

export class SnapshotVerify extends AnsweringCommand {
  static override summary = 'Can all of a snapshot be read, and does a walk have what it needs?';
  static override description =
    `Reads every file as a trace would, and says what could not be read, what was not captured \
of which node, and how far the dumps lie apart.

Exit codes: 0 nothing is missing, 4 something is, 2 unreadable.`;
  static override examples = ['<%= config.bin %> <%= command.id %> snap.tar.gz'];
  static override args = { snapshot: SNAPSHOT };

  async run(): Promise<VerifyAnswer> {
    const { args, flags } = await this.parse(SnapshotVerify);
    const snapshot = readSnapshot(await readSnapshotFiles(args.snapshot));
    const answer = verifySnapshot(snapshot, { version: this.config.version, path: args.snapshot });
    if (!this.jsonEnabled()) process.stdout.write(renderVerify(answer, this.renderOptions(flags)));
    process.exitCode = answer.complete ? 0 : 4;
    return answer;
  }
}
