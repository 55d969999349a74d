import { Trace } from './trace.ts';

/** The commands by their names. */
export const COMMANDS = { trace: Trace };
