import { type OutsideNetfilter, outsideNetfilter, type ServiceProxy, serviceProxyOf } from '../kubernetes/datapath.ts';
import { proxyTables } from '../kubernetes/proxy/era.ts';
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
  const services = proxyTables(namespace.ruleset).flatMap(tables => recoverIptables(tables, wanted));
  return { node: namespace.name, proxy, outside: outsideNetfilter(namespace, proxy), services };
}
