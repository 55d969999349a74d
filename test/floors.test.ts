import { readdirSync, readFileSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const SRC = fileURLToPath(new URL('../src', import.meta.url));

/** Rooms by floor, from the ground up; those of one floor do not know each other. */
const FLOORS = [
  ['net'],
  ['model'],
  ['nft', 'xt'],
  ['read'],
  ['walk'],
  ['kubernetes'],
  ['cluster'],
  ['explain', 'check'],
  ['diff'],
  ['render'],
  ['capture'],
  ['view', 'commands'],
];
/** From here up, Node's own APIs are at hand. */
const CAPTURE = 10;
const BROWSER_ROOMS = FLOORS.slice(0, CAPTURE).flat();
const floorOf = new Map(FLOORS.flatMap((rooms, floor) => rooms.map(room => [room, floor] as const)));
const nodeModules = new Set(builtinModules);

const files = readdirSync(SRC, { recursive: true, encoding: 'utf8' })
  .filter(path => path.endsWith('.ts'))
  .map(path => path.split(sep).join('/'));
const imports = (text: string): string[] =>
  [...text.matchAll(/(?:from|import)\s*\(?\s*'([^']+)'/g)].flatMap(([, specifier]) => specifier ?? []);
const roomOf = (path: string): string => path.split('/')[0] ?? '';

describe('floors', () => {
  it('every folder of src is a room', () => {
    const rooms = new Set(files.filter(file => file.includes('/')).map(roomOf));
    expect([...rooms].filter(room => !floorOf.has(room))).toEqual([]);
    expect(rooms.size).toBeGreaterThan(5);
  });

  it.each(files.filter(file => file.includes('/')))('%s', file => {
    const room = roomOf(file);
    const text = readFileSync(join(SRC, file), 'utf8');
    for (const specifier of imports(text)) {
      if (specifier.startsWith('.')) {
        const target = relative(SRC, resolve(dirname(join(SRC, file)), specifier))
          .split(sep)
          .join('/');
        const other = roomOf(target);
        if (other === room) continue;
        expect(floorOf.get(other) ?? -1, `${specifier}: ${other}/ is not below ${room}/`).toBeLessThan(
          floorOf.get(room) ?? -1,
        );
      } else if (BROWSER_ROOMS.includes(room)) {
        const node = specifier.startsWith('node:') || nodeModules.has(specifier.split('/')[0] ?? '');
        expect(node, `${specifier} is a Node API`).toBe(false);
      }
    }
    // A script of V8's code cache has no callback for it: packages are imported by a file that is imported so.
    expect(text).not.toMatch(/\bimport\('(?!\.)/);
    if (BROWSER_ROOMS.includes(room)) expect(text).not.toMatch(/\b(?:process|Buffer|__dirname|setImmediate)\b[.(]/);
  });
});
