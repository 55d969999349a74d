import { expect, it } from 'vitest';
import { exitCodeOfDiff } from '../../src/diff/exit-code.ts';

const FATE = {
  classes: 1,
  walks: 2,
  summary: [],
  changed: [],
  undecided: [],
  complete: true,
  everything: [],
  assumptions: [],
};
const OPEN = [{ nodes: ['n'], text: 'sets of ipset: those before were not captured' }];

it.each([
  [0, { different: false, notCompared: [], fate: FATE }],
  [1, { different: true, notCompared: [], fate: FATE }],
  [1, { different: true, notCompared: OPEN, fate: FATE }],
  [3, { different: false, notCompared: OPEN, fate: FATE }],
  [3, { different: false, notCompared: OPEN }],
  [3, { different: true, notCompared: [], fate: { ...FATE, undecided: [{ nodes: ['n'], packets: [], why: '?' }] } }],
  [3, { different: false, notCompared: [], fate: { ...FATE, complete: false } }],
])('%i: %j', (code, answer) => {
  expect(exitCodeOfDiff(answer)).toBe(code);
});
