import type { Neighbour } from '../model/neighbour.ts';
import type { Address } from '../net/address.ts';

/** The neighbour entries of a namespace; those that it only answers for (proxies) are none to send to. */
export class Neighbours {
  private readonly byAddress = new Map<Address, Neighbour[]>();

  constructor(entries: readonly Neighbour[] | undefined) {
    for (const entry of entries ?? []) {
      if (entry.proxy) continue;
      const list = this.byAddress.get(entry.address);
      if (list) list.push(entry);
      else this.byAddress.set(entry.address, [entry]);
    }
  }

  find(address: Address, device: string): Neighbour | undefined {
    return this.byAddress.get(address)?.find(entry => entry.device === device);
  }
}
