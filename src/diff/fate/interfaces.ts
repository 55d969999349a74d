import type { Namespace } from '../../model/namespace.ts';
import type { RulesDiff } from '../rules/ruleset.ts';
import { someRuleSays, textsOf } from './reach/text.ts';

/** Where packets may come in on both sides. */
export interface Interfaces {
  readonly names: readonly string[];
  readonly assumptions: readonly string[];
}

const PORTS = /physdev|ibrname|ibridge/;

/** Whether a rule of either side asks by which port of a bridge a packet comes or goes. */
export const someRuleAsksPorts = (after: Namespace, rules: RulesDiff): boolean => someRuleSays(after, rules, PORTS);
const NAMED =
  /(?:\biifname|\biif|(?:^|\s)-i|--in-interface)\s+(?:!=\s*|!\s*)?\{?\s*("?[\w.@:+*-]+"?(?:\s*,\s*"?[\w.@:+*-]+"?)*)/g;

const HINTS = ['-i ', 'iif', '--in-interface'];

/** An interface that neither ruleset names. */
export const OTHER = 'another';

/**
 * Interfaces that both captures have. Where none were captured, those that the rules name, and one more. Frames that come
 * in by a port of a bridge are taken to come in by the bridge, unless a rule asks for ports.
 */
export function interfacesOf(before: Namespace, after: Namespace, rules: RulesDiff): Interfaces {
  const assumptions: string[] = [];
  const [was, is] = [before, after].map(namespace => namespace.interfaces?.map(({ name }) => name));
  if (!was || !is) {
    const names = new Set([...(was ?? []), ...(is ?? []), ...namedBefore(rules), ...namedBy(after), OTHER]);
    assumptions.push('interfaces were not captured: packets come in by those that rules name, and by another');
    return { names: [...names].sort(), assumptions };
  }
  const both = was.filter(name => is.includes(name));
  const one = [...was.filter(name => !is.includes(name)), ...is.filter(name => !was.includes(name))];
  if (one.length > 0)
    assumptions.push(
      `not compared: packets that come in by interfaces that only one side has (${some(one)}), or that have other names`,
    );
  const ports = new Set(
    [before, after].flatMap(({ interfaces = [] }) =>
      interfaces.filter(({ master }) => master !== undefined && both.includes(master)).map(({ name }) => name),
    ),
  );
  if (ports.size === 0 || someRuleAsksPorts(after, rules)) return { names: both, assumptions };
  assumptions.push('frames come in by the bridge, whichever of its ports they use: no rule asks for ports');
  return { names: both.filter(name => !ports.has(name)), assumptions };
}

const some = (names: readonly string[]): string =>
  names.length > 4 ? `${names.slice(0, 4).join(', ')} and ${names.length - 4} more` : names.join(', ');

/** A name that ends in a wildcard stands for one that begins so. */
const namesIn = (text: string): readonly string[] =>
  [...new Set(linesWithHints(text))]
    .flatMap(line => [...line.matchAll(NAMED)])
    .flatMap(([, list = '']) => list.split(','))
    .map(word => word.trim().replaceAll('"', '').replace(/[+*]$/, '0'))
    .filter(name => name !== '');

function* linesWithHints(text: string): Iterable<string> {
  for (const hint of HINTS)
    for (let at = text.indexOf(hint); at >= 0; ) {
      const newline = text.indexOf('\n', at);
      const end = newline < 0 ? text.length : newline;
      yield text.slice(text.lastIndexOf('\n', at) + 1, end);
      at = text.indexOf(hint, end);
    }
}

const namedBefore = ({ chains }: RulesDiff): readonly string[] =>
  chains.flatMap(({ lines }) => lines.flatMap(({ before }) => (before ? namesIn(before.text) : [])));

const namedBy = ({ ruleset }: Namespace): readonly string[] =>
  ruleset.tables.flatMap(table => [...textsOf(table)].flatMap(namesIn));
