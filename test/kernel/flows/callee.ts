import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Heard } from './phone.ts';
import type { Place, Topology } from './topology.ts';

/** The words for `ip` that run a phone. */
export const phone = (topology: Topology, place: string, ...words: readonly string[]): readonly string[] => [
  ...['netns', 'exec', topology.space(place), process.execPath, '--import', 'tsx'],
  ...[join(import.meta.dirname, 'phone.ts'), ...words],
];

export function readLine(text: string): Heard & { readonly ready?: boolean } {
  return text === '' ? {} : JSON.parse(text);
}

/** A phone that answers whoever calls, until it is stopped. */
export class Callee {
  private readonly told = new Map<string, Heard>();
  private readonly waiting = new Map<string, (heard: Heard) => void>();
  private readonly process: ChildProcess;

  private constructor(child: ChildProcess) {
    this.process = child;
  }

  static async start(topology: Topology, { name, ip }: Place): Promise<Callee> {
    const words = phone(topology, name, 'callee', ip);
    const child = spawn('ip', words, { stdio: ['ignore', 'pipe', 'inherit'] });
    const callee = new Callee(child);
    await new Promise<void>((resolve, reject) => {
      child.once('exit', code => reject(new Error(`the phone of ${name} ended with ${code}`)));
      createInterface({ input: child.stdout }).on('line', text => {
        const line = readLine(text);
        if (line.ready) resolve();
        else callee.tell(line);
      });
    });
    return callee;
  }

  private tell(line: Heard): void {
    const { call = '' } = line;
    this.told.set(call, line);
    this.waiting.get(call)?.(line);
  }

  /** What it heard in a call, once that is over. */
  async heard(call: string): Promise<Heard> {
    return this.told.get(call) ?? new Promise(resolve => this.waiting.set(call, resolve));
  }

  stop(): void {
    this.process.removeAllListeners('exit');
    this.process.kill('SIGKILL');
  }
}
