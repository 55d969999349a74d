import stringWidth from 'string-width';

/** Lines of at most `width` cells, broken at blanks; a word that is longer is cut. Text without colours. */
export function wrap(text: string, width: number): string[] {
  const room = Math.max(width, 8);
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    const joined = line === '' ? word : `${line} ${word}`;
    if (stringWidth(joined) <= room) {
      line = joined;
      continue;
    }
    if (line !== '') lines.push(line);
    const pieces = cut(word, room);
    lines.push(...pieces.slice(0, -1));
    line = pieces.at(-1) ?? '';
  }
  lines.push(line);
  return lines;
}

function cut(word: string, room: number): string[] {
  if (stringWidth(word) <= room) return [word];
  const pieces: string[] = [];
  let piece = '';
  let cells = 0;
  for (const character of word) {
    const width = stringWidth(character);
    if (cells + width > room && piece !== '') {
      pieces.push(piece);
      piece = '';
      cells = 0;
    }
    piece += character;
    cells += width;
  }
  pieces.push(piece);
  return pieces;
}

/** `first` before the first line, blanks of its width before the others. */
export function hang(first: string, text: string, columns: number, paint: (line: string) => string = same): string[] {
  const indent = stringWidth(first);
  return wrap(text, columns - indent).map((line, i) => (i === 0 ? first : ' '.repeat(indent)) + paint(line));
}

const same = (line: string): string => line;
