import { CaptureFailure, reasonOf } from '../failure.ts';
import type { Target } from '../host.ts';
import { SHELL } from '../script.ts';
import type { SshConfig } from '../ssh/config.ts';
import { connect } from '../ssh/connect.ts';
import type { SshPlace } from './openssh.ts';

/** A host reached by ssh2: one connection, one session. */
export function sshTarget(config: SshConfig, { target, name, group, connectSeconds }: SshPlace): Target {
  return {
    name,
    group,
    how: `ssh ${target}`,
    run: async (script, sink, signal) => {
      const connection = await connect(config, target, connectSeconds, signal);
      const { client } = connection;
      const close = () => client.destroy();
      signal.addEventListener('abort', close, { once: true });
      try {
        await new Promise<void>((resolve, reject) => {
          client.on('error', error => reject(new CaptureFailure(`the connection broke: ${reasonOf(error)}`)));
          client.once('close', () => reject(new CaptureFailure('the connection was closed')));
          client.exec(SHELL, (error, channel) => {
            if (error) {
              reject(new CaptureFailure(`no shell: ${reasonOf(error)}`));
              return;
            }
            sink.started();
            channel.on('data', (chunk: Buffer) => sink.stdout(chunk));
            channel.stderr.on('data', (chunk: Buffer) => sink.stderr(chunk));
            channel.on('error', () => {});
            channel.once('close', () => resolve());
            channel.end(script);
          });
        });
      } finally {
        signal.removeEventListener('abort', close);
        connection.end();
      }
    },
  };
}
