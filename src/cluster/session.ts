import type { Address } from '../net/address.ts';
import { Machine, type MachineOptions } from '../walk/machine.ts';
import type { Host } from './host.ts';

/** What a WireGuard device keeps of the last packet of a peer (wg_socket_set_peer_endpoint_from_skb). */
export interface Heard {
  readonly address: Address;
  readonly port: number;
  /** The device's host was asked by this address, and answers from it while the route leads out of `iif`. */
  readonly own: Address;
  readonly iif: string | undefined;
}

/** The namespaces of a cluster as packets left them: their connections, sets and lists, and the endpoints of WireGuard's peers. */
export class Session {
  private readonly machines = new Map<Host, Machine>();
  private readonly endpoints = new Map<Host, Map<string, Heard>>();
  private readonly origin: (host: Host) => Machine;
  private readonly parent: Session | undefined;

  private constructor(origin: (host: Host) => Machine, parent?: Session) {
    this.origin = origin;
    this.parent = parent;
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

  /** Where a peer of a device was last heard from by packets of the walk. */
  heard(host: Host, device: string, peer: string): Heard | undefined {
    return this.endpoints.get(host)?.get(`${device} ${peer}`) ?? this.parent?.heard(host, device, peer);
  }

  hear(host: Host, device: string, peer: string, heard: Heard): void {
    const known = this.endpoints.get(host) ?? new Map<string, Heard>();
    this.endpoints.set(host, known.set(`${device} ${peer}`, heard));
  }

  /** The same state; what packets do in the fork stays there. */
  fork(): Session {
    return new Session(host => this.machine(host).fork(), this);
  }
}
