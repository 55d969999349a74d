import type { DiffAnswer, MeaningChange, Noted } from '../diff/answer.ts';
import { count } from '../net/count.ts';
import { grouped } from '../net/grouped.ts';
import { fateLines } from './diff-fate.ts';
import { ruleLines } from './diff-rules.ts';
import { safe } from './safe.ts';
import { type RenderOptions, type Theme, themeOf } from './theme.ts';
import { source } from './words.ts';
import { hang } from './wrap.ts';

/** Of the words that stand before each layer. */
const LEAD = 10;
const MAX_STATEMENTS = 200;
const MAX_NAMES = 6;

/** What changed as text for a person; ends with a newline. */
export function renderDiff(answer: DiffAnswer, { columns, color }: RenderOptions): string {
  const theme = themeOf(color);
  const who = nodeWords(answer);
  const blocks = [
    led('meaning', meaningLines(answer.meaning ?? [], who, columns - LEAD, theme), theme),
    led('fate', answer.fate ? fateLines(answer.fate, who, columns - LEAD, theme) : [], theme),
    led('rules', ruleLines(answer, who, columns - LEAD, theme), theme),
    noteLines(answer, who, columns, theme),
  ].filter(lines => lines.length > 0);
  return `${blocks.map(lines => lines.join('\n')).join('\n\n')}\n`;
}

/** The word before the first line, blanks before the others. */
function led(word: string, lines: readonly string[], theme: Theme): string[] {
  return lines.map(
    (line, i) => (i === 0 ? theme.strong(word.padEnd(LEAD)) : line === '' ? '' : ' '.repeat(LEAD)) + line,
  );
}

/** Where a change is, in words; empty where there is only one node. */
export type NodeWords = (nodes: readonly string[]) => string;

function nodeWords({ nodes }: DiffAnswer): NodeWords {
  const both = nodes.filter(each => each.in === 'both').map(({ name }) => name);
  return names => {
    if (nodes.length === 1 && names.every(name => name === nodes[0]?.name)) return '';
    if (both.length > 1 && names.length === both.length && both.every(name => names.includes(name)))
      return 'every node';
    const shown = names.length > MAX_NAMES ? names.slice(0, MAX_NAMES - 1) : names;
    return safe([...shown, ...(shown.length < names.length ? [`${names.length - shown.length} more`] : [])].join(', '));
  };
}

/** Statements, those of the same nodes together. */
function meaningLines(all: readonly MeaningChange[], who: NodeWords, columns: number, theme: Theme): string[] {
  const groups = grouped(all.slice(0, MAX_STATEMENTS), ({ nodes }) => who(nodes));
  const lines = [...groups].flatMap(([words, group]) => [
    ...(words === '' ? [] : hang('', words, columns, theme.name)),
    ...alike(group).flatMap(({ text, kind }) =>
      hang(words === '' ? '' : '  ', safe(text), columns, paintOf(kind, theme)),
    ),
  ]);
  const more = all.length - MAX_STATEMENTS;
  return more > 0 ? [...lines, theme.quiet(`and ${more} more; --json lists all`)] : lines;
}

/** From so many on, what is said of several in the same words is said once. */
const ALIKE = 3;
const MAX_ALIKE = 12;
/** From so many on, services that came or went are not described one by one. */
const MANY = 25;

/** What is said of several in the same words: how it begins, their names, and how it ends. */
interface Alike {
  readonly key: string;
  readonly name: string;
  readonly few: number;
  readonly together: (names: readonly string[]) => string;
}

/** `12 services lost node port 30080 (a, b...)`, `net.ipv4.conf.*.rp_filter was 0, is 1 (all, eth0)`. */
function likeness({ subject, name, kind, text }: MeaningChange): Alike | undefined {
  const rest = text.startsWith(name) ? text.slice(name.length) : undefined;
  if (rest === undefined) return undefined;
  const [, before, own, after] = /^(net\.ipv[46]\.(?:conf|neigh)\.)([^.]+)(\..+)$/.exec(name) ?? [];
  if (subject === 'sysctl' && before !== undefined && own !== undefined)
    return {
      key: JSON.stringify([kind, before, after, rest]),
      name: own,
      few: 2,
      together: names => `${before}*${after}${rest} (${names.join(', ')})`,
    };
  if (subject !== 'service') return undefined;
  const whole = / (is new|is gone): /.exec(text)?.[1];
  if (whole !== undefined)
    return {
      key: whole,
      name,
      few: MANY,
      together: names => `${names.length} services ${whole.replace('is', 'are')} (${first(names).join(', ')})`,
    };
  const key = JSON.stringify([kind, rest]);
  return { key, name, few: ALIKE, together: names => `${names.length} services${rest} (${first(names).join(', ')})` };
}

const first = (names: readonly string[]): string[] =>
  names.length <= MAX_ALIKE ? [...names] : [...names.slice(0, MAX_ALIKE), `${names.length - MAX_ALIKE} more`];

function alike(group: readonly MeaningChange[]): Pick<MeaningChange, 'text' | 'kind'>[] {
  const said = group.map(each => ({ each, like: likeness(each) }));
  const groups = grouped(said, ({ each, like }) => like?.key ?? each.text);
  return [...groups.values()].flatMap((list): Pick<MeaningChange, 'text' | 'kind'>[] => {
    const [one] = list;
    if (!one?.like || list.length < one.like.few) return list.map(({ each }) => each);
    return [{ kind: one.each.kind, text: one.like.together(list.map(({ like }) => like?.name ?? '')) }];
  });
}

function paintOf(kind: MeaningChange['kind'], theme: Theme): (text: string) => string {
  return kind === 'came' ? theme.good : kind === 'went' ? theme.bad : theme.change;
}

function noteLines(answer: DiffAnswer, who: NodeWords, columns: number, theme: Theme): string[] {
  const { setAside, notCompared, passedOver, remarks } = answer;
  const legend = '+ only the named node has it, - most others have it and the named node has not';
  const isNodes = answer.compares === 'nodes' && (answer.rules?.length ?? 0) > 0;
  const lines = [
    ...(isNodes ? hang('', legend, columns, theme.quiet) : []),
    ...(answer.different
      ? []
      : hang('', equalWords(answer), columns, notCompared.length > 0 ? theme.unsure : theme.good)),
    ...notes('not compared  ', notCompared, who, columns, theme.unsure),
    ...notes('set aside     ', setAside, who, columns, theme.quiet),
  ];
  if (passedOver.chains > 0)
    lines.push(
      ...hang(
        'equal         ',
        `${count(passedOver.chains, 'chain')} with ${count(passedOver.rules, 'rule')}, known by their text`,
        columns,
        theme.quiet,
      ),
    );
  return [...lines, ...remarkLines(remarks, columns, theme)];
}

const MAX_REMARKS = 5;

/** What is the matter with many files is said once. */
function remarkLines(remarks: DiffAnswer['remarks'], columns: number, theme: Theme): string[] {
  const byText = grouped(remarks, ({ file, text }) => `${file.replace(/^.*\//, '')} ${text}`);
  const groups = [...byText.values()];
  const lines = groups.slice(0, MAX_REMARKS).flatMap(([first, ...others]) => {
    if (!first) return [];
    const more = others.length > 0 ? ` (and ${others.length} more files of that name)` : '';
    return hang('not read      ', `${source(first)}: ${safe(first.text)}${more}`, columns, theme.unsure);
  });
  const more = groups.length - MAX_REMARKS;
  return more > 0 ? [...lines, `              and ${more} remarks more; --json lists them`] : lines;
}

function equalWords({ rules, meaning, fate, notCompared }: DiffAnswer): string {
  const layers = [...(rules ? ['rules'] : []), ...(meaning ? ['meaning'] : []), ...(fate ? ['fate'] : [])];
  const whole = notCompared.length > 0 ? ', as far as both sides tell: not all could be compared' : '';
  return `No difference in ${layers.join(', ')}${whole}.`;
}

function notes(
  lead: string,
  list: readonly Noted[],
  who: NodeWords,
  columns: number,
  paint: (text: string) => string,
): string[] {
  return list.flatMap(({ nodes, text }, i) => {
    const words = who(nodes);
    return hang(
      i === 0 ? lead : ' '.repeat(lead.length),
      safe(words === '' ? text : `${text} (${words})`),
      columns,
      paint,
    );
  });
}
