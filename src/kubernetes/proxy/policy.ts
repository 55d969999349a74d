import { type Unknown, unknown } from '../../model/truth.ts';
import { bitsOf } from '../../net/address.ts';
import { type Prefix, prefixLength } from '../../net/prefix.ts';
import type { Draft } from './draft.ts';
import type { TrafficPolicy } from './service.ts';

/** Why the rules of a service without endpoints tell little. */
export const REFUSED = unknown('it has no endpoints here, and only rules that refuse are written', "the API's Service");

/** `localChain`: what chains of endpoints of the node itself begin with; `otherwise`: where rules lead to any endpoint. */
export function internalPolicyOf(
  addresses: Draft['addresses'],
  localChain: string,
  otherwise: TrafficPolicy | Unknown,
): TrafficPolicy | Unknown | undefined {
  const cluster = addresses.filter(({ kind }) => kind === 'cluster IP');
  if (cluster.length === 0) return undefined;
  if (cluster.some(({ refusal, chain }) => refusal === 'no-local-endpoints' || chain?.startsWith(localChain)))
    return 'Local';
  return cluster.some(({ refusal }) => refusal) ? REFUSED : otherwise;
}

/** Of the choices that a service has. */
export function affinityOf(
  choices: readonly (
    | { readonly shares: { readonly size: number }; readonly affinitySeconds: number | undefined }
    | undefined
  )[],
): number | Unknown | undefined {
  const chosen = choices.filter(choice => choice && choice.shares.size > 0);
  if (chosen.length === 0) return REFUSED;
  return chosen.find(choice => choice?.affinitySeconds !== undefined)?.affinitySeconds;
}

/** A balancer's own address may stand among the ranges: kube-proxy adds it where the node is inside of one. */
export function withoutBalancers(ranges: readonly Prefix[], addresses: Draft['addresses']): readonly Prefix[] {
  const own = new Set(addresses.flatMap(({ kind, address }) => (kind === 'load balancer IP' ? (address ?? []) : [])));
  const isOwn = (range: Prefix) => prefixLength(range) === bitsOf(range.family) && own.has(range.address);
  const kept = ranges.filter((range, i) => !isOwn(range) || ranges.slice(0, i).some(isOwn));
  return kept.length > 0 ? kept : ranges;
}
