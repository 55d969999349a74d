import { describe, expect, it } from 'vitest';
import { evidenceOf, fixtures } from './fixtures.ts';
import type { Observation } from './observation.ts';
import { judge } from './session.ts';
import { LISTENING } from './topology.ts';

type Delivered = Observation['delivered'];

/** Recordings in which a server of the node got a datagram on its own port. */
const served = fixtures().filter(({ fixture }) =>
  fixture.observed.some(({ delivered }) => delivered.some(({ port }) => LISTENING.udp.some(one => one === port))),
);

const findingsWhere = (change: (delivered: Delivered) => Delivered) =>
  served.map(({ fixture }) => {
    const evidence = evidenceOf(fixture);
    const observed = evidence.sent.observed.map(one => ({ ...one, delivered: change(one.delivered) }));
    return judge({ ...evidence, sent: { observed } }).findings.some(({ difference }) => difference.what === 'server');
  });

describe('what the servers of the node got', () => {
  it('is in some of the recordings', () => expect(served.length).toBeGreaterThan(3));

  it.each<[string, (delivered: Delivered) => Delivered]>([
    ['nothing', () => []],
    ['from another port', list => list.map(one => ({ ...one, sport: one.sport + 1 }))],
    ['by another server', list => list.map(one => ({ ...one, port: one.port + 1 }))],
  ])('%s: differs from the walk', (_, change) => expect(findingsWhere(change)).not.toContain(false));
});
