import { describe, expect, it } from 'vitest';
import { parseAddress } from '../../src/net/address.ts';
import { parseProcSockets, parseSockets } from '../../src/read/sockets.ts';

const HEAD = 'Netid State  Recv-Q Send-Q Local Address:Port Peer Address:PortProcess\n';
const TCP_HEAD = '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n';
const ss = (line: string) => parseSockets(`${HEAD}${line}\n`, 'ss.txt');

describe('ss -tuna', () => {
  it.each([
    [
      'tcp   LISTEN 0      128          0.0.0.0:2024      0.0.0.0:*    ino:1604 sk:3cb1 cgroup:/ <->',
      [{ protocol: 'tcp', port: 2024, address: 0 }],
    ],
    [
      'udp   UNCONN 0      0      127.0.0.53%lo:53        0.0.0.0:*',
      [{ protocol: 'udp', port: 53, device: 'lo', address: parseAddress('127.0.0.53') }],
    ],
    [
      'tcp   ESTAB  0      0           10.0.0.2:22       10.0.0.1:5022',
      [
        {
          protocol: 'tcp',
          port: 22,
          address: parseAddress('10.0.0.2'),
          peer: { address: parseAddress('10.0.0.1'), port: 5022 },
        },
      ],
    ],
    [
      'tcp   TIME-WAIT 0      0       10.0.0.2:22       10.0.0.1:5022',
      [
        {
          protocol: 'tcp',
          port: 22,
          state: 'time-wait',
          address: 0x0a000002,
          peer: { address: 0x0a000001, port: 5022 },
        },
      ],
    ],
    [
      'tcp   SYN-RECV  0      0       10.0.0.2:22       10.0.0.1:5022',
      [
        {
          protocol: 'tcp',
          port: 22,
          state: 'half-open',
          address: 0x0a000002,
          peer: { address: 0x0a000001, port: 5022 },
        },
      ],
    ],
    [
      'tcp   LISTEN 0      4096               *:10250           *:*    users:(("kubelet",pid=1,fd=2))',
      [
        { protocol: 'tcp', port: 10250, address: 0 },
        { protocol: 'tcp', port: 10250, address: 0n },
      ],
    ],
    [
      'tcp   LISTEN 0      4096               *:80              *:*    ino:1 sk:2 v6only:1 <->',
      [{ protocol: 'tcp', port: 80, address: 0n }],
    ],
    ['tcp   LISTEN 0      128             [::]:22           [::]:*', [{ protocol: 'tcp', port: 22, address: 0n }]],
    [
      'tcp   ESTAB  0      0      [::ffff:10.0.0.2]:80 [::ffff:10.0.0.9]:999 fwmark:0x4',
      [
        {
          protocol: 'tcp',
          port: 80,
          address: parseAddress('10.0.0.2'),
          peer: { address: parseAddress('10.0.0.9'), port: 999 },
          mark: 4,
        },
      ],
    ],
    [
      'udp   UNCONN 0      0      [fe80::1]%eth0:546           [::]:*',
      [{ protocol: 'udp', port: 546, device: 'eth0', address: parseAddress('fe80::1') }],
    ],
    ['u_str ESTAB  0      0                  * 1234              * 1235', []],
    ['raw   UNCONN 0      0            0.0.0.0:1           0.0.0.0:*', []],
  ])('%s', (line, sockets) => expect(ss(line)).toEqual({ value: sockets, remarks: [] }));

  it.each(['nonsense', 'tcp LISTEN 0 128 here there', 'tcp LISTEN 0 128 10.0.0:80 *:*'])('%j is told of', line =>
    expect(ss(line)).toMatchObject({ value: [], remarks: [{ line: 2, severity: 'error' }] }),
  );
});

/** The rows are what Linux 6.18 on x86-64 printed for sockets that were opened so. */
describe('/proc/net', () => {
  it.each([
    [
      '   0: 0100007F:0035 00000000:0000 0A 00000000:00000000 00:00000000 00000000   101        0 1',
      [{ protocol: 'tcp', port: 53, address: parseAddress('127.0.0.1') }],
    ],
    [
      '   1: 0200000A:0016 0100000A:139E 01 00000000:00000000 00:00000000 00000000     0        0 1',
      [
        {
          protocol: 'tcp',
          port: 22,
          address: parseAddress('10.0.0.2'),
          peer: { address: parseAddress('10.0.0.1'), port: 5022 },
        },
      ],
    ],
    [
      '   2: 0200000A:0016 0100000A:139E 06 00000000:00000000 03:000016BB 00000000     0        0 0 3 0',
      [
        {
          protocol: 'tcp',
          port: 22,
          state: 'time-wait',
          address: 0x0a000002,
          peer: { address: 0x0a000001, port: 5022 },
        },
      ],
    ],
    [
      '   0: 00000000000000000000000000000000:0016 00000000000000000000000000000000:0000 0A 0',
      [
        { protocol: 'tcp', port: 22, address: 0 },
        { protocol: 'tcp', port: 22, address: 0n },
      ],
    ],
    [
      '   0: 00000000000000000000000001000000:0277 00000000000000000000000000000000:0000 0A 0',
      [{ protocol: 'tcp', port: 631, address: 1n }],
    ],
    [
      '   0: 0000000000000000FFFF00000200000A:0050 0000000000000000FFFF00000900000A:03E7 01 0',
      [
        {
          protocol: 'tcp',
          port: 80,
          address: parseAddress('10.0.0.2'),
          peer: { address: parseAddress('10.0.0.9'), port: 999 },
        },
      ],
    ],
  ])('%s', (line, sockets) =>
    expect(parseProcSockets(`${TCP_HEAD}${line}\n`, 'tcp', 'tcp')).toEqual({ value: sockets, remarks: [] }),
  );
});
