import { describe, expect, it } from 'vitest';
import { evidenceOf, fixtures } from './fixtures.ts';
import { judge } from './session.ts';

describe.each(fixtures())('$name: $fixture.about', ({ fixture }) => {
  const evidence = evidenceOf(fixture);

  it('the walk does what the kernel did', () => {
    const { findings, connections, skipped } = judge(evidence);
    expect(findings.map(({ difference }) => difference)).toEqual([]);
    expect(connections).toEqual([]);
    expect([...skipped.keys()]).toEqual([]);
  });

  it('a step that the kernel did not take is noticed', () => {
    const { observed } = evidence.sent;
    const first = observed.findIndex(({ journeys }) => journeys.some(({ steps }) => steps.length > 0));
    const less = observed.map((one, i) => {
      if (i !== first) return one;
      const at = one.journeys.findIndex(({ steps }) => steps.length > 0);
      return { ...one, journeys: one.journeys.map((j, k) => (k === at ? { ...j, steps: j.steps.slice(0, -1) } : j)) };
    });
    expect(judge({ ...evidence, sent: { observed: less } }).findings).not.toEqual([]);
  });
});
