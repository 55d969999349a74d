import { nptTarget } from '../npt.ts';

export const SNPT = nptTarget('SNPT');
