import { safe } from '../render/safe.ts';
import type { HostProgress } from './host.ts';
import { loadLive } from './live.ts';

/** Shows on standard error how far each host is. */
export interface Progress {
  tell(host: string, progress: HostProgress): void;
  end(): Promise<void>;
}

/** Plain lines: when a host is reached, and how it ended. */
export function plainProgress(write: (text: string) => void): Progress {
  const states = new Map<string, string>();
  return {
    tell(host, { state, bytes, problem }) {
      if (states.get(host) === state) return;
      states.set(host, state);
      if (state === 'connecting') return;
      const said =
        state === 'running' ? 'connected' : `${state}, ${bytes} bytes${problem === undefined ? '' : `: ${problem}`}`;
      write(`${safe(host)}: ${safe(said)}\n`);
    },
    async end() {},
  };
}

/** Live where standard error is a terminal, else plain lines; what draws is loaded only there. */
export async function progressOf(hosts: readonly string[]): Promise<Progress> {
  const { stderr } = process;
  if (!stderr.isTTY || hosts.length === 0) return plainProgress(text => stderr.write(text));
  return (await loadLive())(hosts, stderr);
}
