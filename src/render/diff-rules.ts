import type { ChainChange, DiffAnswer, LineChange, SetChange } from '../diff/answer.ts';
import { count } from '../net/count.ts';
import { grouped } from '../net/grouped.ts';
import type { NodeWords } from './diff.ts';
import { safe } from './safe.ts';
import type { Theme } from './theme.ts';
import { hang } from './wrap.ts';

const MAX_LINES = 60;
/** From so many on, chains of a table that came or went whole are counted. */
const MANY_CHAINS = 24;
const MAX_CHAINS = 200;

/** Chains and sets with what came and went in them. */
export function ruleLines(answer: DiffAnswer, who: NodeWords, columns: number, theme: Theme): string[] {
  const { rules = [], sets = [] } = answer;
  const groups = grouped([...rules.entries()], ([place, { kind, nodes, family, table }]) =>
    JSON.stringify(kind === 'changed' ? place : [kind, family, table, nodes]),
  );
  const blocks = [...groups.values()].flatMap(entries => {
    const group = entries.map(([, change]) => change);
    const [first] = group;
    if (!first) return [];
    if (first.kind === 'renamed') return [renamed(group, first, who, columns, theme)];
    return group.length >= MANY_CHAINS
      ? [counted(group, first, who, columns, theme)]
      : group.map(change => chainLines(change, who, columns, theme));
  });
  const lines = blocks.slice(0, MAX_CHAINS).flat();
  if (blocks.length > MAX_CHAINS)
    lines.push(theme.quiet(`and ${blocks.length - MAX_CHAINS} more chains; --json lists all`));
  for (const change of sets.slice(0, MAX_CHAINS)) lines.push(...setLines(change, who, columns, theme));
  return lines;
}

const title = (what: string, words: string, columns: number, theme: Theme): string[] =>
  what.length + words.length + 3 <= columns
    ? [`${theme.name(what)}${words === '' ? '' : `   ${theme.quiet(words)}`}`]
    : [...hang('', what, columns, theme.name), ...(words === '' ? [] : hang('  ', words, columns, theme.quiet))];

const tableName = ({ family, table, owner }: ChainChange): string =>
  owner !== 'nft' && family === 'ip' ? table : `${family} ${table}`;

function chainLines(change: ChainChange, who: NodeWords, columns: number, theme: Theme): string[] {
  const { chain, chainBefore, kind, base, lines } = change;
  const of = (wanted: LineChange['kind']) => lines.filter(line => line.kind === wanted).length;
  const counts = [
    ...(kind === 'added' ? ['new chain'] : kind === 'removed' ? ['chain is gone'] : []),
    ...(chainBefore === undefined ? [] : [`was ${chainBefore}`]),
    ...(of('added') > 0 ? [`+ ${count(of('added'), 'rule')}`] : []),
    ...(of('removed') > 0 ? [`- ${count(of('removed'), 'rule')}`] : []),
    ...(of('edited') > 0 ? [`${count(of('edited'), 'rule')} edited`] : []),
    ...(of('moved') > 0 ? [`${count(of('moved'), 'rule')} moved`] : []),
  ];
  const out = title(safe(`${tableName(change)} ${chain}   ${counts.join(', ')}`), who(change.nodes), columns, theme);
  if (base)
    out.push(
      ...hang('  - ', safe(base.before), columns, theme.bad),
      ...hang('  + ', safe(base.after), columns, theme.good),
    );
  for (const line of lines.slice(0, MAX_LINES)) out.push(...lineLines(line, columns, theme));
  if (lines.length > MAX_LINES) out.push(theme.quiet(`  and ${lines.length - MAX_LINES} more; --json lists all`));
  return out;
}

function lineLines({ kind, before, after, commentOnly }: LineChange, columns: number, theme: Theme): string[] {
  if (kind === 'moved' && before && after)
    return [
      ...hang('  ~ ', safe(after.text), columns, theme.change),
      ...hang('    ', `moved from ${before.number} to ${after.number}`, columns, theme.quiet),
    ];
  return [
    ...(before ? hang('  - ', safe(before.text), columns, theme.bad) : []),
    ...(after ? hang('  + ', safe(after.text), columns, theme.good) : []),
    ...(commentOnly ? hang('    ', 'only the comment is another', columns, theme.quiet) : []),
  ];
}

/** Many chains that came or went: how many, and the first names. */
function counted(
  group: readonly ChainChange[],
  first: ChainChange,
  who: NodeWords,
  columns: number,
  theme: Theme,
): string[] {
  const rules = group.reduce((all, { lines }) => all + lines.length, 0);
  const what = `${tableName(first)}   ${count(group.length, 'chain')} ${first.kind === 'added' ? 'came' : 'went'}, with ${count(rules, 'rule')}`;
  const names = `${group
    .slice(0, 6)
    .map(({ chain }) => chain)
    .join(', ')}...; --json lists all`;
  const [sign, paint] = first.kind === 'added' ? (['  + ', theme.good] as const) : (['  - ', theme.bad] as const);
  return [...title(safe(what), who(first.nodes), columns, theme), ...hang(sign, safe(names), columns, paint)];
}

function renamed(
  group: readonly ChainChange[],
  first: ChainChange,
  who: NodeWords,
  columns: number,
  theme: Theme,
): string[] {
  const what = `${tableName(first)}   ${count(group.length, 'chain')} under a new name, with the same rules`;
  const shown = group.slice(0, MANY_CHAINS).map(({ chainBefore = '', chain }) => `${chainBefore} > ${chain}`);
  const more = group.length > shown.length ? [`and ${group.length - shown.length} more`] : [];
  return [
    ...title(safe(what), who(first.nodes), columns, theme),
    ...[...shown, ...more].flatMap(text => hang('    ', safe(text), columns, theme.quiet)),
  ];
}

function setLines(change: SetChange, who: NodeWords, columns: number, theme: Theme): string[] {
  const { of, family, table, name, kind, declaration, added, removed } = change;
  const what = of === 'ipset' ? `ipset ${name}` : `${family} ${table}   ${of === 'object' ? '' : `${of} `}${name}`;
  const counts = [
    ...(kind === 'added' ? ['new'] : kind === 'removed' ? ['gone'] : []),
    ...(added.length > 0 ? [`+ ${count(added.length, 'element')}`] : []),
    ...(removed.length > 0 ? [`- ${count(removed.length, 'element')}`] : []),
  ];
  const sides = [
    ['  - ', declaration ? [declaration.before] : [], theme.bad],
    ['  + ', declaration ? [declaration.after] : [], theme.good],
    ['  - ', removed, theme.bad],
    ['  + ', added, theme.good],
  ] as const;
  return [
    ...title(safe(`${what}   ${counts.join(', ')}`.trimEnd()), who(change.nodes), columns, theme),
    ...sides.flatMap(([sign, texts, paint]) => [
      ...texts.slice(0, MAX_LINES).flatMap(text => hang(sign, safe(text), columns, paint)),
      ...(texts.length > MAX_LINES ? [theme.quiet(`  and ${texts.length - MAX_LINES} more; --json lists all`)] : []),
    ]),
  ];
}
