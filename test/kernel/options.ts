import { parseArgs } from 'node:util';
import type { Loader } from './generate/scenario.ts';

const LOADERS: readonly Loader[] = ['nft', 'legacy', 'both', 'native', 'beside'];

/** What the command line says. */
export interface Options {
  /** Of each loader. */
  readonly packets: number;
  readonly perRuleset: number;
  readonly seed: number;
  readonly loaders: readonly Loader[];
  readonly mutations: boolean;
  /** Cases that are printed in full, the first of each ruleset. */
  readonly show: number;
  /** How long the first case that differs may be shrunk; 0: not at all. */
  readonly shrinkSeconds: number;
  /** Name of the fixture that the shrunk case becomes. */
  readonly save: string | undefined;
  /** The cases that are made by hand are written as fixtures anew. */
  readonly write: boolean;
  readonly allowMissing: boolean;
  readonly prefix: string;
}

export function readOptions(args: readonly string[], now: Date): Options {
  const { values } = parseArgs({
    args: [...args],
    allowNegative: true,
    options: {
      packets: { type: 'string', default: '2000' },
      'per-ruleset': { type: 'string', default: '200' },
      seed: { type: 'string' },
      loader: { type: 'string' },
      shrink: { type: 'boolean', default: true },
      'shrink-seconds': { type: 'string', default: '120' },
      show: { type: 'string', default: '3' },
      save: { type: 'string' },
      'write-fixtures': { type: 'boolean', default: false },
      mutations: { type: 'boolean', default: false },
      'allow-missing': { type: 'boolean', default: false },
    },
  });
  const loader = LOADERS.find(one => one === values.loader);
  if (values.loader !== undefined && !loader) throw new Error(`--loader is one of ${LOADERS.join(', ')}`);
  const { CHAINWALK_LAB_PREFIX: prefix = 'cw-' } = process.env;
  return {
    packets: count('--packets', values.packets),
    perRuleset: Math.max(1, Math.min(count('--per-ruleset', values['per-ruleset']), 0x7fff)),
    seed: values.seed === undefined ? Math.floor(now.getTime() / 1000) : count('--seed', values.seed),
    loaders: loader ? [loader] : LOADERS.slice(0, 3),
    mutations: values.mutations,
    show: count('--show', values.show),
    shrinkSeconds: values.shrink ? count('--shrink-seconds', values['shrink-seconds']) : 0,
    save: fixtureName(values.save),
    write: values['write-fixtures'],
    allowMissing: values['allow-missing'],
    prefix,
  };
}

function count(name: string, text: string): number {
  if (!/^\d{1,10}$/.test(text)) throw new Error(`${name} takes a number, not ${JSON.stringify(text)}`);
  return Number(text);
}

function fixtureName(text: string | undefined): string | undefined {
  if (text !== undefined && !/^[a-z0-9-]{1,60}$/.test(text)) throw new Error('--save takes a name of a-z, 0-9 and -');
  return text;
}
