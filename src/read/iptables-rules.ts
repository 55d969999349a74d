import type { Family } from '../net/address.ts';
import { isPolicy } from '../xt/chain.ts';
import { splitWords, type Word } from '../xt/words.ts';
import { guessRuleFamily, type IptablesSave } from './iptables-save.ts';
import { excerpt, type Line, linesOf, Remarks } from './reading.ts';
import { buildTable, type ChainDraft, splitAtRepeat, type TableDraft, type TableHints } from './table-draft.ts';

const COMMANDS = new Map([
  ['--append', '-A'],
  ['--insert', '-I'],
  ['--new-chain', '-N'],
  ['--new', '-N'],
  ['--policy', '-P'],
  ['--flush', '-F'],
  ['--delete-chain', '-X'],
  ['--delete', '-D'],
  ['--zero', '-Z'],
  ['--table', '-t'],
]);
const PROGRAM =
  /^\s*(?:(?:\[[^\]]{0,80}\]|[\w.@:~/-]{0,80})[#$] ?)?(?:sudo +)?(ip6?tables)(?:-(?:nft|legacy))?(?: +(?:-w|--wait)(?: +\d+)?)* +(?=-)/;
/** A comment that says which command printed what follows. */
const SHOWN = /^# ?(ip6?tables .*(?:-S|--list-rules)\b)/gm;

/**
 * `iptables -S`, with and without -v, and lists of commands as iptables-restore and a shell take them: -P, -N, -A, -I.
 * The table is the one that `*table` or `-t` names, else the hints', else judged by chains and targets, with a remark.
 */
export function parseIptablesRules(text: string, file: string, hints: TableHints = {}): IptablesSave {
  const reader = new Reader(file);
  for (const line of linesOf(text.replace(SHOWN, '$$ $1'))) reader.line(line);
  return reader.finish(text, hints);
}

class Reader {
  private readonly remarks: Remarks;
  private readonly drafts: TableDraft[] = [];
  private current: TableDraft | undefined;
  private named: string | undefined;
  private program: string | undefined;

  constructor(file: string) {
    this.remarks = new Remarks(file);
  }

  line({ text, number }: Line): void {
    const program = PROGRAM.exec(text);
    if (program) this.program ??= program[1];
    const line = text.slice(program?.[0].length ?? 0).trim();
    if (/^ip6?tables(?:-save|-restore)\b/.test(line) || line.startsWith('# Warning: ')) return;
    if (line.startsWith('*')) {
      this.named = line.slice(1).trim();
      this.current = undefined;
    } else if (line === 'COMMIT') {
      this.named = undefined;
      this.current = undefined;
    } else if (line.startsWith(':')) this.declare(line.slice(1).split(' ')[0] ?? '', line.split(' ')[1] ?? '', number);
    else {
      const words = splitWords(line.includes('"') ? line : line.replaceAll("'", '"'));
      if (words?.[0]?.text.startsWith('-'))
        this.command(
          line.includes('"') ? line : line.replaceAll("'", '"'),
          words,
          number,
          program ? 'filter' : undefined,
        );
      else this.remarks.error(number, `not a line of iptables -S: ${excerpt(line)}`);
    }
  }

  private command(line: string, given: readonly Word[], number: number, unsaid: string | undefined): void {
    const at = given.findIndex(word => !word.quoted && ['-t', '--table'].includes(word.text));
    const table = at < 0 ? unsaid : given[at + 1]?.text;
    const words = at < 0 ? given : [...given.slice(0, at), ...given.slice(at + 2)];
    const [first, chainWord] = words;
    const command = COMMANDS.get(first?.text ?? '') ?? first?.text;
    const chain = chainWord?.text ?? '';
    if (command === '-S' || command === '--list-rules') {
      this.named = table;
      this.current = undefined;
      return;
    }
    if (table !== undefined) this.current = this.drafts.find(d => d.name === table) ?? this.open(table, number);
    if (command === '-N') this.declare(chain, '-', number);
    else if (command === '-P') this.declare(chain, words[2]?.text ?? '', number, words);
    else if (command === '-A' || command === '-I') this.rule(line, command, words, number);
    else if (command !== '-F' && command !== '-X' && command !== '-Z')
      this.remarks.error(number, `not followed: ${excerpt(line)}`);
    else if ([...(this.current?.chains.values() ?? [])].some(c => c.rules.length > 0))
      this.remarks.error(number, `not followed, it stands behind rules: ${excerpt(line)}`);
  }

  private open(name: string | undefined, line: number): TableDraft {
    return this.take({ name, line, chains: new Map() });
  }

  private take(draft: TableDraft): TableDraft {
    this.drafts.push(draft);
    this.current = draft;
    return draft;
  }

  private declare(name: string, policy: string, line: number, words: readonly Word[] = []): void {
    if (name === '' || !isPolicy(policy)) {
      this.remarks.error(line, `not a chain: ${excerpt(`${name} ${policy}`)}`);
      return;
    }
    let draft = this.current ?? this.open(this.named, line);
    const known = draft.chains.get(name);
    if (known && draft.name === undefined) draft = this.take(splitAtRepeat(draft, name, line));
    else if (known) {
      if (policy !== '-') known.policy = policy;
      else this.remarks.error(line, `chain ${excerpt(name)} is declared twice`);
      return;
    }
    const chain: ChainDraft = { policy, line, rules: [] };
    const counted = words.findIndex(word => word.text === '-c');
    const packets = words[counted + 1]?.text ?? '';
    const bytes = words[counted + 2]?.text ?? '';
    if (counted >= 0 && /^\d+$/.test(packets) && /^\d+$/.test(bytes))
      chain.counters = { packets: BigInt(packets), bytes: BigInt(bytes) };
    draft.chains.set(name, chain);
  }

  private rule(line: string, command: '-A' | '-I', words: readonly Word[], number: number): void {
    const name = words[1]?.text ?? '';
    const draft = this.current ?? this.open(this.named, number);
    let chain = draft.chains.get(name);
    if (!chain) {
      if (!/^(?:PREROUTING|INPUT|FORWARD|OUTPUT|POSTROUTING)$/.test(name)) {
        this.remarks.error(number, `a rule of a chain that is not declared: ${excerpt(name)}`);
        return;
      }
      chain = { policy: '-', line: number, rules: [] };
      draft.chains.set(name, chain);
    }
    const position = command === '-I' && /^\d+$/.test(words[2]?.text ?? '') ? Number(words[2]?.text) : undefined;
    const body = words.slice(position === undefined ? 2 : 3);
    const counted = body.findIndex(
      (word, i) => !word.quoted && word.text === '-c' && /^\d+$/.test(body[i + 2]?.text ?? ''),
    );
    const counters = counted < 0 ? '' : `[${body[counted + 1]?.text}:${body[counted + 2]?.text}] `;
    const kept = counted < 0 ? body : [...body.slice(0, counted), ...body.slice(counted + 3)];
    const rest = kept.map(word => line.slice(word.start, word.end)).join(' ');
    const rule = { line: `${counters}-A ${name}${rest === '' ? '' : ` ${rest}`}`, number };
    if (command === '-A') chain.rules.push(rule);
    else chain.rules.splice(Math.max((position ?? 1) - 1, 0), 0, rule);
  }

  finish(text: string, hints: TableHints): IptablesSave {
    const family: Family = hints.family ?? (this.program === 'ip6tables' ? 'ip6' : guessRuleFamily(text));
    const drafts = this.drafts.filter(draft => draft.chains.size > 0);
    const own = drafts.filter(draft => draft.name === undefined).length === 1 ? hints : { ...hints, table: undefined };
    const tables = drafts.map(draft => buildTable(draft, family, dropUndefined(own), this.remarks));
    return { tables, remarks: this.remarks.list };
  }
}

const dropUndefined = ({ table, ...rest }: Omit<TableHints, 'table'> & { table?: string | undefined }): TableHints =>
  table === undefined ? rest : { ...rest, table };
