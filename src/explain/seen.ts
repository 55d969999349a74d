import { type OutsideNetfilter, outsideNetfilter, type ServiceProxy, serviceProxyOf } from '../kubernetes/datapath.ts';
import { nftProxyTables, proxyTables } from '../kubernetes/proxy/era.ts';
import { recoverNft } from '../kubernetes/proxy/nft-recover.ts';
import { recoverIptables } from '../kubernetes/proxy/recover.ts';
import type { ProxyService } from '../kubernetes/proxy/service.ts';
import type { Namespace } from '../model/namespace.ts';

/** What the rules of one node tell of services. */
export interface NodeView {
  readonly node: string;
  readonly proxy: ServiceProxy;
  readonly outside: readonly OutsideNetfilter[];
  readonly services: readonly ProxyService[];
}

/** Reads the services off a node's rules; with a pattern those whose rules hold it. */
export function viewOf(namespace: Namespace, wanted?: RegExp): NodeView {
  const proxy = serviceProxyOf(namespace);
  const { ruleset } = namespace;
  const services = [
    ...proxyTables(ruleset).flatMap(tables => recoverIptables(tables, wanted)),
    ...nftProxyTables(ruleset).flatMap(table => recoverNft(table, wanted)),
  ];
  return { node: namespace.name, proxy, outside: outsideNetfilter(namespace, proxy), services };
}
