import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { clusterOf } from '../../src/cluster/cluster.ts';
import { parseDestination, parseEndpoint } from '../../src/cluster/request.ts';
import { exitCodeOf, trace } from '../../src/cluster/trace.ts';
import { InputError } from '../../src/model/source.ts';
import { readNamespace, readSnapshot } from '../../src/read/snapshot.ts';
import { renderTrace, TRACE_FORMATS } from '../../src/render/trace.ts';
import { ECHO, forward, SLICES } from './namespaces.ts';

const { endpoint, protocol } = parseDestination('10.96.0.10:80/udp');
const request = { source: parseEndpoint('10.0.0.9', 's'), destination: endpoint, protocol, in: 'eth0', reply: true };

/** Any text gives an answer that can be shown, or an error of the input. */
function answers(text: string, objects: readonly unknown[] = []): void {
  try {
    const answer = trace(clusterOf([readNamespace('n', [{ path: 'f', text }])], objects), request, { version: '0' });
    expect([0, 1, 3]).toContain(exitCodeOf(answer));
    for (const format of TRACE_FORMATS) {
      const shown = renderTrace(answer, format, { columns: 80, color: 0 });
      expect(shown.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}]/u);
    }
    JSON.parse(JSON.stringify(answer));
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
  }
}

const dump = `${ECHO}${forward('-A FORWARD -m conntrack --ctstate NEW -m comment --comment "a \\"b\\"" -j ACCEPT\n')}`;
const words = fc.constantFrom(
  '__proto__',
  'constructor',
  '-j KUBE-SVC-E7KE6SYXUB7WWDMT',
  '-g PREROUTING',
  '-j PREROUTING',
  '"',
  '\\',
  '!',
  '\0',
  '\x1b[31m',
  '\u202e',
  '\n',
  'COMMIT\n*nat\n',
  ':__proto__ - [0:0]\n-A __proto__ -j __proto__\n',
  '0x100000000',
  '-m',
  '--probability 2',
  '-1',
);

describe('any text at all', () => {
  it('that is random', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary', maxLength: 400 }), text => answers(text)));
  });

  it('of lines that look like a dump', () => {
    const line = fc.oneof(fc.constantFrom(...dump.split('\n')), words, fc.string());
    fc.assert(
      fc.property(fc.array(line, { maxLength: 40 }), lines => answers(lines.join('\n'))),
      { numRuns: 200 },
    );
  });

  it('that is a dump with pieces cut out and put in', () => {
    const cut = fc.tuple(fc.nat(dump.length), fc.nat(30), fc.oneof(words, fc.constant(''), fc.string()));
    fc.assert(
      fc.property(fc.array(cut, { minLength: 1, maxLength: 6 }), cuts => {
        let text = dump;
        for (const [at, length, piece] of cuts) text = text.slice(0, at) + piece + text.slice(at + length);
        answers(text);
      }),
      { numRuns: 300 },
    );
  });

  it('as a snapshot, and any JSON as objects of the API', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.string(), fc.string())), fc.array(fc.json()), (files, jsons) => {
        try {
          readSnapshot(files.map(([path, text]) => ({ path, text })));
        } catch (error) {
          if (!(error instanceof InputError)) throw error;
        }
        answers(dump, [...jsons.map(text => JSON.parse(text)), SLICES]);
      }),
      { numRuns: 50 },
    );
  });
});

it.each([
  ['a chain that calls itself', '*nat\n:PREROUTING ACCEPT [0:0]\n:X - [0:0]\n-A PREROUTING -j X\n-A X -j X\nCOMMIT\n'],
  [
    'a chain called __proto__',
    '*nat\n:PREROUTING ACCEPT [0:0]\n:__proto__ - [0:0]\n-A PREROUTING -j __proto__\n-A __proto__ -j ACCEPT\nCOMMIT\n',
  ],
  [
    'a chain of a chain of a chain',
    `*filter\n:FORWARD ACCEPT [0:0]\n${Array.from({ length: 3000 }, (_, i) => `:C${i} - [0:0]\n-A C${i} -j C${i + 1}\n`).join('')}-A FORWARD -j C0\nCOMMIT\n`,
  ],
])('%s', (_, text) => {
  answers(text);
});
