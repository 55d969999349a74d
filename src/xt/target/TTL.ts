import { hopsTarget } from '../hops.ts';

export const TTL = hopsTarget('TTL', 'ip');
