import { expect, test } from 'vitest';
import type { Journey, RecordedStep } from './document.ts';
import { separate } from './separate.ts';

/** `hook table chain position`; `-end` rows have no position. */
function step(text: string): RecordedStep {
  const [hook = '', table = '', chain = '', position] = text.split(' ');
  return {
    hook,
    table,
    chain,
    type: position === undefined ? 'policy' : 'rule',
    position: position === undefined ? undefined : Number(position),
    rule: undefined,
    verdict: undefined,
    target: undefined,
    policy: undefined,
    mark: 0,
    packet: undefined,
    ttl: 64,
    smac: undefined,
    connection: undefined,
  };
}

const journey = (id: number, ...steps: string[]): Journey => ({
  node: 'n1',
  family: 'ip6',
  key: { kind: 'tcp', id },
  iif: 'eth0',
  oif: undefined,
  id: 7,
  before: '',
  after: '',
  innerBefore: undefined,
  innerAfter: undefined,
  fate: 'passed-postrouting',
  steps: steps.map(step),
  visits: 1,
});
const texts = (journeys: readonly Journey[]) =>
  journeys.map(({ steps }) =>
    steps.map(s => [s.hook, s.table, s.chain, s.position].filter(x => x !== undefined).join(' ')),
  );

const start = 'prerouting labtrace pre';
const end = 'prerouting labtrace pre-end';
const forwarded = 'forward labtrace fwd-end';

test('packets that the observer could not tell apart get their own steps back', () => {
  const mangle = 'prerouting mangle PREROUTING 1';
  const filter = ['forward filter FORWARD 2', 'forward filter KUBE-FORWARD 3'];
  const merged = journey(1, start, mangle, mangle, end, ...filter, ...filter, forwarded);
  const bare = journey(1, start, end, forwarded);
  const own = [start, mangle, end, ...filter, forwarded];
  expect(texts(separate([merged, bare]))).toEqual([own, own]);
});

test.each([
  ['of other packets', [journey(1, start, 'forward filter FORWARD 1', forwarded), journey(2, start, forwarded)]],
  ['that all have their own', [journey(1, start, 'forward filter FORWARD 1', forwarded)]],
  [
    'that do not come out even',
    [journey(1, start, 'forward filter FORWARD 1', forwarded), journey(1, start, forwarded)],
  ],
  ['of a packet that was dropped', [journey(1, start, 'forward filter FORWARD 1'), journey(1, start)]],
])('steps %s stay where they are', (_, journeys) => {
  expect(texts(separate(journeys))).toEqual(texts(journeys));
});
