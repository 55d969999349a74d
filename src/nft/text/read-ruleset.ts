import type { NftRuleset, NftTable } from '../ruleset.ts';
import { readTable } from './read-table.ts';
import { Reading } from './reading.ts';

const MANAGED = /^# Warning: table (\S+) (\S+) is managed by iptables-nft/;

/**
 * Reads the text of `nft list ruleset`, or of a table, chain or set of it. One pass finds where tables, chains, sets and
 * rules are; rules and elements are read when they are first asked for.
 */
export function readNftText(text: string, file: string): NftRuleset {
  const reading = new Reading(text, file);
  return { tables: readTables(reading), remarks: reading.remarks };
}

function readTables(reading: Reading): readonly NftTable[] {
  const { lines } = reading;
  const managed = new Set<string>();
  const tables: (NftTable | undefined)[] = [];
  let others = 0;
  while (lines.next()) {
    const { line } = lines;
    const [, family, name] = MANAGED.exec(line) ?? [];
    if (family !== undefined) managed.add(`${family} ${name}`);
    else if (line.startsWith('table ')) tables.push(readTable(reading, managed));
    else if (!line.startsWith('#') && others++ === 0) reading.wrong(notListed(line));
  }
  const read = tables.filter(table => table !== undefined);
  if (others > 1 && read.length > 0) reading.wrong(`${others - 1} further lines are not within a table`);
  return read;
}

const notListed = (line: string): string =>
  /^(?:add|create|insert|delete|destroy|flush|replace) /.test(line)
    ? 'commands for nft are not read: nft list ruleset tells what they have made'
    : 'expected a table, as nft list ruleset prints it';
