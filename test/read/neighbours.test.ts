import { describe, expect, it } from 'vitest';
import type { Neighbour } from '../../src/model/neighbour.ts';
import { formatAddress } from '../../src/net/address.ts';
import { parseFdb, parseFdbJson } from '../../src/read/fdb.ts';
import { parseArp, parseNeighbours, parseNeighboursJson } from '../../src/read/neighbours.ts';

const short = (n: Neighbour | undefined): string | undefined =>
  n && `${formatAddress(n.address)} ${n.device} ${n.mac} ${n.state}${n.proxy ? ' proxy' : ''}`;

describe('ip neigh', () => {
  it.each([
    [
      '10.1.0.9 dev dm0 lladdr 02:00:00:00:00:09 PERMANENT ',
      { dst: '10.1.0.9', dev: 'dm0', lladdr: '02:00:00:00:00:09', state: ['PERMANENT'] },
      '10.1.0.9 dm0 02:00:00:00:00:09 PERMANENT',
    ],
    [
      '10.1.0.11 dev dm0 lladdr 02:00:00:00:00:0b extern_learn  ref 1 used 0/0/0probes 0 REACHABLE ',
      { dst: '10.1.0.11', dev: 'dm0', lladdr: '02:00:00:00:00:0b', extern_learn: null, state: ['REACHABLE'] },
      '10.1.0.11 dm0 02:00:00:00:00:0b REACHABLE',
    ],
    [
      '10.1.0.15 dev dm0 managed INCOMPLETE ',
      { dst: '10.1.0.15', dev: 'dm0', managed: null, state: ['INCOMPLETE'] },
      '10.1.0.15 dm0 undefined INCOMPLETE',
    ],
    [
      'fd00::9 dev w1 lladdr 02:00:00:00:00:0c router PROBE proto zebra ',
      { dst: 'fd00::9', dev: 'w1', lladdr: '02:00:00:00:00:0c', router: null, state: ['PROBE'], protocol: 'zebra' },
      'fd00::9 w1 02:00:00:00:00:0c PROBE',
    ],
    ['10.1.0.14 dev dm0 ', { dst: '10.1.0.14', dev: 'dm0' }, '10.1.0.14 dm0 undefined NONE'],
    ['fd00::77 dev dm0 proxy ', { dst: 'fd00::77', dev: 'dm0', proxy: null }, 'fd00::77 dm0 undefined NONE proxy'],
    ['10.1.0.13 FAILED ', undefined, '10.1.0.13 undefined undefined FAILED'],
  ])('%s', (text, json, meaning) => {
    const readings = [parseNeighbours(text, 'f')];
    if (json) readings.push(parseNeighboursJson(JSON.stringify([json]), 'f'));
    for (const { value, remarks } of readings) {
      expect(value.map(short)).toEqual([meaning]);
      expect(remarks).toEqual([]);
    }
  });

  it('remarks an address that is no Ethernet address', () =>
    expect(parseNeighbours('10.0.0.1 dev gre1 lladdr 10.9.9.9 NOARP', 'f').remarks.map(r => r.text)).toEqual([
      'not an Ethernet address: 10.9.9.9',
    ]));
});

describe('arp', () => {
  it.each([
    ['? (10.1.0.10) at 02:00:00:00:00:0a [ether] on dm0', '10.1.0.10 dm0 02:00:00:00:00:0a STALE'],
    ['? (10.1.0.9) at 02:00:00:00:00:09 [ether] PERM on dm0', '10.1.0.9 dm0 02:00:00:00:00:09 PERMANENT'],
    ['router.lan (10.1.0.13) at <incomplete> on dm0', '10.1.0.13 dm0 undefined INCOMPLETE'],
    ['? (10.1.0.12) at <from_interface> PERM PUB on dm0', '10.1.0.12 dm0 undefined NONE proxy'],
    [
      'Address                  HWtype  HWaddress           Flags Mask            Iface\n10.1.0.9                 ether   02:00:00:00:00:09   CM                    dm0',
      '10.1.0.9 dm0 02:00:00:00:00:09 PERMANENT',
    ],
    [
      '10.1.0.13                        (incomplete)                              dm0',
      '10.1.0.13 dm0 undefined INCOMPLETE',
    ],
    [
      '10.1.0.12                *       <from_interface>    MP                    dm0',
      '10.1.0.12 dm0 undefined NONE proxy',
    ],
    [
      'IP address       HW type     Flags       HW address            Mask     Device\n10.1.0.11        0x1         0x2         02:00:00:00:00:0b     *        dm0',
      '10.1.0.11 dm0 02:00:00:00:00:0b STALE',
    ],
    [
      '10.9.0.9         0x1         0x0         00:00:00:00:00:00     *        dm0',
      '10.9.0.9 dm0 undefined INCOMPLETE',
    ],
    [
      '10.1.0.12        0x1         0xc         00:00:00:00:00:00     *        dm0',
      '10.1.0.12 dm0 undefined NONE proxy',
    ],
  ])('%s', (text, meaning) => {
    const { value, remarks } = parseArp(text, 'f');
    expect(value.map(short)).toEqual([meaning]);
    expect(remarks).toEqual([]);
  });

  it('remarks anything else', () => expect(parseArp('hello world', 'f').remarks).toHaveLength(1));
});

describe('bridge fdb', () => {
  it.each([
    [
      '02:00:00:00:00:1e dev v1 sticky master br0 static',
      { mac: '02:00:00:00:00:1e', ifname: 'v1', flags: ['sticky'], master: 'br0', state: 'static' },
      { device: 'v1', master: 'br0', flags: ['sticky', 'static'] },
    ],
    [
      '1a:fa:37:62:4d:2f dev v1 used 0/0 vlan 5 master br0 ',
      { mac: '1a:fa:37:62:4d:2f', ifname: 'v1', vlan: 5, flags: [], master: 'br0', state: '' },
      { device: 'v1', vlan: 5, flags: [] },
    ],
    [
      '02:00:00:00:00:0d dev vx0 dst 10.9.0.7 port 4790 vni 5 via dm0 self permanent',
      {
        mac: '02:00:00:00:00:0d',
        ifname: 'vx0',
        dst: '10.9.0.7',
        port: 4790,
        vni: 5,
        viaIf: 'dm0',
        flags: ['self'],
        state: 'permanent',
      },
      { device: 'vx0', destination: 0x0a090007, vni: 5, flags: ['self', 'permanent'] },
    ],
  ])('%s', (text, json, entry) => {
    for (const reading of [parseFdb(text, 'f'), parseFdbJson(JSON.stringify([json]), 'f')]) {
      expect(reading.value[0]).toMatchObject(entry);
      expect(reading.remarks).toEqual([]);
    }
  });
});
