import { formatServicePort, type ServicePort } from '../kubernetes/comment.ts';
import type { ApiServicePort } from '../kubernetes/objects.ts';
import { serviceSuffixes } from '../kubernetes/proxy/hash.ts';
import type { ProxyService } from '../kubernetes/proxy/service.ts';
import type { Address } from '../net/address.ts';
import { protocolName } from '../net/protocol.ts';
import type { ServiceExplained } from './answer.ts';
import { suffixesOf } from './query.ts';

export interface Named {
  readonly service: ServicePort | undefined;
  readonly by: ServiceExplained['namedBy'];
}

/** Names services whose rules carry no comment, by what the captured Services hash to, or by their addresses. */
export class Naming {
  private readonly ports: readonly ApiServicePort[];
  private readonly asked: readonly ServicePort[];
  private suffixes: ReadonlyMap<string, ServicePort> | undefined;
  private addresses: ReadonlyMap<string, ServicePort> | undefined;

  /** `asked`: service ports that a person named. */
  constructor(ports: readonly ApiServicePort[], asked: readonly ServicePort[] = []) {
    this.ports = ports;
    this.asked = asked;
  }

  of(seen: ProxyService): Named {
    if (seen.service) return { service: seen.service, by: seen.namedBy };
    const hashed = seen.suffix === undefined ? undefined : this.bySuffix().get(seen.suffix);
    if (hashed) return { service: hashed, by: 'hash' };
    for (const { address, port } of seen.addresses) {
      const found = this.byAddress().get(addressKey(address, port, seen.protocol));
      if (found && seen.suffix === undefined) return { service: found, by: 'address' };
    }
    return { service: undefined, by: null };
  }

  private bySuffix(): ReadonlyMap<string, ServicePort> {
    this.suffixes ??= new Map([
      ...this.asked.flatMap(service => suffixesOf(service).map(suffix => [suffix, service] as const)),
      ...this.ports.flatMap(({ service, protocol }) =>
        serviceSuffixes(service, protocolName(protocol) ?? String(protocol)).map(suffix => [suffix, service] as const),
      ),
    ]);
    return this.suffixes;
  }

  private byAddress(): ReadonlyMap<string, ServicePort> {
    this.addresses ??= new Map(
      this.ports.flatMap(({ service, protocol, port, nodePort, clusterIPs, externalIPs, loadBalancerIPs }) => {
        const all = [...clusterIPs, ...externalIPs, ...loadBalancerIPs.map(({ address }) => address)];
        return [
          ...all.map(address => [addressKey(address, port, protocol), service] as const),
          ...(nodePort === undefined ? [] : [[addressKey(undefined, nodePort, protocol), service] as const]),
        ];
      }),
    );
    return this.addresses;
  }
}

const addressKey = (address: Address | undefined, port: number, protocol: number): string =>
  `${address ?? 'node'} ${port} ${protocol}`;

/** What two nodes' views of one service port have in common. */
export function identityOf({ service }: Named, seen: ProxyService): string {
  if (service) return `${formatServicePort(service)} ${seen.protocol}`;
  if (seen.suffix !== undefined) return `${seen.suffix} ${seen.protocol}`;
  const [first] = seen.addresses;
  return `${first?.address ?? 'node'} ${first?.port} ${seen.protocol}`;
}
