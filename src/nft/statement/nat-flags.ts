import type { RuleParser } from '../text/rule-parser.ts';

const FLAGS = ['random', 'fully-random', 'persistent', 'netmap'] as const;

/** `random,persistent`; none is none. */
export function parseNatFlags(parser: RuleParser): readonly string[] {
  const flags: string[] = [];
  const first = parser.takeOneOf(FLAGS);
  if (first) flags.push(first);
  while (first && parser.takeMark(',')) flags.push(parser.takeOneOf(FLAGS) ?? parser.fail('expected a flag of nat'));
  return flags;
}

/** With a leading blank. */
export const printNatFlags = (flags: readonly string[]): string => {
  const shown = flags.filter(flag => flag !== 'netmap');
  return shown.length > 0 ? ` ${shown.join(',')}` : '';
};
