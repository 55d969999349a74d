import { OptionError, target } from '../extension.ts';
import type { Given } from '../given.ts';
import { parseInteger } from '../numbers.ts';
import { quoteWord } from '../words.ts';

export interface LogOptions {
  readonly prefix: string;
  readonly level: number;
  /** The options without argument that are set, in the order of printing. */
  readonly flags: readonly string[];
}

const LEVELS: ReadonlyMap<string, number> = new Map([
  ['emerg', 0],
  ['panic', 0],
  ['alert', 1],
  ['crit', 2],
  ['error', 3],
  ['warning', 4],
  ['notice', 5],
  ['info', 6],
  ['debug', 7],
]);
const DEFAULT_LEVEL = 4;
const FLAGS = ['--log-tcp-sequence', '--log-tcp-options', '--log-ip-options', '--log-uid', '--log-macdecode'];

function levelOf(text: string | undefined): number {
  if (text === undefined) return DEFAULT_LEVEL;
  const level = parseInteger(text, 0, 7) ?? LEVELS.get(text);
  if (level === undefined) throw new OptionError(`log level "${text}" unknown`);
  return level;
}

/** The argument of a prefix option, cut to what the kernel keeps. */
export function prefixOption(given: Given, option: string, length: number): string {
  const text = given.value(option);
  if (text === '') throw new OptionError('Argument must have a minimum length of 1 characters');
  if (text?.includes('\n')) throw new OptionError(`Newlines not allowed in ${option}`);
  return (text ?? '').slice(0, length);
}

export const LOG = target<LogOptions>({
  name: 'LOG',
  families: ['ip', 'ip6'],
  options: {
    '--log-level': { args: 1 },
    '--log-prefix': { args: 1 },
    ...Object.fromEntries(FLAGS.map(flag => [flag, { args: 0 }])),
  },
  parse: given => ({
    prefix: prefixOption(given, '--log-prefix', 29),
    level: levelOf(given.value('--log-level')),
    flags: FLAGS.filter(flag => given.has(flag)),
  }),
  print: ({ prefix, level, flags }) =>
    [
      prefix && ` --log-prefix ${quoteWord(prefix)}`,
      level === DEFAULT_LEVEL ? '' : ` --log-level ${level}`,
      ...flags.map(flag => ` ${flag}`),
    ].join(''),
  describe: ({ prefix }) => (prefix === '' ? 'log' : `log "${prefix}"`),
  apply: ({ prefix }) => ({ kind: 'note', text: prefix === '' ? 'logged' : `logged as "${prefix}"` }),
});
