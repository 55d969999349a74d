import { parseExactJson } from '../../../src/nft/json/exact.ts';
import { readNftJson } from '../../../src/nft/json/read-ruleset.ts';
import { Printer } from '../../../src/nft/printer.ts';
import { checkListing, type Outcome } from './listing.ts';

/** A row of nft's own tests with what nft listed once the rule was loaded, or of a comment with what became of it. */
interface Row {
  readonly id?: string;
  readonly file?: string;
  readonly family?: string;
  readonly loaded?: boolean;
  readonly rule_text?: string;
  readonly text?: string;
  readonly json?: unknown;
  readonly option?: string;
  readonly nft_text?: string | null;
  readonly nft_json?: unknown;
  readonly native_nft_text?: string | null;
}

/** A row's name and file, and what was found; no outcome: nft had not loaded it. */
export interface RowOutcome {
  readonly name: string;
  readonly file: string;
  readonly outcome: Outcome | undefined;
}

export function checkRow(line: string): RowOutcome {
  const parsed = parseExactJson(line, 'row', []);
  if (parsed === undefined) return { name: line.slice(0, 60), file: '', outcome: failed('the row is not JSON') };
  const row: Row = Object(parsed);
  if (row.option !== undefined) return checkComment(row, line);
  const name = `${row.id} ${row.family}: ${row.rule_text ?? '(not loaded)'}`;
  const file = row.file ?? '';
  if (!row.loaded || row.text === undefined) return { name, file, outcome: undefined };
  const json = JSON.stringify(row.json);
  const outcome = checkListing(row.text, json);
  const printed = fromJson(json, row.rule_text ?? '');
  return {
    name,
    file,
    outcome: printed === undefined ? outcome : { ...outcome, differences: [...outcome.differences, printed] },
  };
}

const failed = (difference: string): Outcome => ({ rules: 0, foreign: 0, differences: [difference], lost: new Map() });

/** The rule of the row, printed from its JSON. */
function fromJson(json: string, text: string): string | undefined {
  const printed: string[] = [];
  for (const { family, chains } of readNftJson(json, 'JSON').tables)
    for (const { rules } of chains.values()) for (const rule of rules) printed.push(new Printer(family).rule(rule));
  return printed.includes(text) ? undefined : `from JSON printed ${printed.join(' | ')}`;
}

/** iptables-nft drops comments in nft's listing; nft's own keep them. */
function checkComment(row: Row, line: string): RowOutcome {
  const outcomes = [row.nft_text, row.native_nft_text].flatMap((text, i) =>
    typeof text === 'string'
      ? [checkListing(text, i === 0 && row.nft_json ? JSON.stringify(row.nft_json) : undefined)]
      : [],
  );
  const outcome: Outcome = {
    rules: outcomes.reduce((sum, { rules }) => sum + rules, 0),
    foreign: outcomes.reduce((sum, { foreign }) => sum + foreign, 0),
    differences: outcomes.flatMap(({ differences }) => differences),
    lost: new Map(),
  };
  return { name: `comment ${line.slice(0, 60)}`, file: 'comments', outcome };
}
