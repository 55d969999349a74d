import { nptTarget } from '../npt.ts';

export const DNPT = nptTarget('DNPT');
