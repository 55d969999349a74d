import type { RuleAnswer } from '../cluster/answer.ts';
import type {
  AddressAnswer,
  ChainExplained,
  ChainPart,
  MarkAnswer,
  RuleExplained,
  RulePart,
} from '../explain/parts-answer.ts';
import { type Cell, columnLines } from './columns.ts';
import { safe } from './safe.ts';
import { type RenderOptions, type Theme, themeOf } from './theme.ts';
import { hex, place, source } from './words.ts';
import { hang } from './wrap.ts';

const MAX_JUMPS = 6;
const MAX_RULES = 30;

const text = (lines: readonly string[]): string => `${lines.map(line => line.trimEnd()).join('\n')}\n`;

export function renderRule({ rules }: RuleExplained, { columns, color }: RenderOptions): string {
  const theme = themeOf(color);
  return text(rules.flatMap((part, i) => [...(i > 0 ? [''] : []), ...ruleLines(part, columns, theme)]));
}

function ruleLines(part: RulePart, columns: number, theme: Theme): string[] {
  const { rule, maker, purpose, service, packets, jumpedFrom } = part;
  return [
    ...hang('', `${place(rule)} on ${safe(rule.node)}, ${source(rule)}`, columns, theme.strong),
    ...hang('  ', safe(rule.text), columns, theme.quiet),
    ...hang('what for   ', safe(part.turns === undefined ? purpose : `${purpose} ${part.turns}`), columns),
    ...(service === undefined ? [] : hang('service    ', safe(service), columns, theme.name)),
    ...hang('made by    ', makerWords(maker), columns),
    ...(packets === undefined ? [] : hang('counted    ', countWords(part), columns)),
    ...jumpLines(jumpedFrom, columns, theme),
  ];
}

const countWords = ({ packets = '', bytes = '', counts }: RulePart): string =>
  `${packets} packets, ${bytes} bytes${counts === undefined ? '' : `: ${counts}`}`;

const makerWords = (maker: string | null): string => safe(maker ?? "nobody that is known: the user's own");

/** Rules of several nodes that say the same are told once. */
function jumpLines(jumps: readonly RuleAnswer[], columns: number, theme: Theme): string[] {
  if (jumps.length === 0) return [];
  const shown = jumps.slice(0, MAX_JUMPS).map(place);
  const more = jumps.length - shown.length;
  return hang('reached by ', [...shown, ...(more > 0 ? [`and ${more} more`] : [])].join('; '), columns, theme.name);
}

export function renderChain({ name, chains }: ChainExplained, { columns, color }: RenderOptions): string {
  const theme = themeOf(color);
  const lines: string[] = [];
  const byText = new Map<string, { readonly part: ChainPart; readonly nodes: string[] }>();
  for (const part of chains) {
    const key = JSON.stringify([part.family, part.table, part.rules.map(({ rule }) => rule.text)]);
    const known = byText.get(key);
    if (known) known.nodes.push(part.node);
    else byText.set(key, { part, nodes: [part.node] });
  }
  for (const { part, nodes } of byText.values()) {
    if (lines.length > 0) lines.push('');
    lines.push(...chainLines(name, part, nodes, columns, theme));
  }
  return text(lines);
}

function chainLines(name: string, part: ChainPart, nodes: readonly string[], columns: number, theme: Theme): string[] {
  const { family, table, hook, maker, shared, purpose, service, rules, jumpedFrom } = part;
  const head = `${table} ${name}  ${family === 'ip6' ? 'IPv6, ' : ''}on ${nodes.join(' ')}`;
  const whose = shared ? `called by the kernel at ${hook ?? ''}; everyone puts rules into it` : makerWords(maker);
  const rows = rules
    .slice(0, MAX_RULES)
    .map((each): Cell[] => [
      { text: String(each.rule.number), paint: theme.quiet },
      ...(shared ? [{ text: safe(each.maker ?? 'own') }] : []),
      { text: safe(each.purpose) },
    ]);
  const more = rules.length - MAX_RULES;
  return [
    ...hang('', safe(head), columns, theme.strong),
    ...hang('what for   ', safe(purpose), columns),
    ...(service === undefined ? [] : hang('service    ', safe(service), columns, theme.name)),
    ...hang('made by    ', safe(whose), columns),
    ...jumpLines(jumpedFrom, columns, theme),
    ...(rows.length === 0 ? ['no rules'] : columnLines(rows, columns)),
    ...(more > 0 ? [theme.quiet(`and ${more} rules more; --json has them`)] : []),
  ];
}

export function renderAddress(
  { address, uses, announcedBy, reasons, outside }: AddressAnswer,
  options: RenderOptions,
): string {
  const theme = themeOf(options.color);
  const lines = [theme.strong(address)];
  if (uses.length === 0) lines.push('nothing that was captured says whose it is');
  lines.push(
    ...columnLines(
      uses.map(({ kind, text: what, nodes }): Cell[] => [
        { text: safe(kind) },
        { text: safe(nodes.length === 0 ? what : `${what} (${nodes.join(' ')})`) },
      ]),
      options.columns,
    ).filter(line => line !== ''),
  );
  for (const { text: what, seenBy } of announcedBy)
    lines.push(...hang('announced  ', safe(seenBy === undefined ? what : `${what} (${seenBy})`), options.columns));
  for (const { text: what } of reasons) lines.push(...hang('- ', safe(what), options.columns));
  for (const { what, howToLearn } of outside)
    lines.push(...hang('not seen   ', safe(`${what}; to learn it: ${howToLearn}`), options.columns, theme.unsure));
  return text(lines);
}

export function renderMark({ mark, bits }: MarkAnswer, { columns, color }: RenderOptions): string {
  const theme = themeOf(color);
  const lines = [theme.strong(`mark ${hex(mark)}`)];
  for (const { value, mask, uses, setBy, askedBy } of bits) {
    lines.push('', theme.name(value === mask ? hex(value) : `${hex(value)}/${hex(mask)}`));
    if (uses.length === 0) lines.push('  no program is known that uses it by default');
    for (const { maker, meaning, here } of uses)
      lines.push(...hang('  ', safe(`${maker}: ${meaning}${here ? '' : ' (no rule of it here)'}`), columns));
    lines.push(
      ...hang('  set by     ', placesOf(setBy), columns),
      ...hang('  asked by   ', placesOf(askedBy), columns),
    );
  }
  return text(lines);
}

/** Places, each once for all nodes that have it there. */
function placesOf(rules: readonly RuleAnswer[]): string {
  if (rules.length === 0) return 'no rule that was captured';
  const places = [...new Set(rules.map(place))];
  const more = places.length - MAX_JUMPS;
  return [...places.slice(0, MAX_JUMPS), ...(more > 0 ? [`and ${more} more`] : [])].join('; ');
}
