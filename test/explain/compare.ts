import type { ServiceExplained } from '../../src/explain/answer.ts';
import { formatServicePort } from '../../src/kubernetes/comment.ts';
import type { ApiServicePort } from '../../src/kubernetes/objects.ts';
import { protocolName } from '../../src/net/protocol.ts';
import type { Visible } from './facts.ts';

export interface Difference {
  readonly kind: 'missing' | 'invented';
  readonly what: string;
}

export const keyOf = ({ service, protocol, port }: ApiServicePort): string =>
  `${formatServicePort(service)} ${port}/${protocolName(protocol)}`;

export const keyOfExplained = (each: ServiceExplained): string =>
  `${each.namespace}/${each.name}${each.portName === undefined ? '' : `:${each.portName}`} ${each.port}/${each.protocol}`;

type Scalar = string | number | null | undefined;

/** Every field of an answer held against what the rules can show. */
export function differences(key: string, answer: ServiceExplained, expected: Visible): Difference[] {
  const found: Difference[] = [];
  const tell = (kind: Difference['kind'], what: string) => found.push({ kind, what: `${key}: ${what}` });
  const reasoned = (field: string) =>
    answer.unknowns.some(each => each.field === field && each.what !== '') || answer.fromApi.includes(field);
  const hidden = (field: string) => {
    if (!reasoned(field)) tell('missing', `a reason why ${field} is not known`);
  };
  const list = (field: string, has: readonly string[] | null, wants: readonly string[] | null) => {
    if (wants === null) {
      if (has === null) hidden(field);
      else if (!answer.fromApi.includes(field))
        tell('invented', `${field} ${has.join(', ') || '(none)'}, which no rule tells`);
      return;
    }
    if (has === null) {
      tell('missing', `${field} ${wants.join(', ') || '(none)'}`);
      return;
    }
    for (const each of wants) if (!has.includes(each)) tell('missing', `${field} ${each}`);
    for (const each of has) if (!wants.includes(each)) tell('invented', `${field} ${each}`);
    if (new Set(has).size !== has.length) tell('invented', `${field} has one twice`);
  };
  const scalar = (field: string, has: Scalar, wants: Scalar) => {
    if (wants === null) {
      if (has === null) hidden(field);
      else if (!answer.fromApi.includes(field)) tell('invented', `${field} ${has ?? '(none)'}, which no rule tells`);
    } else if (has !== wants) {
      if (wants !== undefined) tell('missing', `${field} ${wants}`);
      if (has !== undefined && has !== null) tell('invented', `${field} ${has}`);
      if (has === null && wants === undefined) tell('missing', `that ${field} does not apply`);
    }
  };
  const own = answer.addresses.flatMap(({ kind, address }) =>
    kind === 'node port' || address === undefined ? [] : [address],
  );
  list('addresses', own, expected.addresses);
  list('clusterIPs', answer.clusterIPs, expected.clusterIPs);
  list('externalIPs', answer.externalIPs, expected.externalIPs);
  list('loadBalancerIPs', answer.loadBalancerIPs, expected.loadBalancerIPs);
  scalar('nodePort', answer.nodePort, expected.nodePort);
  list('endpoints', answer.endpoints.map(endpointText), expected.endpoints);
  for (const { node, address } of answer.endpoints)
    if (node !== null && !answer.fromApi.includes('endpoints.node')) tell('invented', `the node of ${address}`);
  if (answer.endpoints.length > 0) hidden('endpoints.node');
  scalar('externalTrafficPolicy', answer.externalTrafficPolicy, expected.externalTrafficPolicy);
  scalar('internalTrafficPolicy', answer.internalTrafficPolicy, expected.internalTrafficPolicy);
  const { sessionAffinityTimeoutSeconds: seconds } = answer;
  scalar('sessionAffinityTimeoutSeconds', seconds, expected.sessionAffinityTimeoutSeconds);
  list('loadBalancerSourceRanges', answer.loadBalancerSourceRanges, expected.loadBalancerSourceRanges);
  return found;
}

const endpointText = ({ address, port }: { readonly address: string; readonly port: number }): string =>
  address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
