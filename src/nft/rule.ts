import type { Counters } from '../model/ruleset.ts';
import type { Printer } from './printer.ts';
import type { NftRule } from './ruleset.ts';

type Parts = Pick<NftRule, 'number' | 'handle' | 'comment' | 'statements' | 'source'>;

/** A rule from its parts; where no text is given, it is printed when it is asked for. */
export function ruleOf(parts: Parts, printer: Printer, text?: string): NftRule {
  return {
    ...parts,
    counters: countersOf(parts),
    get text() {
      return text ?? printer.rule(parts);
    },
  };
}

function countersOf({ statements }: Parts): Counters | undefined {
  for (const statement of statements)
    if (statement.kind === 'counter' && 'packets' in statement)
      return { packets: statement.packets, bytes: statement.bytes };
  return undefined;
}
