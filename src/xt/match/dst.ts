import { headerMatch } from '../header-options.ts';

/** Destination options of IPv6. */
export const dst = headerMatch('dst', 60);
