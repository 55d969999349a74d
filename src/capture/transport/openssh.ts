import type { Target } from '../host.ts';
import { SHELL } from '../script.ts';
import { runProcess } from './process.ts';

export interface SshPlace {
  /** `[user@]host[:port]`, or a name of the configuration. */
  readonly target: string;
  readonly name: string;
  readonly group: 'nodes' | 'outside';
  readonly connectSeconds: number;
}

/** A host reached by the system's own ssh, which asks nobody for anything. */
export const opensshTarget = (
  { target, name, group, connectSeconds }: SshPlace,
  config: string | undefined,
): Target => ({
  name,
  group,
  how: `openssh ${target}`,
  run: (script, sink, signal) =>
    runProcess(
      [
        'ssh',
        '-T',
        ...(config === undefined ? [] : ['-F', config]),
        ...['-o', 'BatchMode=yes', '-o', `ConnectTimeout=${connectSeconds}`, '-o', 'StrictHostKeyChecking=yes'],
        ...['-o', 'ClearAllForwardings=yes', '--', uriOf(target), SHELL],
      ],
      script,
      sink,
      signal,
    ),
});

/** ssh takes a port only in a URI, and a URI only where it has one. */
const uriOf = (target: string): string =>
  /^[^[\]:]+:\d+$|\]:\d+$/.test(target.replace(/^ssh:\/\//, '')) ? `ssh://${target.replace(/^ssh:\/\//, '')}` : target;
