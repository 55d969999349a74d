import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import type { Load, Observation, Probe, Registration, SeenEntry, Snapshot } from './observation.ts';
import { buildRequest } from './topology.ts';

type Answer<T> = ({ readonly ok: true } & T) | { readonly ok: false; readonly error: string };

export interface Sent {
  readonly observed: readonly Observation[];
  /** How long it took, by the wall clock. */
  readonly seconds: number;
  /** Netlink overruns, and legacy lines that fitted no journey: both must stay 0. */
  readonly lost: number;
  readonly unplaced: number;
  /** Packets that the node sent of its own accord while probes were under way. */
  readonly noise: number;
}

/** The observer, a process of its own, and the node that it built. Requests may be sent ahead; answers keep their order. */
export class Lab {
  readonly #process: ChildProcessByStdio<Writable, Readable, null>;
  readonly #waiting: { resolve(line: string): void; reject(error: Error): void }[] = [];
  #ended = false;

  constructor(prefix: string) {
    const main = fileURLToPath(new URL('observer/main.py', import.meta.url));
    this.#process = spawn('python3', ['-B', main], {
      stdio: ['pipe', 'pipe', 'inherit'],
      env: { ...process.env, CHAINWALK_LAB_PREFIX: prefix },
    });
    createInterface({ input: this.#process.stdout }).on('line', line => this.#waiting.shift()?.resolve(line));
    const end = (why: string) => {
      this.#ended = true;
      for (const waiting of this.#waiting.splice(0)) waiting.reject(new Error(why));
    };
    this.#process.on('error', error => end(`python3: ${error.message}`));
    this.#process.on('exit', code => end(`the observer ended with code ${code}`));
    this.#process.stdin.on('error', () => {});
  }

  async #ask<T>(request: object): Promise<{ readonly ok: true } & T> {
    if (this.#ended) throw new Error('the observer has ended');
    const line = await new Promise<string>((resolve, reject) => {
      this.#waiting.push({ resolve, reject });
      this.#process.stdin.write(`${JSON.stringify(request)}\n`);
    });
    const answer: Answer<T> = JSON.parse(line);
    if (!answer.ok) throw new Error(answer.error);
    return answer;
  }

  /** What this machine lacks for a lab; empty where it lacks nothing. */
  async check(): Promise<{ missing: readonly string[]; kernel: string }> {
    if (process.platform !== 'linux') return { missing: ['Linux'], kernel: process.platform };
    try {
      return await this.#ask({ operation: 'check' });
    } catch (error) {
      return { missing: [error instanceof Error ? error.message : String(error)], kernel: '?' };
    }
  }

  async build(): Promise<void> {
    await this.#ask(buildRequest());
  }

  async load(load: Load): Promise<readonly Registration[]> {
    return (await this.#ask<{ registered: readonly Registration[] }>({ operation: 'load', node: 'node', ...load }))
      .registered;
  }

  /** `listing`: of nft's tables. */
  async snapshot(listing: 'json' | 'text' = 'json'): Promise<Snapshot> {
    return this.#ask({ operation: 'snapshot', node: 'node', listing });
  }

  /** `sockets`: those of TCP are observed as well. */
  async send(probes: readonly Probe[], sockets = false): Promise<Sent> {
    return this.#ask({ operation: 'send', node: 'node', probes, sockets });
  }

  async connections(): Promise<readonly SeenEntry[]> {
    return (await this.#ask<{ connections: readonly SeenEntry[] }>({ operation: 'connections', node: 'node' }))
      .connections;
  }

  /** Removes the namespaces; the observer does the same when its input ends for another reason. */
  async close(): Promise<void> {
    if (this.#ended) return;
    const gone = new Promise<void>(resolve => this.#process.once('exit', () => resolve()));
    this.#process.stdin.end();
    await gone;
  }
}
