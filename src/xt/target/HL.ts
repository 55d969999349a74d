import { hopsTarget } from '../hops.ts';

export const HL = hopsTarget('HL', 'ip6');
