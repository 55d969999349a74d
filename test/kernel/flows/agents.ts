import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Flow } from './flows.ts';
import { NODE_PORT, POD_PORT } from './services.ts';
import { PLACES, type Topology } from './topology.ts';

interface Line {
  readonly ready?: string;
  readonly id?: number;
  readonly result?: string;
}

/** How many flows may wait for their answers at once. */
const AT_ONCE = 64;

/** A process in every namespace that asks and answers. */
export class Agents {
  private readonly processes = new Map<string, ChildProcess>();
  private readonly waiting = new Map<number, (result: string) => void>();

  async start(topology: Topology): Promise<void> {
    const ready = PLACES.map(({ name, kind, ip, ip6 }) => {
      const port = kind === 'pod' ? POD_PORT : NODE_PORT;
      const addresses = kind === 'outside' ? [] : [ip, ip6];
      const script = join(import.meta.dirname, 'agent.ts');
      const words = [
        'netns',
        'exec',
        topology.space(name),
        process.execPath,
        '--import',
        'tsx',
        script,
        name,
        port,
        ...addresses,
      ];
      const agent = spawn('ip', words.map(String), { stdio: ['pipe', 'pipe', 'inherit'] });
      this.processes.set(name, agent);
      return new Promise<void>((resolve, reject) => {
        agent.once('exit', code => reject(new Error(`the agent of ${name} ended with ${code}`)));
        createInterface({ input: agent.stdout }).on('line', text => {
          const line: Line = JSON.parse(text);
          if (line.ready !== undefined) resolve();
          else if (line.id !== undefined) this.waiting.get(line.id)?.(line.result ?? '');
        });
      });
    });
    await Promise.all(ready);
  }

  /** What the sender of each flow got, in their order. */
  async send(flows: readonly Flow[]): Promise<string[]> {
    const results: string[] = [];
    let next = 0;
    const one = async () => {
      for (let id = next++; id < flows.length; id = next++) {
        const flow = flows[id];
        if (flow) results[id] = await this.ask(id, flow);
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, one));
    return results;
  }

  private ask(id: number, { from, protocol, source, sport, destination, dport, by }: Flow): Promise<string> {
    return new Promise(resolve => {
      this.waiting.set(id, result => {
        this.waiting.delete(id);
        resolve(result);
      });
      const bound = by === 'loopback node port' ? '127.0.0.1' : source;
      const order = { id, protocol, source: bound, sport, destination, dport };
      this.processes.get(from.name)?.stdin?.write(`${JSON.stringify(order)}\n`);
    });
  }

  stop(): void {
    for (const agent of this.processes.values()) {
      agent.removeAllListeners('exit');
      agent.kill('SIGKILL');
    }
  }
}
