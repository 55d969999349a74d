import type { LoneChange } from '../rules/tables.ts';
import { type Statement, statement } from './statement.ts';

/** Rules that assign a helper of connection tracking, in either language. */
export function helperStatements(chains: readonly LoneChange[]): Statement[] {
  return chains.flatMap(({ table, chain, lines }) =>
    lines.flatMap(({ before, after, commentOnly }) => {
      const [was, is] = [helperOf(before?.text), helperOf(after?.text)];
      if (commentOnly || was === is) return [];
      const at = `by ${table} ${chain}`;
      const say = statement('helper', is ?? was ?? '');
      return [
        ...(is === undefined ? [] : [say('came', `connections get helper ${is} ${at}`)]),
        ...(was === undefined ? [] : [say('went', `connections no longer get helper ${was} ${at}`)]),
      ];
    }),
  );
}

function helperOf(text = ''): string | undefined {
  const name = / -j CT .*--helper (\S+)/.exec(text)?.[1] ?? / ?ct helper set "([^"]+)"/.exec(text)?.[1];
  if (name === undefined) return undefined;
  const protocol = / -p (\S+)/.exec(text)?.[1];
  const port = / --dports? (\S+)/.exec(text)?.[1];
  if (protocol !== undefined) return `${name} (${protocol}${port === undefined ? '' : ` port ${port}`})`;
  const [, nft, dport] = /\b(tcp|udp) dport (\S+|\{[^}]*\})/.exec(text) ?? [];
  return nft === undefined ? name : `${name} (${nft} port ${dport})`;
}
