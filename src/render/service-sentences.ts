import type { MasqueradeExplained, ServiceExplained } from '../explain/answer.ts';
import { place } from './words.ts';

/** Who may connect, who is masqueraded by which rule, and how endpoints are chosen, in sentences. */
export function sentences(service: ServiceExplained): string[] {
  return [...ranges(service), ...affinity(service), ...masquerades(service), ...health(service)];
}

function ranges({ loadBalancerSourceRanges: list, addresses, nodePort }: ServiceExplained): string[] {
  if (list === null || !addresses.some(({ kind }) => kind !== 'cluster IP')) return [];
  if (list.length === 0) return ['Anyone may connect (no source ranges).'];
  const open = nodePort === undefined ? '' : '; the node port is not protected';
  return [`The load balancer address takes connections from ${list.join(', ')} alone${open}.`];
}

function affinity({ sessionAffinityTimeoutSeconds: seconds }: ServiceExplained): string[] {
  if (seconds === undefined || seconds === null) return [];
  return [`A client stays with its endpoint for ${duration(seconds)} after its last connection.`];
}

function duration(seconds: number): string {
  if (seconds % 3600 === 0) return seconds === 3600 ? '1 hour' : `${seconds / 3600} hours`;
  return seconds % 60 === 0 ? `${seconds / 60} minutes` : `${seconds} seconds`;
}

const TO: ReadonlyMap<MasqueradeExplained['kind'], string> = new Map([
  ['cluster IP', ' to the cluster address'],
  ['load balancer IP', ' to the load balancer address'],
  ['external IP', ' to the external address'],
  ['external or load balancer IP', ' to the other addresses'],
  ['node port', ' to the node port'],
] as const);

function fromWords({ whose, detail }: MasqueradeExplained): string {
  switch (whose) {
    case 'any':
      return '';
    case 'outside':
      return ` from outside of ${detail ?? ''}`;
    case 'node':
      return ' from the node itself';
    case 'loopback':
      return ' from 127.0.0.0/8';
    case 'itself':
      return ' from the endpoint itself';
  }
}

/** One sentence a kind of source, with the rule of the first node that has it. */
function masquerades({ masquerades: all, endpoints }: ServiceExplained): string[] {
  const told = new Map<string, string>();
  for (const each of all) {
    if (each.whose === 'itself') continue;
    const key = `Connections${TO.get(each.kind) ?? ''}${fromWords(each)} are masqueraded`;
    if (!told.has(key)) told.set(key, `${key} (marked by ${place(each.rule)}).`);
  }
  const hairpin = all.filter(({ whose }) => whose === 'itself');
  const [first] = hairpin;
  const sentences = [...told.values()];
  if (first && endpoints.length > 0)
    sentences.push(
      `An endpoint that reaches itself is masqueraded (${place(first.rule)}${hairpin.length > 1 ? ', ...' : ''}).`,
    );
  return sentences;
}

const health = ({ healthCheckNodePort: port }: ServiceExplained): string[] =>
  port === undefined ? [] : [`Node port ${port} answers health checks of the load balancer.`];
