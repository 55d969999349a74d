/** A port of a service, as kube-proxy writes it: `namespace/name:port`; an unnamed port has no `port`. */
export interface ServicePort {
  readonly namespace: string;
  readonly name: string;
  readonly port?: string;
}

/** How a client addresses a service. */
export type ServiceAddress = 'cluster IP' | 'external IP' | 'load balancer IP' | 'node port';

/** What one comment of kube-proxy says of its rule. */
export type ServiceComment = { readonly service: ServicePort } & (
  | { readonly kind: 'address'; readonly address: Exclude<ServiceAddress, 'node port'> }
  | { readonly kind: 'endpoint'; readonly endpoint: string }
  | {
      readonly kind:
        | 'no-endpoints'
        | 'no-local-endpoints'
        | 'health-check'
        | 'not-in-source-ranges'
        | 'outside-source-ranges'
        | 'masquerade'
        | 'masquerade-local'
        | 'route-local'
        | 'pods'
        | 'balancing'
        /** The name alone: node ports and endpoint chains. */
        | 'named';
    }
);

const SERVICE = /^([a-z0-9-]{1,63})\/([a-z0-9.-]{1,253})(?::([a-z0-9-]{0,63}))?$/;

/** `namespace/name`, with `:port` where the port has a name; old kube-proxies left the colon without one. */
export function parseServicePort(text: string): ServicePort | undefined {
  const [, namespace, name, port] = SERVICE.exec(text) ?? [];
  if (namespace === undefined || name === undefined) return undefined;
  return { namespace, name, ...(port && { port }) };
}

export const formatServicePort = ({ namespace, name, port }: ServicePort): string =>
  `${namespace}/${name}${port ? `:${port}` : ''}`;

const ADDRESSES = [
  [' cluster IP', 'cluster IP'],
  [' external IP', 'external IP'],
  [' loadbalancer IP', 'load balancer IP'],
] as const;

const AROUND = [
  ['', ' has no endpoints', 'no-endpoints'],
  ['', ' has no local endpoints', 'no-local-endpoints'],
  ['', ' health check node port', 'health-check'],
  ['other traffic to ', ' will be dropped by KUBE-PROXY-FIREWALL', 'outside-source-ranges'],
  ['masquerade traffic for ', ' external destinations', 'masquerade'],
  ['masquerade LOCAL traffic for ', ' external destinations', 'masquerade-local'],
  ['masquerade LOCAL traffic for ', ' LB IP', 'masquerade-local'],
  ['route LOCAL traffic for ', ' external destinations', 'route-local'],
  ['route LOCAL traffic for ', ' LB IP to service chain', 'route-local'],
  ['pod traffic for ', ' external destinations', 'pods'],
  ['', '', 'named'],
] as const;

/** Of a comment that kube-proxy of any era writes about a service; undefined for every other one. */
export function parseServiceComment(comment: string): ServiceComment | undefined {
  for (const [end, address] of ADDRESSES) {
    const service = between(comment, '', end);
    if (service) return { kind: 'address', service, address };
  }
  for (const [start, end, kind] of AROUND) {
    const service = between(comment, start, end);
    if (service) return { kind, service };
  }
  const arrow = comment.indexOf(' -> ');
  const balanced = arrow < 0 ? undefined : parseServicePort(comment.slice(0, arrow));
  if (balanced) return { kind: 'endpoint', service: balanced, endpoint: comment.slice(arrow + 4) };
  const refused = comment.indexOf(' traffic not accepted by KUBE-FW-');
  const ranged = refused < 0 ? undefined : parseServicePort(comment.slice(0, refused));
  if (ranged) return { kind: 'not-in-source-ranges', service: ranged };
  const [, name] = /^Balancing rule \d+ for (\S+)$/.exec(comment) ?? [];
  const old = name === undefined ? undefined : parseServicePort(name);
  return old && { kind: 'balancing', service: old };
}

function between(comment: string, start: string, end: string): ServicePort | undefined {
  if (!comment.startsWith(start) || !comment.endsWith(end) || comment.length <= start.length + end.length)
    return undefined;
  return parseServicePort(comment.slice(start.length, comment.length - end.length));
}
