import type { IpsecPolicy } from '../model/elsewhere.ts';
import { parsePrefix } from '../net/prefix.ts';
import { parseProtocol } from '../net/protocol.ts';
import { excerpt, linesOf, numberOf, type Reading, Remarks, wordsOf } from './reading.ts';

type Draft = { -readonly [K in keyof IpsecPolicy]: IpsecPolicy[K] };

/** `ip xfrm policy`: of each policy the selector, direction, priority, action and whether it asks for a transformation. */
export function parseIpsecPolicies(text: string, file: string): Reading<readonly IpsecPolicy[]> {
  const remarks = new Remarks(file);
  const policies: Draft[] = [];
  let policy: Draft | undefined;
  for (const { text: line, number } of linesOf(text)) {
    const words = wordsOf(line);
    if (/^src /.test(line)) {
      policy = selectorOf(words, file, number);
      if (policy) policies.push(policy);
      else remarks.error(number, `not a selector of ip xfrm policy: ${excerpt(line)}`);
    } else if (!policy) continue;
    else if (words[0] === 'dir' || words[0] === 'socket') {
      const direction = after(words, words[0]);
      if (words[0] === 'socket') policies.splice(policies.indexOf(policy), 1);
      else if (direction === 'in' || direction === 'out' || direction === 'fwd') policy.direction = direction;
      policy.priority = numberOf(after(words, 'priority')) ?? 0;
      policy.blocks = after(words, 'action') === 'block';
    } else if (words[0] === 'tmpl') policy.transforms = `${after(words, 'src') ?? ''} > ${after(words, 'dst') ?? ''}`;
    else if (words[0] === 'level' && words[1] === 'use') policy.isOptional = true;
    else if (words[0] === 'mark') policy.isLimited = true;
    else if (words[0] === 'if_id') policy.isLimited = true;
  }
  return { value: policies, remarks: remarks.list };
}

const after = (words: readonly string[], word: string): string | undefined => {
  const at = words.indexOf(word);
  return at < 0 ? undefined : words[at + 1];
};

function selectorOf(words: readonly string[], file: string, line: number): Draft | undefined {
  const [source, destination] = ['src', 'dst'].map(word => parsePrefix(after(words, word) ?? ''));
  if (!source || !destination) return undefined;
  const protocol = parseProtocol(after(words, 'proto') ?? 'all');
  const [sport, dport] = ['sport', 'dport'].map(word => numberOf(after(words, word)));
  return {
    source,
    destination,
    ...(protocol !== undefined && protocol !== 0 && { protocol }),
    ...(sport !== undefined && { sport }),
    ...(dport !== undefined && { dport }),
    direction: 'out',
    priority: 0,
    blocks: false,
    isLimited: after(words, 'dev') !== undefined,
    isOptional: false,
    at: { file, line },
  };
}
