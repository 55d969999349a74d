import { describe, expect, it } from 'vitest';
import { parseConntrack } from '../../src/read/conntrack.ts';

const LO = 0x7f000001;
const read = (text: string) => parseConntrack(text, 'f');

describe('conntrack -L', () => {
  it.each([
    [
      'tcp      6 99 TIME_WAIT src=1.1.1.1 dst=2.2.2.2 sport=5 dport=6 packets=7 bytes=8 src=2.2.2.2 dst=9.9.9.9 sport=66 dport=55 packets=9 bytes=10 [ASSURED] mark=7 delta-time=1 use=1',
      {
        family: 'ip',
        original: { saddr: 0x01010101, daddr: 0x02020202, protocol: 6, sport: 5, dport: 6 },
        reply: { saddr: 0x02020202, daddr: 0x09090909, protocol: 6, sport: 66, dport: 55 },
        protocolState: 'TIME_WAIT',
        timeout: 99,
        assured: true,
        unreplied: false,
        mark: 7,
        zone: 0,
        counters: { originalPackets: 7n, originalBytes: 8n, replyPackets: 9n, replyBytes: 10n },
      },
    ],
    [
      'ipv4     2 udp      17 29 src=127.0.0.1 dst=127.0.0.1 sport=35966 dport=70 zone-orig=4 [UNREPLIED] src=127.0.0.1 dst=127.0.0.1 sport=70 dport=35966 zone-reply=6 mark=17 use=1 id=3601969476',
      {
        original: { saddr: LO, daddr: LO, protocol: 17, sport: 35966, dport: 70 },
        unreplied: true,
        zoneOriginal: 4,
        zoneReply: 6,
        mark: 17,
      },
    ],
    [
      'udp      17 29 src=127.0.0.1 dst=127.0.0.1 sport=37586 dport=69 [UNREPLIED] src=127.0.0.1 dst=127.0.0.1 sport=69 dport=37586 mark=17 secctx=system_u:object_r:unlabeled_t:s0 zone=3 helper=tftp use=1 labels=a,b',
      { zone: 3, helper: 'tftp', labels: 'a,b' },
    ],
    [
      'icmp     1 29 src=127.0.0.1 dst=127.0.0.1 type=8 code=0 id=11602 src=127.0.0.1 dst=127.0.0.1 type=0 code=0 id=11602 mark=0 [start=Sat Nov 21 12:50:49 2026] use=1 id=45765643',
      {
        original: {
          saddr: LO,
          daddr: LO,
          protocol: 1,
          sport: 11602,
          dport: 11602,
          icmp: { type: 8, code: 0, id: 11602 },
        },
        reply: { icmp: { type: 0, code: 0, id: 11602 } },
      },
    ],
    [
      'ipv6     10 icmpv6   58 29 src=0000:0000:0000:0000:0000:0000:0000:0001 dst=::1 type=128 code=0 id=7 src=::1 dst=::1 type=129 code=0 id=7 mark=0 zone=0 use=2',
      { family: 'ip6', original: { saddr: 1n, daddr: 1n, icmp: { type: 128, code: 0, id: 7 } } },
    ],
    [
      'ipv4     2 gre      47 29 timeout=30, stream_timeout=180 src=127.0.0.1 dst=127.0.0.1 srckey=0x0 dstkey=0x10 [UNREPLIED] src=127.0.0.1 dst=127.0.0.1 srckey=0x10 dstkey=0x0 mark=17 zone=0 delta-time=0 use=2',
      { timeout: 29, original: { protocol: 47, sport: 0, dport: 16 } },
    ],
    [
      'unknown  89 599 src=127.0.0.1 dst=127.0.0.1 [UNREPLIED] src=127.0.0.1 dst=127.0.0.1 mark=17 use=1',
      { original: { saddr: LO, daddr: LO, protocol: 89 }, timeout: 599 },
    ],
    [
      'sctp     132 9 CLOSED src=127.0.0.1 dst=127.0.0.1 sport=80 dport=81 [UNREPLIED] src=127.0.0.1 dst=127.0.0.1 sport=81 dport=80 mark=17 use=1',
      { protocolState: 'CLOSED', original: { protocol: 132, sport: 80, dport: 81 } },
    ],
    [
      'tcp      6 src=1.1.1.1 dst=2.2.2.2 sport=5 dport=6 src=2.2.2.2 dst=1.1.1.1 sport=6 dport=5 [HW_OFFLOAD] mark=0 use=2',
      { offload: 'hardware' },
    ],
    [
      'tcp      6 ESTABLISHED src=1.1.1.1 dst=2.2.2.2 sport=5 dport=6 src=2.2.2.2 dst=1.1.1.1 sport=6 dport=5 [OFFLOAD] mark=0 use=2',
      { offload: 'software', protocolState: 'ESTABLISHED' },
    ],
  ])('%s', (text, entry) => {
    const { value, remarks } = read(text);
    expect(value).toHaveLength(1);
    expect(value[0]).toMatchObject(entry);
    expect(remarks).toEqual([]);
  });

  it('leaves the trailer out', () =>
    expect(read('conntrack v1.4.7 (conntrack-tools): 3 flow entries have been shown.\n')).toEqual({
      value: [],
      remarks: [],
    }));

  it('does not take events for a table', () => {
    const { value, remarks } = read(
      '    [NEW] tcp      6 120 SYN_SENT src=1.1.1.1 dst=2.2.2.2 sport=5 dport=6 [UNREPLIED] src=2.2.2.2 dst=1.1.1.1 sport=6 dport=5\n [DESTROY] tcp      6 src=1.1.1.1 dst=2.2.2.2 sport=5 dport=6 src=2.2.2.2 dst=1.1.1.1 sport=6 dport=5',
    );
    expect(value).toEqual([]);
    expect(remarks).toHaveLength(1);
  });

  it.each([
    [
      'tcp      6 99 TIME_WAIT src=1.1.1.1 dst=2.2.2.2 sport=5 dport=6 wings=5 src=2.2.2.2 dst=1.1.1.1 sport=6 dport=5',
      '"wings=5" is not known and was not used',
    ],
    ['tcp      6 99 TIME_WAIT src=1.1.1.1 dst=2.2.2.2 sport=5 dport=6', 'an entry without both of its tuples'],
    ['tcp      6 99 src=1.1.1.1 dst=::1 src=2.2.2.2 dst=1.1.1.1', 'an entry without both of its tuples'],
    ['hello world', 'not a line of conntrack -L'],
    ['tcp 6 9 src=x dst=y', 'not an address'],
  ])('remarks: %s', (text, remark) => expect(read(text).remarks[0]?.text).toContain(remark));
});
