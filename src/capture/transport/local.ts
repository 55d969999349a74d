import { hostname } from 'node:os';
import type { Target } from '../host.ts';
import { SHELL } from '../script.ts';
import { runProcess } from './process.ts';

/** The machine that this runs on. */
export const localTarget = (name = hostname()): Target => ({
  name,
  group: 'nodes',
  how: 'local',
  run: (script, sink, signal) => runProcess(['sh', '-c', SHELL], script, sink, signal),
});
