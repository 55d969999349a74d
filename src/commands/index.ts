import { Capture } from './capture.ts';
import { Trace } from './trace.ts';

/** The commands by their names. */
export const COMMANDS = { capture: Capture, trace: Trace };
