import type { Interface } from '../../model/interface.ts';
import type { Namespace } from '../../model/namespace.ts';
import type { Address } from '../../net/address.ts';
import type { Mac } from '../../net/mac.ts';
import type { Pass } from '../pass.ts';

/** The port of a bridge behind which a link layer address was learned. */
export function portOf({ fdb }: Namespace, bridge: string, mac: Mac | undefined): string | undefined {
  if (mac === undefined) return undefined;
  return fdb?.find(
    entry => entry.mac === mac && entry.master === bridge && !entry.flags.includes('self') && entry.device !== bridge,
  )?.device;
}

/** The port behind which the neighbour with this address is. */
export function portTowards({ compiled }: Pass, { name }: Interface, address: Address): string | undefined {
  return portOf(compiled.namespace, name, compiled.neighbours.find(address, name)?.mac);
}
