import { readFile } from 'node:fs/promises';
import { Flags } from '@oclif/core';
import { InputError } from '../model/source.ts';
import { hang } from '../render/wrap.ts';
import { AnsweringCommand } from './answering.ts';
import { readSnapshotFiles } from './files.ts';
import { SNAPSHOT } from './snapshot-show.ts';

/** What `snapshot redact --json` prints. */
export interface RedactAnswer {
  readonly schema: 'chainwalk.redact/1';
  readonly version: string;
  /** Where the redacted snapshot is. */
  readonly path: string;
  readonly files: number;
  /** What may not trace the same. */
  readonly remarks: readonly string[];
}

export class SnapshotRedact extends AnsweringCommand {
  static override summary = 'Makes a snapshot that can be shown to others, and that traces the same.';
  static override description =
    `Every address and MAC becomes another one, the same everywhere; networks stay networks, ranges \
ranges, private addresses private. Annotations, environments, images and the like are taken out of the API's objects. Names of \
chains, sets and interfaces stay. Look it over before you publish it.`;
  static override examples = [
    '<%= config.bin %> <%= command.id %> snap -o public.tar.gz --names',
    {
      description: 'two snapshots in the same way, to compare them',
      command: '<%= config.bin %> <%= command.id %> before -o before-public --key-file key',
    },
  ];
  static override args = { snapshot: SNAPSHOT };
  static override flags = {
    output: Flags.string({
      char: 'o',
      required: true,
      description: 'new folder or .tar.gz',
      helpValue: 'DIR|FILE.tar.gz',
    }),
    names: Flags.boolean({ description: 'drop names and comments, too: hosts, pods, services, log prefixes' }),
    'key-file': Flags.string({
      description: 'the same content maps the same addresses in the same way; by default nobody knows the key',
      helpValue: 'FILE',
    }),
  };

  async run(): Promise<RedactAnswer> {
    const { args, flags } = await this.parse(SnapshotRedact);
    const [{ randomKey, redact }, { openStore }] = await Promise.all([
      import('../capture/redact/redact.ts'),
      import('../capture/store.ts'),
    ]);
    const key = flags['key-file'] === undefined ? randomKey() : await keyOf(flags['key-file']);
    const { files, remarks } = redact(await readSnapshotFiles(args.snapshot), { key, names: flags.names });
    const store = await openStore(flags.output);
    for (const { path, bytes } of files) await store.write(path, bytes);
    await store.finish();
    const answer: RedactAnswer = {
      schema: 'chainwalk.redact/1',
      version: this.config.version,
      path: flags.output,
      files: files.length,
      remarks,
    };
    if (!this.jsonEnabled()) {
      const { columns } = this.renderOptions(flags);
      const lines = [
        `${answer.path}: ${answer.files} files`,
        ...remarks.flatMap(remark => hang('not the same  ', remark, columns)),
      ];
      process.stdout.write(`${lines.join('\n')}\n`);
    }
    return answer;
  }
}

async function keyOf(file: string): Promise<Uint8Array> {
  const bytes = await readFile(file).catch(() => {
    throw new InputError(`${file}: the key cannot be read (--key-file)`);
  });
  if (bytes.length < 16)
    throw new InputError(`${file}: a key has at least 16 bytes: head -c 32 /dev/urandom > ${file}`);
  return bytes;
}
