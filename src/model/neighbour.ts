import type { Address } from '../net/address.ts';
import type { Mac } from '../net/mac.ts';
import type { Source } from './source.ts';

export type NeighbourState =
  | 'REACHABLE'
  | 'STALE'
  | 'DELAY'
  | 'PROBE'
  | 'PERMANENT'
  | 'NOARP'
  | 'INCOMPLETE'
  | 'FAILED'
  | 'NONE';

export interface Neighbour {
  readonly address: Address;
  readonly device: string | undefined;
  readonly mac: Mac | undefined;
  readonly state: NeighbourState;
  readonly proxy: boolean;
  readonly source: Source;
}

/** One line of `bridge fdb`: behind which port, or which remote of a VXLAN device, a MAC is. */
export interface FdbEntry {
  readonly mac: Mac;
  readonly device: string;
  readonly master?: string;
  readonly destination?: Address;
  readonly vlan?: number;
  readonly vni?: number;
  readonly flags: readonly string[];
  readonly source: Source;
}
