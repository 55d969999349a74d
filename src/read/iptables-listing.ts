import type { Counters } from '../model/ruleset.ts';
import type { Family } from '../net/address.ts';
import { parsePrefix } from '../net/prefix.ts';
import { parseProtocol } from '../net/protocol.ts';
import { isPolicy } from '../xt/chain.ts';
import { quoteWord } from '../xt/words.ts';
import type { IptablesSave } from './iptables-save.ts';
import { wordsOfListing } from './listing-words.ts';
import { excerpt, linesOf, Remarks } from './reading.ts';
import { buildTable, type ChainDraft, splitAtRepeat, type TableDraft, type TableHints } from './table-draft.ts';

const CHAIN =
  /^Chain (\S+) \((?:policy (\S+?)(?: (\d+)([KMGTP]?) packets, (\d+)([KMGTP]?) bytes)?|-?\d+ references|ERROR .*)\)/;
const COLUMNS = /^\s*(num\s+)?(pkts\s+bytes\s+)?target\s+prot\s+(?:opt\s+)?(in\s+out\s+)?source\s+destination/;
const PROMPT =
  /^(?:\[[^\]]*\]|[\w.-]+@[\w.-]+(?::\S*)?|\S*~)?\s*[#$>]\s*(?:(?:sudo\s+)?(ip6?tables)(?:-(?:nft|legacy))?\s(.*))?$/;

interface Columns {
  readonly numbered: boolean;
  readonly counted: boolean;
  readonly interfaces: boolean;
}

/** What a listing of a file left out, to be said once. */
interface Losses {
  interfaces: number;
  rounded: number;
  names: number;
  line: number;
  ipv6: boolean;
}

/**
 * `iptables -L` with any of -n, -v, -x and --line-numbers: what people paste. It is read back into rules as far as it
 * says what they were; the remarks tell what the listing does not show, and what could not be read back.
 */
export function parseIptablesListing(text: string, file: string, hints: TableHints = {}): IptablesSave {
  const remarks = new Remarks(file);
  const chains = new Set([...text.matchAll(/^Chain (\S+) \(/gm)].map(match => match[1] ?? ''));
  const drafts: TableDraft[] = [];
  const losses: Losses = { interfaces: 0, rounded: 0, names: 0, line: 0, ipv6: false };
  let draft: TableDraft | undefined;
  let chain: ChainDraft | undefined;
  let chainName = '';
  let columns: Columns | undefined;
  let table = hints.table;
  let family: Family | undefined = hints.family;
  for (const { text: line, number } of linesOf(text.replace(/^# (ip6?tables )/gm, '$$ $1'))) {
    const header = CHAIN.exec(line);
    const heads = header ? null : COLUMNS.exec(line);
    const prompt = header || heads ? null : PROMPT.exec(line);
    if (header) {
      chainName = header[1] ?? '';
      if (!draft || draft.chains.has(chainName)) {
        draft = draft ? splitAtRepeat(draft, chainName, number) : { name: table, line: number, chains: new Map() };
        drafts.push(draft);
      }
      chain = chainDraft(header, number);
      draft.chains.set(chainName, chain);
      columns = undefined;
    } else if (heads) {
      columns = {
        numbered: heads[1] !== undefined,
        counted: heads[2] !== undefined,
        interfaces: heads[3] !== undefined,
      };
    } else if (prompt) {
      if (prompt[1] === undefined) continue;
      table = /(?:^|\s)-t\s*(\w+)/.exec(prompt[2] ?? '')?.[1] ?? 'filter';
      family = hints.family ?? (prompt[1] === 'ip6tables' ? 'ip6' : 'ip');
      draft = undefined;
    } else if (!chain || !columns) remarks.error(number, `not a line of iptables -L: ${excerpt(line)}`);
    else {
      const rule = parseRule(line, number, chainName, columns, chains, losses, remarks);
      if (rule !== undefined) chain.rules.push({ line: rule, number });
    }
  }
  if (drafts.length > 1 && drafts.every(d => d.name === hints.table))
    drafts.splice(0, drafts.length, ...drafts.map(d => ({ ...d, name: undefined })));
  remarkLosses(losses, remarks);
  const whole: Family = family ?? (losses.ipv6 ? 'ip6' : 'ip');
  const owner = hints.owner === undefined ? {} : { owner: hints.owner };
  return { tables: drafts.map(d => buildTable(d, whole, owner, remarks)), remarks: remarks.list };
}

function chainDraft(header: RegExpExecArray, line: number): ChainDraft {
  const [, , policy, packets, packetUnit, bytes, byteUnit] = header;
  const exact = packets !== undefined && bytes !== undefined && packetUnit === '' && byteUnit === '';
  const counters: Counters | undefined = exact ? { packets: BigInt(packets), bytes: BigInt(bytes) } : undefined;
  return { policy: isPolicy(policy) ? policy : '-', ...(counters && { counters }), line, rules: [] };
}

function remarkLosses({ interfaces, rounded, names, line }: Losses, remarks: Remarks): void {
  if (interfaces > 0)
    remarks.lossy(
      line,
      `iptables -L without -v shows no interfaces: ${interfaces} rules are read as if they had neither -i nor -o`,
    );
  if (rounded > 0) remarks.lossy(line, `counters of ${rounded} rules are rounded (K, M, G) and were left out`);
  if (names > 0) remarks.lossy(line, `${names} rules have names instead of numbers: the listing was made without -n`);
}

function parseRule(
  line: string,
  number: number,
  chain: string,
  columns: Columns,
  chains: ReadonlySet<string>,
  losses: Losses,
  remarks: Remarks,
): string | undefined {
  const tokens = [...firstTokens(line, 12)];
  const base = (columns.numbered ? 1 : 0) + (columns.counted ? 2 : 0);
  const source = sourceColumn(tokens, base, columns);
  const protocolAt = source && source.at - (columns.interfaces ? 2 : 0) - (source.option === undefined ? 1 : 2);
  if (!source || protocolAt === undefined || protocolAt < base || protocolAt > base + 1) {
    remarks.error(number, `not a rule of iptables -L: ${excerpt(line)}`);
    return undefined;
  }
  losses.line ||= number;
  losses.ipv6 ||= tokens[source.at]?.text.includes(':') ?? false;
  const word = (at: number): string => tokens[at]?.text ?? '';
  const target = protocolAt === base ? undefined : word(base);
  const destination = tokens[source.at + 1];
  const unread: string[] = [];
  let out = ` -A ${chain}`;
  for (const [flag, text] of [
    ['-s', word(source.at)],
    ['-d', destination?.text ?? ''],
  ] as const)
    out += addressWords(flag, text, unread);
  if (columns.interfaces) {
    for (const [flag, text] of [
      ['-i', word(source.at - 2)],
      ['-o', word(source.at - 1)],
    ] as const)
      if (text !== '*' && text !== 'any') out += plainOption(flag, text);
  } else losses.interfaces++;
  const protocol = word(protocolAt).replace(/^!/, '');
  if (parseProtocol(protocol) === undefined) unread.push(`protocol ${protocol}`);
  else if (protocol !== '0' && protocol !== 'all') out += plainOption('-p', word(protocolAt));
  if (source.option === '-f') out += ' -f';
  if (source.option === '!f') out += ' ! -f';
  if (word(source.at) === 'anywhere' || destination?.text === 'anywhere') losses.names++;
  for (const text of unread) out += ` -m listed ${quoteWord(text)}`;
  const listed = wordsOfListing(line.slice(destination?.end ?? line.length).trim(), target, chains.has(target ?? ''));
  if (listed.unread !== undefined) unread.push(listed.unread);
  for (const text of unread) remarks.lossy(number, `not read back from the listing: ${excerpt(text)}`);
  return `${countersOf(tokens, columns, losses)}${out}${listed.words}`.trim();
}

interface Token {
  readonly text: string;
  readonly end: number;
}

function* firstTokens(line: string, count: number): Generator<Token> {
  const pattern = /\S+/g;
  for (let i = 0; i < count; i++) {
    const match = pattern.exec(line);
    if (!match) return;
    yield { text: match[0], end: pattern.lastIndex };
  }
}

/** Behind `opt`; ip6tables up to 1.8.7 leaves that column blank, and the first address is looked for. */
function sourceColumn(
  tokens: readonly Token[],
  base: number,
  columns: Columns,
): { readonly at: number; readonly option: string | undefined } | undefined {
  const gap = columns.interfaces ? 2 : 0;
  for (const at of [base + 1, base + 2]) {
    const option = tokens[at]?.text;
    if (option === '--' || option === '-f' || option === '!f') return { at: at + 1 + gap, option };
  }
  for (const at of [base + 1 + gap, base + 2 + gap]) {
    const text = tokens[at]?.text.replace(/^!/, '');
    if (text === 'anywhere' || parsePrefix(text ?? '')) return { at, option: undefined };
  }
  return undefined;
}

function addressWords(flag: '-s' | '-d', text: string, unread: string[]): string {
  if (text === 'anywhere' || text === '0.0.0.0/0' || text === '::/0') return '';
  if (parsePrefix(text.replace(/^!/, ''))) return plainOption(flag, text);
  unread.push(`${flag} ${text}`);
  return '';
}

const plainOption = (flag: string, text: string): string =>
  text.startsWith('!') ? ` ! ${flag} ${text.slice(1)}` : ` ${flag} ${text}`;

function countersOf(tokens: readonly Token[], columns: Columns, losses: Losses): string {
  if (!columns.counted) return '';
  const [packets = '', bytes = ''] = tokens.slice(columns.numbered ? 1 : 0).map(token => token.text);
  if (/^\d+$/.test(packets) && /^\d+$/.test(bytes)) return `[${packets}:${bytes}]`;
  losses.rounded++;
  return '';
}
