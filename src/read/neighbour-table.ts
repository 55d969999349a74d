import type { Neighbour } from '../model/neighbour.ts';
import type { Remark } from '../model/source.ts';
import { formatAddress } from '../net/address.ts';

/** Lays listings of neighbours together: `ip neigh` knows more than `arp`, a later listing more than an earlier one. */
export class NeighbourTable {
  private entries: Map<string, { readonly neighbour: Neighbour; readonly exact: boolean }> | undefined;
  readonly remarks: Remark[] = [];

  /** `exact`: from `ip neigh`, which tells the states apart. */
  add(neighbours: readonly Neighbour[], exact: boolean): void {
    this.entries ??= new Map();
    for (const neighbour of neighbours) {
      const { address, device, mac, proxy, source } = neighbour;
      const key = `${formatAddress(address)} ${device ?? ''} ${proxy}`;
      const known = this.entries.get(key);
      if (known?.exact && !exact) continue;
      if (known && known.exact === exact && known.neighbour.mac !== mac) {
        const text = `${formatAddress(address)} is at another address than in line ${known.neighbour.source.line} of ${known.neighbour.source.file}; this one counts`;
        this.remarks.push({ ...source, severity: 'warning', text });
      }
      this.entries.set(key, { neighbour, exact });
    }
  }

  get list(): readonly Neighbour[] | undefined {
    return this.entries && [...this.entries.values()].map(({ neighbour }) => neighbour);
  }
}
