import { parseArgs } from 'node:util';
import type { Loader } from './generate/scenario.ts';

const LOADERS: readonly Loader[] = ['nft', 'legacy', 'both'];

/** What the command line says. */
export interface Options {
  /** Of each loader. */
  readonly packets: number;
  readonly perRuleset: number;
  readonly seed: number;
  readonly loaders: readonly Loader[];
  readonly mutations: boolean;
  /** Folder that the first packets and rules with a difference are written to, shrunk. */
  readonly shrinkSeconds: number;
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
    loaders: loader ? [loader] : LOADERS,
    mutations: values.mutations,
    shrinkSeconds: values.shrink ? count('--shrink-seconds', values['shrink-seconds']) : 0,
    allowMissing: values['allow-missing'],
    prefix,
  };
}

function count(name: string, text: string): number {
  if (!/^\d{1,10}$/.test(text)) throw new Error(`${name} takes a number, not ${JSON.stringify(text)}`);
  return Number(text);
}
