import { describe, expect, it } from 'vitest';
import { type Box, SELF } from '../../../src/diff/fate/space/box.ts';
import { NO_MARK } from '../../../src/diff/fate/space/cube.ts';
import { from, subtract, union } from '../../../src/diff/fate/space/intervals.ts';
import { addresses, PORTS, PROTOCOLS } from '../../../src/diff/fate/space/whole.ts';
import { boxWords } from '../../../src/diff/fate/words.ts';
import { address } from '../../walk/node.ts';

const whole: Box = {
  family: 'ip',
  iif: [SELF, 'eth0', 'eth1', 'lo'],
  saddr: addresses('ip'),
  daddr: addresses('ip'),
  protocol: PROTOCOLS,
  sport: PORTS,
  dport: PORTS,
  mark: NO_MARK,
};
const span = (low: string, high = low) => from(address(low), address(high));
const tcp: Box = { ...whole, protocol: from(6), daddr: span('10.96.0.1'), dport: from(80) };
const interfaces = ['eth0', 'eth1', 'lo'];
const six: Box = { ...whole, family: 'ip6', saddr: addresses('ip6'), daddr: addresses('ip6') };

const ROWS: readonly (readonly [Box, string])[] = [
  [whole, 'anything from anywhere to anywhere'],
  [six, 'anything of IPv6 from anywhere to anywhere'],
  [tcp, 'tcp from anywhere to 10.96.0.1:80'],
  [{ ...tcp, iif: [SELF] }, 'tcp from anywhere to 10.96.0.1:80, sent by the node itself'],
  [{ ...tcp, iif: ['eth0'] }, 'tcp from anywhere to 10.96.0.1:80, in by eth0'],
  [{ ...tcp, iif: interfaces }, 'tcp from anywhere to 10.96.0.1:80, in by any interface'],
  [{ ...tcp, saddr: span('10.0.0.0', '10.0.0.255') }, 'tcp from 10.0.0.0/24 to 10.96.0.1:80'],
  [{ ...tcp, saddr: span('10.0.0.1', '10.0.0.9') }, 'tcp from 10.0.0.1-10.0.0.9 to 10.96.0.1:80'],
  [{ ...tcp, saddr: subtract(whole.saddr, span('10.0.0.1')) }, 'tcp from anywhere but 10.0.0.1 to 10.96.0.1:80'],
  [{ ...tcp, daddr: subtract(whole.daddr, span('10.0.0.1')) }, 'tcp from anywhere to anywhere but 10.0.0.1 port 80'],
  [{ ...tcp, dport: subtract(PORTS, from(22)) }, 'tcp from anywhere to 10.96.0.1 port any but 22'],
  [{ ...tcp, sport: from(53), saddr: span('10.0.0.1') }, 'tcp from 10.0.0.1:53 to 10.96.0.1:80'],
  [{ ...whole, protocol: union([...from(6), ...from(17)]) }, 'tcp, udp from anywhere to anywhere'],
  [{ ...whole, protocol: subtract(PROTOCOLS, from(6)) }, 'anything but tcp from anywhere to anywhere'],
  [{ ...six, protocol: from(6), daddr: span('fd00::1'), dport: from(80) }, 'tcp from anywhere to [fd00::1]:80'],
];

describe('packets in words', () => {
  it.each(ROWS)('%#', (box, words) => {
    expect(boxWords(box, interfaces)).toBe(words);
  });
});
