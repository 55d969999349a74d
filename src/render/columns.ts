import Table from 'cli-table3';
import stringWidth from 'string-width';
import { wrap } from './wrap.ts';

/** No line is drawn: columns are told apart by blanks. */
export const BORDERLESS = {
  ...{ top: '', 'top-mid': '', 'top-left': '', 'top-right': '' },
  ...{ bottom: '', 'bottom-mid': '', 'bottom-left': '', 'bottom-right': '' },
  ...{ left: '', 'left-mid': '', mid: '', 'mid-mid': '', right: '', 'right-mid': '', middle: '' },
};
export const BORDERLESS_STYLE = { 'padding-left': 0, 'padding-right': 0, head: [], border: [], compact: true };

const GAP = '   ';
const NARROWEST = 16;

export interface Cell {
  readonly text: string;
  readonly paint?: (text: string) => string;
}

/** Rows whose columns stand below each other; the last column is wrapped to what is left of the width. */
export function columnLines(rows: readonly (readonly Cell[])[], columns: number): string[] {
  const room = Math.max(lastRoom(rows, columns), NARROWEST);
  const count = countOf(rows);
  if (count === 0) return [];
  const table = new Table({ chars: BORDERLESS, style: BORDERLESS_STYLE });
  for (const row of rows)
    table.push(
      Array.from({ length: count }, (_, i) => {
        const { text = '', paint = plain } = row[i] ?? {};
        if (i < count - 1) return `${paint(text)}${GAP}`;
        return wrap(text, room)
          .map(line => paint(line))
          .join('\n');
      }),
    );
  return table
    .toString()
    .split('\n')
    .map(line => line.trimEnd());
}

const countOf = (rows: readonly (readonly Cell[])[]): number => Math.max(0, ...rows.map(row => row.length));

/** Cells that the last column has. */
function lastRoom(rows: readonly (readonly Cell[])[], columns: number): number {
  const widths = Array.from({ length: Math.max(countOf(rows) - 1, 0) }, (_, i) =>
    Math.max(0, ...rows.map(row => stringWidth(row[i]?.text ?? ''))),
  );
  return columns - widths.reduce((sum, width) => sum + width + GAP.length, 0);
}

const plain = (text: string): string => text;
