import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { type RedactedFile, redact } from '../../../src/capture/redact/redact.ts';
import { mapText } from '../../../src/capture/redact/text.ts';
import { type Cluster, clusterOf } from '../../../src/cluster/cluster.ts';
import { parseDestination, parseEndpoint } from '../../../src/cluster/request.ts';
import { trace } from '../../../src/cluster/trace.ts';
import { FoundFile, readFolder } from '../../../src/commands/files.ts';
import { readSnapshot } from '../../../src/read/snapshot.ts';
import { FIXTURE, ROOT } from '../../commands/run.ts';

interface Service {
  readonly spec: {
    readonly clusterIPs?: readonly string[];
    readonly externalIPs?: readonly string[];
    readonly ports: readonly { readonly port: number; readonly protocol: string }[];
  };
  readonly status: { readonly loadBalancer?: { readonly ingress?: readonly { readonly ip: string }[] } };
}

const KEY = new Uint8Array(32).fill(7);
const file = (path: string, text: string): RedactedFile => ({ path, bytes: Buffer.from(text, 'latin1') });
const text = (files: readonly RedactedFile[], path: string): string =>
  Buffer.from(files.find(found => found.path === path)?.bytes ?? []).toString('latin1');
const one = (content: string, names = false, path = 'nodes/n1/x.txt') => {
  const { files, map, remarks } = redact([file(path, content)], { key: KEY, names });
  return { text: Buffer.from(files[0]?.bytes ?? []).toString('latin1'), map, remarks, path: files[0]?.path };
};

function clusterFrom(files: readonly RedactedFile[]): Cluster {
  const { nodes, cluster } = readSnapshot(files.map(({ path, bytes }) => new FoundFile(path, bytes)));
  return clusterOf(
    [...nodes.values()],
    cluster.filter(({ path }) => path.endsWith('.json')).map(found => JSON.parse(found.text)),
  );
}

describe('WireGuard', () => {
  const ENDPOINTS = 'wg0 xTIBA5rb 10.1.2.3:51820\nwg0 AbCdEfGh [fd00:1::2]:51820\nwg0 IjKlMnOp (none)\n';

  it('has other addresses, and its ports and keys still pair', () => {
    const { text: changed, map } = one(ENDPOINTS, false, 'nodes/n1/wg-endpoints.txt');
    expect(changed).toBe(
      `wg0 xTIBA5rb ${mapText('10.1.2.3', map)}:51820\nwg0 AbCdEfGh [${mapText('fd00:1::2', map)}]:51820\nwg0 IjKlMnOp (none)\n`,
    );
    expect(changed).not.toContain('10.1.2.3');
    expect(changed).not.toContain('fd00:1::2');
  });

  it('has other keys where names are dropped, the same in all files', () => {
    const { files } = redact(
      [
        file('nodes/n1/wg-endpoints.txt', ENDPOINTS),
        file('nodes/n1/wg-fwmark.txt', 'wg0\toff\n'),
        file('nodes/n2/wg-public-key.txt', 'wg0 AbCdEfGh \nwg1 (none) \n'),
      ],
      { key: KEY, names: true },
    );
    const [one = '', fwmark, two] = files.map(({ bytes }) => Buffer.from(bytes).toString());
    expect(one.replace(/\S+:51820/g, 'x')).toBe('wg0 key-1 x\nwg0 key-2 x\nwg0 key-3 (none)\n');
    expect([fwmark, two]).toEqual(['wg0\toff\n', 'wg0 key-2 \nwg1 (none) \n']);
  });
});

describe('redact, then trace', () => {
  let files: readonly RedactedFile[] = [];
  let plain: Cluster;
  beforeAll(async () => {
    files = await readFolder(join(ROOT, FIXTURE));
    plain = clusterFrom(files);
  });

  /** Clients, nodes, pods and services of the fixture, and addresses that nobody has. */
  const source = fc.oneof(
    { weight: 5, arbitrary: fc.constantFrom('10.10.100.197', '10.10.100.1', '192.168.127.50') },
    { weight: 1, arbitrary: fc.constantFrom('192.168.1.10', '192.168.2.11', '10.10.100.208') },
    { weight: 1, arbitrary: fc.ipV4() },
  );
  /** Address, port and protocol of a service, as trace takes them. */
  const services: string[] = JSON.parse(
    readFileSync(join(ROOT, FIXTURE, 'cluster/services.json'), 'utf8'),
  ).items.flatMap(({ spec, status }: Service) => {
    const addresses = [
      ...(spec.clusterIPs ?? []),
      ...(spec.externalIPs ?? []),
      ...(status.loadBalancer?.ingress ?? []).map(({ ip }) => ip),
    ];
    const own = addresses.filter(address => /^[\d.]+$/.test(address));
    return own.flatMap(address =>
      spec.ports.map(({ port, protocol }) => `${address}:${port}/${protocol.toLowerCase()}`),
    );
  });
  const destination = fc.oneof(
    { weight: 8, arbitrary: fc.constantFrom(...services) },
    { weight: 1, arbitrary: fc.constantFrom('10.10.100.207:22/tcp', '192.168.2.10:8080/udp', '192.168.3.10:80/tcp') },
    { weight: 1, arbitrary: fc.ipV4().map(address => `${address}:53/udp`) },
  );
  const request = fc.record({
    source,
    destination,
    node: fc.constantFrom('n1', 'n2', 'n3'),
    reply: fc.boolean(),
  });

  it.each([false, true])('is trace, then redact (names dropped: %s)', names => {
    let decided = 0;
    fc.assert(
      fc.property(request, fc.uint8Array({ minLength: 16, maxLength: 16 }), ({ node, reply, ...ends }, key) => {
        const { files: redacted, map } = redact(files, { key, names });
        const answer = (cluster: Cluster, change: (text: string) => string, at: string) => {
          const { endpoint, protocol: number } = parseDestination(change(ends.destination));
          return trace(
            cluster,
            {
              source: parseEndpoint(change(ends.source), 's'),
              destination: endpoint,
              protocol: number,
              node: at,
              in: 'eth0',
              reply,
            },
            { version: '1' },
          );
        };
        const before = answer(plain, same => same, node);
        const after = answer(clusterFrom(redacted), text => mapText(text, map), names ? `node-${node.slice(1)}` : node);
        if (before.outcomes.some(({ decidedBy }) => decidedBy !== undefined)) decided++;
        if (!names) expect(after).toEqual(JSON.parse(mapText(JSON.stringify(before), map)));
        else
          expect(after.outcomes.map(fate)).toEqual(JSON.parse(mapText(JSON.stringify(before.outcomes.map(fate)), map)));
      }),
      { numRuns: 25 },
    );
    expect(decided).toBeGreaterThan(5);
  });
});

/** What becomes of the packet, without the names of anything. */
const fate = ({
  probability,
  disposition,
  sourceSeen,
  mark,
  decidedBy,
}: ReturnType<typeof trace>['outcomes'][number]) => ({
  probability,
  disposition,
  sourceSeen,
  mark,
  decidedBy: decidedBy && { table: decidedBy.table, chain: decidedBy.chain, number: decidedBy.number },
});

describe('what a command printed', () => {
  it.each([
    'iptables v1.8.9 (nf_tables)',
    '-A INPUT -m mark --mark 0x4000/0x4000 -j ACCEPT',
    ':INPUT ACCEPT [12:3456]',
    '# Generated by iptables-save v1.8.9 on Sat Nov 21 11:30:44 2026',
    '"creationTimestamp": "2026-11-21T11:30:44Z"',
    'CONFIG_HZ=250',
    '-A X -s 127.0.0.1/32 -d 255.255.255.255/32 -m recent --mask 255.255.255.255',
    'default via fe80::1 dev eth0'.replace('fe80::1', '::'),
    'caf\xe9 \xff bytes that are no UTF-8',
  ])('stays: %j', line => expect(one(line).text).toBe(line));

  it.each([
    ['-A X -d 10.96.0.1/32 -p tcp -j DNAT --to-destination 10.244.1.2:80', ['10.96.0.1', '10.244.1.2']],
    ['inet6 fd00:10:10:100::207/64 scope global', ['fd00:10:10:100::207']],
    ['[fd00::1]:80 and [2001:db8::5]:443', ['fd00::1', '2001:db8::5']],
    ['src=10.0.0.1 dst=10.0.0.2 sport=1', ['10.0.0.1', '10.0.0.2']],
    ['8.8.8.8 dev eth0 lladdr 02:11:22:33:44:55 REACHABLE', ['8.8.8.8', '02:11:22:33:44:55']],
    ['src=fd00:0010:0096:0000:0000:0000:0000:000a ttl: 64', ['fd00:0010:0096:0000:0000:0000:0000:000a']],
    ['"nodeName": "ip-10-1-2-3.ec2.internal"', ['10-1-2-3']],
    ['add set 10.0.0.1,tcp:80', ['10.0.0.1']],
  ])('has other addresses: %j', (line, gone) => {
    const { text: redacted } = one(line);
    for (const address of gone) expect(redacted).not.toContain(address);
    expect(redacted.replace(/[0-9a-f.:-]+/g, '')).toBe(line.replace(/[0-9a-f.:-]+/g, ''));
    expect(one(line).text).toBe(redacted);
  });

  it('keeps networks and what is in them', () => {
    const { text: redacted } = one(
      '10.20.0.0/16 via 10.20.3.4\nbroadcast 10.20.255.255 dev x\ninet 10.20.3.4/16\nadd s 10.20.0.0\n',
    );
    const [, network = '', , inner, last] =
      /^(\S+)\.0\.0\/16 via (\S+)\nbroadcast (\S+) /
        .exec(redacted)
        ?.flatMap((part, i) => (i === 2 ? [part, part] : [part])) ?? [];
    expect(inner).toContain(`${network}.`);
    expect(last).toBe(`${network}.255.255`);
    expect(redacted).toContain(`add s ${network}.0.0\n`);
  });

  it('of /proc in hexadecimal digits, too', () => {
    const { text: sockets, map } = one('   0: 0100000A:0016 0200000A:139E 01 0', false, 'nodes/n1/proc-net-tcp.txt');
    const swapped = (value: number) =>
      (((value & 0xff) << 24) | ((value & 0xff00) << 8) | ((value >>> 8) & 0xff00) | (value >>> 24)) >>> 0;
    const hex = (value: number) => swapped(value).toString(16).toUpperCase().padStart(8, '0');
    expect(sockets).toBe(
      `   0: ${hex(Number(map.address(0x0a000001)))}:0016 ${hex(Number(map.address(0x0a000002)))}:139E 01 0`,
    );
    expect(one('TCP  0A600001:0050 rr', false, 'nodes/n1/proc-net-ip_vs.txt').text).not.toContain('0A600001');
  });

  it.each([
    ['-A X -m u32 --u32 "0xc=0xa000001" -j DROP', 'rules on raw bytes'],
    ['-A X -s 10.0.0.1/255.0.0.255 -j DROP', 'the mask 255.0.0.255 is no prefix'],
    ['-A X -j HMARK --hmark-tuple src', 'by a hash of addresses'],
    ['-A X -j SNAT --to-source 10.0.0.1-10.0.0.9', 'NAT to a range of addresses'],
  ])('that cannot stay the same is told of: %j', (line, remark) => expect(one(line).remarks.join()).toContain(remark));
});

describe("in the names of kube-proxy's nftables mode", () => {
  it.each([
    ['192.168.3.10', '192.168.3.10', '192.168.3.10'],
    ['fd00.192.168.2..10', 'fd00:192:168:2::10', '[fd00:192:168:2::10]'],
  ])('%s is mapped as everywhere else', (dotted, address, to) => {
    const lines = `\tchain endpoint-SXBAQWSG-default/web/tcp/__${dotted}/8080 {\n\t\tdnat to ${to}:8080\n\t\tip daddr ${address} accept\n`;
    const changed = one(lines).text;
    const [, mapped = ''] = /daddr (\S+)/.exec(changed) ?? [];
    expect(mapped).not.toBe(address);
    expect(changed).toContain(`endpoint-SXBAQWSG-default/web/tcp/__${mapped.replaceAll(':', '.')}/8080 {`);
  });

  it('what is left of an address where the name is cut is taken out', () => {
    expect(one('goto endpoint-SXBAQWSG-default/web/tcp/p__192.168.3...').text).toBe(
      'goto endpoint-SXBAQWSG-default/web/tcp/p__...',
    );
  });
});

describe('names', () => {
  it.each([
    ['-A X -p tcp -m comment --comment "acme/shop: \\"x\\" y" -j ACCEPT', '-A X -p tcp -j ACCEPT'],
    ['-A X -m comment --comment acme -j ACCEPT', '-A X -j ACCEPT'],
    ['-A X -j LOG --log-prefix "acme: " --log-level 4', '-A X -j LOG --log-prefix "x" --log-level 4'],
    ['\t\ttcp dport 80 accept comment "acme"', '\t\ttcp dport 80 accept'],
    ['add set 8 timeout 3 comment "acme"', 'add set 8 timeout 3'],
    [
      '80 : goto service-X546UWPH-acme/shop/tcp/p, 81 : goto external-X546UWPH-acme/shop/tcp/p',
      '80 : goto service-X546UWPH-namespace-1/service-1/tcp/p, 81 : goto external-X546UWPH-namespace-1/service-1/tcp/p',
    ],
    ['2: eth0: <UP>\n    alias acme uplink\n    link/ether', '2: eth0: <UP>\n    link/ether'],
  ])('%j', (line, expected) => expect(one(line, true).text).toBe(expected));

  it('of services go with the comments of iptables -L', () => {
    const listed = '1 0 0 KUBE-SVC-X tcp -- * * 0.0.0.0/0 0.0.0.0/0 /* acme/shop:p cluster IP */ tcp dpt:80';
    expect(one(listed, true, 'nodes/n1/iptables-nvL-nat.txt').text).toBe(
      '1 0 0 KUBE-SVC-X tcp -- * * 0.0.0.0/0 0.0.0.0/0 tcp dpt:80',
    );
  });

  it('of hosts, pods, services and namespaces become others, the same everywhere', () => {
    const service = {
      apiVersion: 'v1',
      kind: 'ServiceList',
      items: [
        {
          metadata: { name: 'shop', namespace: 'acme', annotations: { a: 'acme' }, labels: { team: 'acme' } },
          spec: { selector: { app: 'acme' }, clusterIP: '10.96.0.7', ports: [{ name: 'http', port: 80 }] },
        },
      ],
    };
    const slice = {
      kind: 'List',
      items: [
        {
          kind: 'EndpointSlice',
          metadata: { name: 'shop-x', namespace: 'acme', labels: { 'kubernetes.io/service-name': 'shop' } },
          endpoints: [
            {
              addresses: ['10.244.0.3'],
              nodeName: 'acme-1',
              targetRef: { kind: 'Pod', name: 'shop-abc', namespace: 'acme' },
            },
          ],
        },
      ],
    };
    const about = {
      format: 1,
      hosts: [
        {
          name: 'acme-1',
          folder: 'nodes/acme-1',
          how: 'ssh root@acme-1',
          state: 'partial',
          problem: 'acme-1 is away',
          identity: 'sha256:1',
          commands: [{ file: 'a', stderr: 'acme' }],
        },
      ],
    };
    const { files } = redact(
      [
        file('nodes/acme-1/uname-a.txt', 'Linux acme-1 6.1'),
        file('cluster/services.json', JSON.stringify(service)),
        file('cluster/endpointslices.json', JSON.stringify(slice)),
        file('cluster/speaker.log', 'acme'),
        file('snapshot.json', JSON.stringify(about)),
      ],
      { key: KEY, names: true },
    );
    for (const { path, bytes } of files) expect(`${path} ${Buffer.from(bytes)}`).not.toMatch(/acme|shop/);
    expect(files.map(({ path }) => path)).toEqual([
      'nodes/node-1/uname-a.txt',
      'cluster/services.json',
      'cluster/endpointslices.json',
      'snapshot.json',
    ]);
    expect(JSON.parse(text(files, 'cluster/services.json')).items[0]).toMatchObject({
      metadata: { name: 'service-1', namespace: 'namespace-1' },
      spec: { ports: [{ name: 'http', port: 80 }] },
    });
    expect(JSON.parse(text(files, 'cluster/endpointslices.json')).items[0]).toMatchObject({
      metadata: { labels: { 'kubernetes.io/service-name': 'service-1' } },
      endpoints: [{ nodeName: 'node-1', targetRef: { name: 'pod-1', namespace: 'namespace-1' } }],
    });
    expect(JSON.parse(text(files, 'snapshot.json')).hosts[0]).toMatchObject({
      name: 'node-1',
      folder: 'nodes/node-1',
      how: 'ssh',
      problem: 'not said',
    });
  });

  it('stay where nobody asked, but never what objects carry along', () => {
    const pod = {
      kind: 'Pod',
      metadata: { name: 'shop', annotations: { secret: 'x' }, managedFields: [] },
      spec: {
        containers: [
          {
            name: 'c',
            env: [{ name: 'PASSWORD', value: 'geheim' }],
            args: ['--token=geheim'],
            image: 'registry.acme/x',
          },
        ],
      },
    };
    const { files } = redact([file('cluster/pods.json', JSON.stringify(pod))], { key: KEY, names: false });
    expect(text(files, 'cluster/pods.json')).not.toMatch(/geheim|secret|registry/);
    expect(text(files, 'cluster/pods.json')).toContain('"shop"');
  });
});
