import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TraceAnswer } from '../../src/cluster/answer.ts';
import { clusterOf } from '../../src/cluster/cluster.ts';
import { parseDestination, parseEndpoint } from '../../src/cluster/request.ts';
import { exitCodeOf, trace } from '../../src/cluster/trace.ts';
import { readEvidence } from '../../src/commands/evidence.ts';
import { failureOf } from '../../src/commands/failure.ts';
import { InputError } from '../../src/model/source.ts';
import { safeJson } from '../../src/render/safe.ts';
import { renderTrace, TRACE_FORMATS } from '../../src/render/trace.ts';
import { FIXTURE, ROOT } from './run.ts';

const NODE = join(ROOT, FIXTURE, 'nodes/n2');
const SAVE = 'iptables-nft-save-c.txt';
const dumps = new Map<string, Buffer>();
let folder = '';

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'chainwalk-'));
  for (const name of await readdir(NODE)) dumps.set(name, await readFile(join(NODE, name)));
});
afterAll(() => rm(folder, { recursive: true }));

const dump = (name: string): Buffer => dumps.get(name) ?? Buffer.alloc(0);

/** What the command does between its flags and what it prints. */
async function ask(files: Readonly<Record<string, Uint8Array>>, destination: string): Promise<TraceAnswer> {
  const paths: string[] = [];
  for (const [name, bytes] of Object.entries(files)) {
    const path = join(folder, name);
    await writeFile(path, bytes);
    paths.push(path);
  }
  const { nodes, objects, remarks } = await readEvidence({ snapshot: undefined, files: paths, local: [], node: 'n2' });
  const { endpoint, protocol } = parseDestination(destination);
  const request = { source: parseEndpoint('10.10.100.197', 's'), destination: endpoint, protocol, reply: true };
  return trace(clusterOf(nodes, objects, remarks), request, { version: '0' });
}

/** An answer that can be shown in every format, or one line that says what is wrong with the input. */
async function answers(files: Readonly<Record<string, Uint8Array>>, destination: string): Promise<void> {
  try {
    const answer = await ask(files, destination);
    expect([0, 1, 3]).toContain(exitCodeOf(answer));
    const shown = TRACE_FORMATS.map(format => renderTrace(answer, format, { columns: 80, color: 0 }));
    for (const text of [...shown, safeJson(answer)])
      expect(text.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}]/u);
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    expect(failureOf(error)).toMatchObject({ exitCode: 2, line: expect.not.stringMatching(/[\p{Cc}\p{Cf}]/u) });
  }
}

const questions = fc.constantFrom('10.96.0.10:80/udp', '10.10.100.240:80/udp', '10.96.0.40:80', '192.168.2.10/icmp');

const pieces = fc.constantFrom(
  ':__proto__ - [0:0]\n[0:0] -A PREROUTING -j __proto__\n[0:0] -A __proto__ -j __proto__\n',
  ':constructor - [0:0]\n[0:0] -A FORWARD -j constructor\n',
  '[0:0] -A KUBE-SERVICES -j KUBE-SERVICES\n',
  '[0:0] -A KUBE-SERVICES -g KUBE-SERVICES\n',
  '[0:0] -A FORWARD -m comment --comment "\x1b]0;x\x07\u202e\\"\\\\" -j DROP\n',
  '-A FORWARD -m comment --comment "open -j DROP\n',
  'COMMIT\n*nat\n',
  '*__proto__\n',
  '\0',
  '\r\n',
  '\x1b[2J',
  '99999999999999999999',
  '/33',
  ' ! ! ',
);

/** One change to a text of so many bytes, told by shares of its length. */
const change = fc.record({
  at: fc.double({ min: 0, max: 1, noNaN: true }),
  drop: fc.oneof(fc.nat(40), fc.nat(20_000)),
  put: fc.oneof(pieces, fc.constant(''), fc.string({ unit: 'binary', maxLength: 20 })),
  line: fc.boolean(),
});

type Change = typeof change extends fc.Arbitrary<infer T> ? T : never;

function changed(bytes: Buffer, changes: readonly Change[]): Buffer {
  let now = bytes;
  for (const { at, drop, put, line } of changes) {
    const place = Math.floor(at * now.length);
    const start = line ? now.indexOf('\n', place) + 1 : place;
    now = Buffer.concat([now.subarray(0, start), Buffer.from(put), now.subarray(start + drop)]);
  }
  return now;
}

describe('an answer, or an error of the input', () => {
  it('of any bytes', async () => {
    const bytes = fc.uint8Array({ maxLength: 600 });
    await fc.assert(
      fc.asyncProperty(bytes, questions, (any, question) => answers({ any }, question)),
      { numRuns: 100 },
    );
  });

  it('of a real dump that was changed', async () => {
    const changes = fc.array(change, { minLength: 1, maxLength: 4 });
    await fc.assert(
      fc.asyncProperty(changes, questions, (list, question) => answers({ save: changed(dump(SAVE), list) }, question)),
      { numRuns: 60 },
    );
  });

  it('of all files of a node, one of them changed', async () => {
    const name = fc.constantFrom(
      'ip-addr.txt',
      'ip-route-table-all.txt',
      'ip-rule.txt',
      'conntrack-L.txt',
      'sysctl.txt',
    );
    const changes = fc.array(change, { minLength: 1, maxLength: 3 });
    await fc.assert(
      fc.asyncProperty(name, changes, questions, (which, list, question) => {
        const files = Object.fromEntries([SAVE, 'ip-addr.txt', 'ip-route-table-all.txt'].map(n => [n, dump(n)]));
        return answers({ ...files, [which]: changed(dump(which), list) }, question);
      }),
      { numRuns: 40 },
    );
  });
});

it('a dump that ends inside a table is never an answer without doubt', async () => {
  const whole = dump(SAVE).toString('latin1');
  let doubted = 0;
  await fc.assert(
    fc.asyncProperty(fc.nat(whole.length - 1), questions, async (length, question) => {
      const text = whole.slice(0, length);
      if (text.lastIndexOf('\n*') <= text.lastIndexOf('\nCOMMIT')) return;
      const answer = await ask({ cut: Buffer.from(text, 'latin1') }, question).catch(error => {
        if (!(error instanceof InputError)) throw error;
      });
      if (!answer) return;
      doubted++;
      expect(exitCodeOf(answer)).not.toBe(0);
    }),
    { numRuns: 60 },
  );
  expect(doubted).toBeGreaterThan(20);
});
