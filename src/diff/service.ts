import type { ServiceQuery } from '../explain/query.ts';
import { serviceSuffixes } from '../kubernetes/proxy/hash.ts';
import type { RulesDiff } from './rules/ruleset.ts';

/** What of the changes is about one service: rules that name it, and chains and elements that are named after it. */
export function ofService(rules: RulesDiff, service: ServiceQuery | undefined): RulesDiff {
  if (!service) return rules;
  const pattern = patternOf(service);
  const hashed = new Set<string>();
  for (const { lines } of rules.chains)
    for (const { before, after } of lines)
      for (const text of [before?.text ?? '', after?.text ?? ''])
        if (pattern.test(text))
          for (const [name] of text.matchAll(/\bKUBE-(?:SVC|SVL|SEP|EXT|XLB|FW)-[A-Z2-7]{16}\b/g)) hashed.add(name);
  const isAbout = (text: string | undefined) => text !== undefined && pattern.test(text);
  return {
    ...rules,
    chains: rules.chains.flatMap(change => {
      if (hashed.has(change.chain) || isAbout(change.chain)) return [change];
      const lines = change.lines.filter(({ before, after }) => isAbout(before?.text) || isAbout(after?.text));
      return lines.length > 0 ? [{ ...change, lines }] : [];
    }),
    sets: rules.sets.flatMap(change => {
      const [added, removed] = [change.added.filter(isAbout), change.removed.filter(isAbout)];
      return added.length + removed.length > 0 ? [{ ...change, added, removed }] : [];
    }),
  };
}

/** Its name in a comment or in a chain of nftables mode, or what chains of ports without names hash to. */
function patternOf({ namespace, name }: ServiceQuery): RegExp {
  const text = `${namespace}/${name}`.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  const suffixes = ['tcp', 'udp', 'sctp'].flatMap(protocol => serviceSuffixes({ namespace, name }, protocol));
  return new RegExp([`(?:^|[" -])${text}(?=[:"/ ]|$)`, ...suffixes.map(suffix => `-${suffix}\\b`)].join('|'));
}
