import { OptionError } from '../extension.ts';
import type { Given } from '../given.ts';
import type { Direction } from './fields.ts';

/** A set and the directions in which a rule looks at the packet: `--match-set NAME src,dst`. */
export interface SetReference {
  readonly set: string;
  readonly directions: readonly Direction[];
}

const LONGEST_NAME = 31;
const MOST_DIRECTIONS = 6;

/** The two arguments of `--match-set`, `--add-set` and their like. Throws OptionError. */
export function parseReference(given: Given, option: string): SetReference {
  const [set = '', flags = ''] = given.get(option)?.args ?? [];
  if (flags === '' || /^[-!]/.test(flags)) throw new OptionError(`${option} requires two args.`);
  if (set.length > LONGEST_NAME) throw new OptionError(`setname \`${set}' too long, max ${LONGEST_NAME} characters.`);
  const words = flags.split(',');
  if (words.length > MOST_DIRECTIONS) throw new OptionError(`Can't be more src/dst options than ${MOST_DIRECTIONS}.`);
  return { set, directions: words.map(parseDirection) };
}

/** libxt_set.h compares three characters only. */
function parseDirection(word: string): Direction {
  if (word.startsWith('src')) return 'src';
  if (word.startsWith('dst')) return 'dst';
  throw new OptionError("You must specify (the comma separated list of) 'src' or 'dst'.");
}

export const printReference = ({ set, directions }: SetReference): string => `${set} ${directions.join(',')}`;
