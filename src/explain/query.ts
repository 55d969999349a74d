import { formatServicePort, type ServicePort } from '../kubernetes/comment.ts';
import type { ApiServicePort } from '../kubernetes/objects.ts';
import { serviceSuffixes } from '../kubernetes/proxy/hash.ts';
import { InputError } from '../model/source.ts';
import { protocolName } from '../net/protocol.ts';

/** Which services are asked for: one, perhaps one port of it; or all. */
export interface ServiceQuery {
  readonly namespace: string;
  readonly name: string;
  /** A port's name or number. */
  readonly port?: string;
}

/** `default/web`, `default/web:http`, `default/web:80`. Throws InputError. */
export function parseServiceQuery(text: string): ServiceQuery {
  const [, namespace, name, port] = /^([^/:\s]+)\/([^/:\s]+)(?::([^/:\s]+))?$/.exec(text) ?? [];
  if (namespace === undefined || name === undefined)
    throw new InputError(
      `'${text}' is no service; write NAMESPACE/NAME or NAMESPACE/NAME:PORT, such as default/web:http`,
    );
  return { namespace, name, ...(port !== undefined && { port }) };
}

/** What the text of a rule about the service must hold: its name in a comment, or what its chains are named after. */
export function patternOf(query: ServiceQuery, candidates: readonly ApiServicePort['service'][]): RegExp {
  const name = literal(`${query.namespace}/${query.name}`);
  const suffixes = candidates.flatMap(service => suffixesOf(service));
  return new RegExp([`[" ]${name}(?=[:" \\n]|$)`, `-${name}/`, ...suffixes].join('|'), 'm');
}

/** The service ports that a query may mean, as far as it tells their names. */
export function candidatesOf(query: ServiceQuery, api: readonly ApiServicePort[]): ServicePort[] {
  const { namespace, name, port } = query;
  const known = api.filter(({ service }) => service.namespace === namespace && service.name === name);
  const services = known.map(({ service }) => service);
  services.push({ namespace, name });
  if (port !== undefined && !/^\d+$/.test(port)) services.push({ namespace, name, port });
  const byName = new Map(services.map(service => [formatServicePort(service), service]));
  return [...byName.values()];
}

export const suffixesOf = (service: ServicePort): string[] =>
  [6, 17, 132].flatMap(protocol => serviceSuffixes(service, protocolName(protocol) ?? ''));

const literal = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
