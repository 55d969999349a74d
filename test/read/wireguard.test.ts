import { describe, expect, it } from 'vitest';
import { formatAddress } from '../../src/net/address.ts';
import { formatPrefix } from '../../src/net/prefix.ts';
import { readSnapshot } from '../../src/read/snapshot.ts';

function read(files: Readonly<Record<string, string>>) {
  const { nodes } = readSnapshot(Object.entries(files).map(([name, text]) => ({ path: `nodes/n1/${name}`, text })));
  const node = nodes.get('n1');
  const devices = [...(node?.wireguard?.values() ?? [])].map(({ peers, ...rest }) => ({
    ...rest,
    peers: peers.map(({ key, known, endpoint, allowed }) => ({
      key,
      known,
      endpoint: typeof endpoint === 'object' ? `${formatAddress(endpoint.address)} ${endpoint.port}` : endpoint,
      allowed: allowed?.map(({ prefix }) => formatPrefix(prefix)),
    })),
  }));
  return { devices, wireguard: node?.wireguard, remarks: node?.remarks };
}

describe('wg show all', () => {
  it('is laid together by device and key, in any order', () => {
    const { devices, remarks } = read({
      'wg-endpoints.txt': 'wg0 xTIBA5rb 10.0.0.2:51820\nwg0 AbCdEfGh [fe80::2%eth0]:1\nwg0 IjKlMnOp (none)\n',
      'wg-allowed-ips.txt': 'wg0 IjKlMnOp (none)\nwg0 xTIBA5rb 10.1.0.0/16 fd00::/64\nwg0 AbCdEfGh 0.0.0.0/0\n',
      'wg-listen-port.txt': 'wg0\t51820\nwg1\t0\n',
      'wg-fwmark.txt': 'wg0\t0xca6c\nwg1\toff\n',
      'wg-public-key.txt': 'wg0 QrStUvWx \nwg1 (none) \n',
    });
    expect(remarks).toEqual([]);
    expect(devices).toEqual([
      {
        device: 'wg0',
        listenPort: 51820,
        fwmark: 0xca6c,
        key: 'QrStUvWx',
        peers: [
          { key: 'xTIBA5rb', known: true, endpoint: '10.0.0.2 51820', allowed: ['10.1.0.0/16', 'fd00::/64'] },
          { key: 'AbCdEfGh', known: true, endpoint: 'fe80::2 1', allowed: ['0.0.0.0/0'] },
          { key: 'IjKlMnOp', known: true, endpoint: 'none', allowed: [] },
        ],
      },
      { device: 'wg1', listenPort: 0, fwmark: 0, peers: [] },
    ]);
  });

  it('of an older snapshot has numbers for keys', () => {
    const { devices } = read({
      'wg-endpoints.txt': 'wg0 peer1 10.0.0.2:51820\n',
      'wg-allowed-ips.txt': 'wg0 peer1 10.1.0.0/16\n',
    });
    expect(devices[0]?.peers).toEqual([
      { key: 'peer1', known: false, endpoint: '10.0.0.2 51820', allowed: ['10.1.0.0/16'] },
    ]);
  });

  it.each([
    ['wg-listen-port.txt', 'wg0\t70000\n', 'not of listen-port of wg: 70000'],
    ['wg-fwmark.txt', 'wg0\tred\n', 'not of fwmark of wg: red'],
    ['wg-endpoints.txt', 'wg0 xTIBA5rb 10.0.0.2\n', 'not of endpoints of wg: xTIBA5rb 10.0.0.2'],
    ['wg-endpoints.txt', 'wg0 xTIBA5rb 10.0.0.2:99999\n', 'not of endpoints of wg: xTIBA5rb 10.0.0.2:99999'],
    ['wg-allowed-ips.txt', 'wg0 xTIBA5rb 10.0.0.0/8 x\n', 'not of allowed-ips of wg: xTIBA5rb 10.0.0.0/8 x'],
    ['wg-allowed-ips.txt', 'wg0\n', 'not of allowed-ips of wg: '],
  ])('%s: %j is not read, and said so', (name, text, remark) => {
    const { remarks } = read({ [name]: text });
    expect(remarks).toEqual([{ file: `nodes/n1/${name}`, line: 1, severity: 'error', text: remark }]);
  });

  it('no listing is not the same as no device', () => {
    expect(read({ 'ip-route.txt': 'default via 10.0.0.1 dev eth0\n' }).wireguard).toBeUndefined();
    expect(read({ 'wg-fwmark.txt': '' }).wireguard).toEqual(new Map());
  });
});
