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
  const widths = widthsOf(rows);
  const left = columns - widths.reduce((sum, width) => sum + width + GAP.length, 0);
  const room = Math.max(left, NARROWEST);
  const lines: string[] = [];
  for (let from = 0; from < rows.length; from += TOGETHER)
    lines.push(...tableLines(rows.slice(from, from + TOGETHER), widths, room));
  return lines;
}

/** Laying out a table takes time with the square of its rows: long ones are laid out in parts. */
const TOGETHER = 64;

function tableLines(rows: readonly (readonly Cell[])[], widths: readonly number[], room: number): string[] {
  const colWidths = [...widths.map(width => width + GAP.length), null];
  const table = new Table({ chars: BORDERLESS, style: BORDERLESS_STYLE, colWidths });
  for (const row of rows)
    table.push(
      Array.from({ length: widths.length + 1 }, (_, i) => {
        const { text = '', paint = plain } = row[i] ?? {};
        if (i < widths.length) return `${paint(text)}${GAP}`;
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

/** Of every column but the last. */
function widthsOf(rows: readonly (readonly Cell[])[]): number[] {
  const widths: number[] = [];
  for (const row of rows)
    for (const [i, { text }] of row.slice(0, -1).entries()) widths[i] = Math.max(widths[i] ?? 0, stringWidth(text));
  return widths;
}

const plain = (text: string): string => text;
