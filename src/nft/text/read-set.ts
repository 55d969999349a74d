import type { NftSet } from '../ruleset.ts';
import type { Element, SetDeclaration } from '../schema.ts';
import { typesNamed, valueTypesNamed } from '../type/types.ts';
import type { Ground } from './ground.ts';
import type { Lines } from './lines.ts';
import type { Part } from './read-chain.ts';
import type { Reading } from './reading.ts';
import type { RuleParser, Scope } from './rule-parser.ts';
import { SetAttributes } from './set-attributes.ts';
import { TextElements } from './text-elements.ts';

/** Where elements stand in the text, without the braces, and the line of the first. */
interface Span {
  readonly start: number;
  readonly end: number;
  readonly line: number;
}

/** Behind the line that opens a set or map, up to its closing brace; its elements are read when they are asked for. */
export function readSet(reading: Reading, scope: Scope, name: string, handle: number | undefined): Part<NftSet> {
  const { lines, source } = reading;
  const attributes = new SetAttributes();
  let span: Span = { start: 0, end: 0, line: 0 };
  let closed = false;
  while (!closed && lines.next()) {
    if (lines.isClosing) closed = true;
    else if (lines.startsWith('elements = {')) {
      const { start, number } = lines;
      span = { start: start + 12, end: elementsEnd(lines), line: number };
    } else reading.parse(scope, parser => attributes.parse(parser));
  }
  const cutOff = closed ? undefined : reading.source;
  const declaration = attributes.declaration(name, handle);
  const elements = elementsOf(declaration, span, reading.ground, scope);
  return { part: { kind: 'set', ...declaration, elements, source }, cutOff };
}

/** Elements reach to the line that ends with a brace; returns where that stands. */
function elementsEnd(lines: Lines): number {
  do if (lines.text.charCodeAt(lines.end - 1) === 125) return lines.end - 1;
  while (lines.next());
  return lines.end;
}

function elementsOf({ type, map }: SetDeclaration, span: Span, ground: Ground, scope: Scope): TextElements {
  const [keys, values] = [typesNamed(type), valueTypesNamed(map)];
  const read = (from: number, to: number): Element => {
    const parser = ground.elementParser(from, to, span, scope);
    const element = ground.attempt(() => whole(parser, parser.element(keys, values)));
    const text = ground.text.slice(from, to);
    const unread = { kind: 'unread', text, reason: 'the element could not be read' } as const;
    return element ?? { key: unread, ...(map && { value: unread }) };
  };
  return new TextElements(ground.text, span.start, span.end, read);
}

function whole<T>(parser: RuleParser, value: T): T {
  if (!parser.done) parser.fail('this is not known of an element');
  return value;
}
