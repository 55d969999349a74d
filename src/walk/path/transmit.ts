import type { Address } from '../../net/address.ts';
import type { End, Pass } from '../pass.ts';
import { runInBridge, runOnDevice } from './link.ts';
import { portTowards } from './port.ts';

/** What stands between the last hook of IP and the wire: egress of the device, and of a bridge its own hooks and its port's. */
export function transmit(pass: Pass, device: string | undefined, nexthop: Address): End | undefined {
  const { links, linkHooks } = pass.compiled;
  const end = runOnDevice(pass, 'egress', device);
  const bridge = links.isBridge(device) ? links.get(device) : undefined;
  if (end || !bridge) return end;
  const port = portTowards(pass, bridge, nexthop);
  const { output, postrouting } = linkHooks.bridge;
  if (port === undefined && output.length + postrouting.length + linkHooks.egress.length === 0) return undefined;
  return (
    runInBridge(pass, 'output', { oif: port }) ??
    runInBridge(pass, 'postrouting', { oif: port }) ??
    runOnDevice(pass, 'egress', port)
  );
}
