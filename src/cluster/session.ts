import { Machine, type MachineOptions } from '../walk/machine.ts';
import type { Host } from './host.ts';

/** The namespaces of a cluster as packets left them: their connections, sets and lists. */
export class Session {
  private readonly machines = new Map<Host, Machine>();
  private readonly origin: (host: Host) => Machine;

  private constructor(origin: (host: Host) => Machine) {
    this.origin = origin;
  }

  static of(options: MachineOptions = {}): Session {
    return new Session(host => new Machine(host.namespace, options));
  }

  machine(host: Host): Machine {
    const known = this.machines.get(host);
    if (known) return known;
    const machine = this.origin(host);
    this.machines.set(host, machine);
    return machine;
  }

  /** The same state; what packets do in the fork stays there. */
  fork(): Session {
    return new Session(host => this.machine(host).fork());
  }
}
