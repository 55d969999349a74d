import { headerMatch } from '../header-options.ts';

/** Hop-by-hop options of IPv6. */
export const hbh = headerMatch('hbh', 0);
