import { formatServicePort } from '../kubernetes/comment.ts';
import type { ProxyService } from '../kubernetes/proxy/service.ts';

/** A service by its name, else by what its chains share, else that nothing names it. */
export const serviceLabel = ({ service, suffix }: ProxyService): string =>
  service ? formatServicePort(service) : suffix === undefined ? 'a service without name' : `chains ...-${suffix}`;
