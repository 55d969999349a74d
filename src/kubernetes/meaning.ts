import { chainRole } from './chain.ts';
import { formatServicePort, parseServiceComment, type ServiceAddress, type ServicePort } from './comment.ts';
import { nftChainRole, parseNftChain } from './proxy/nft-name.ts';

/** What naming needs to know of a rule; `siblings`: the other chains that rules of the same chain jump to. */
export interface RuleFacts {
  readonly table: string;
  readonly chain: string;
  readonly comment: string | undefined;
  /** Of a jump or goto. */
  readonly target?: string;
  readonly siblings?: readonly string[];
}

/** The bits of the packet mark that Kubernetes gives a meaning by default. */
export const MASQUERADE_BIT = 0x4000;
export const DROP_BIT = 0x8000;

/** The service that a rule is about, and how the client addressed it where the rule tells. */
export function serviceOf({
  chain,
  comment,
}: RuleFacts): { service: ServicePort; address?: ServiceAddress } | undefined {
  const said = comment === undefined ? undefined : parseServiceComment(comment);
  if (!said) return undefined;
  if (said.kind === 'address') return { service: said.service, address: said.address };
  if (said.kind === 'named' && chain === 'KUBE-NODEPORTS') return { service: said.service, address: 'node port' };
  return { service: said.service };
}

/** What a rule is for, in a few words; undefined where nobody has a name for it. */
export function ruleMeaning(facts: RuleFacts): string | undefined {
  const { table, chain, comment, target } = facts;
  if (table === 'kube-proxy') return target === undefined ? undefined : nftMeaning(chain, target);
  const said = comment === undefined ? undefined : parseServiceComment(comment);
  if (said) {
    const name = formatServicePort(said.service);
    switch (said.kind) {
      case 'address':
        if (chain.startsWith('KUBE-FW-')) return 'in the source ranges';
        return target === 'KUBE-MARK-MASQ'
          ? 'from outside of the cluster: to be masqueraded'
          : `${name}, ${said.address}`;
      case 'endpoint':
      case 'balancing':
        return endpointChoice(facts);
      case 'no-endpoints':
        return `${name} has no endpoints`;
      case 'no-local-endpoints':
        return `${name} has no endpoint on this node`;
      case 'health-check':
        return `health check of ${name}`;
      case 'not-in-source-ranges':
      case 'outside-source-ranges':
        return `not in the source ranges of ${name}`;
      case 'masquerade':
        return 'from outside: to be masqueraded';
      case 'masquerade-local':
        return 'from this node: to be masqueraded';
      case 'route-local':
        return 'from this node: any endpoint';
      case 'pods':
        return 'from a pod: any endpoint';
      case 'named':
        if (chain === 'KUBE-NODEPORTS') return `${name}, node port`;
        if (target === 'KUBE-MARK-MASQ')
          return chain.startsWith('KUBE-SEP-') ? 'from the endpoint itself: to be masqueraded' : 'to be masqueraded';
        return chain.startsWith('KUBE-SEP-') ? `endpoint of ${name}` : undefined;
    }
  }
  if (comment === 'block incoming localnet connections') return 'from elsewhere to 127.0.0.0/8';
  if (comment === 'Redirect pods trying to reach external loadbalancer VIP to clusterIP')
    return 'from a pod: any endpoint';
  if (target === 'KUBE-MARK-MASQ') return 'to be masqueraded';
  if (target?.startsWith('KUBE-SEP-')) return endpointChoice(facts);
  if (target?.startsWith('KUBE-SVC-')) return 'any endpoint';
  if (target?.startsWith('KUBE-SVL-')) return 'an endpoint of this node';
  return target === undefined ? undefined : chainRole(target);
}

/** The same of a rule of kube-proxy's nftables mode, which says all in the names of its chains. */
function nftMeaning(chain: string, target: string): string | undefined {
  const [within, called] = [parseNftChain(chain), parseNftChain(target)];
  if (target === 'mark-for-masquerade') {
    if (within?.role === 'endpoint') return 'from the endpoint itself: to be masqueraded';
    return within?.role === 'service' ? 'from outside of the cluster: to be masqueraded' : 'to be masqueraded';
  }
  if (!called) return nftChainRole(target);
  if (called.role === 'endpoint') return 'an endpoint';
  if (within?.role !== 'external') return called.service && formatServicePort(called.service);
  return called.role === 'local' ? 'an endpoint of this node' : 'any endpoint';
}

function endpointChoice({ target, siblings = [] }: RuleFacts): string {
  const endpoints = new Set(siblings.filter(name => name.startsWith('KUBE-SEP-')));
  if (target?.startsWith('KUBE-SEP-')) endpoints.add(target);
  return endpoints.size > 1 ? `1 of ${endpoints.size} endpoints` : 'the only endpoint';
}

/** What it means that these mark bits were set, by Kubernetes' defaults. */
export function markMeaning(before: number, after: number): string | undefined {
  const set = after & ~before;
  const cleared = before & ~after;
  if (set & DROP_BIT) return 'to be dropped';
  if (set & MASQUERADE_BIT) return 'to be masqueraded';
  return cleared & MASQUERADE_BIT ? 'masquerade mark cleared' : undefined;
}
