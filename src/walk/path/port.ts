import type { Interface } from '../../model/interface.ts';
import type { Address } from '../../net/address.ts';
import type { Pass } from '../pass.ts';

/** The port behind which a link layer address was learned. */
export function portOf(pass: Pass, bridge: Interface, mac: string | undefined): string | undefined {
  if (mac === undefined) return undefined;
  return pass.compiled.namespace.fdb?.find(
    entry =>
      entry.mac === mac &&
      entry.master === bridge.name &&
      !entry.flags.includes('self') &&
      entry.device !== bridge.name,
  )?.device;
}

/** The port behind which the neighbour with this address is. */
export function portTowards(pass: Pass, bridge: Interface, address: Address): string | undefined {
  const neighbour = pass.compiled.namespace.neighbours?.find(n => n.address === address && n.device === bridge.name);
  return portOf(pass, bridge, neighbour?.mac);
}
