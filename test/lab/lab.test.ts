import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { type Comparison, compareDocument } from './compare.ts';
import { compareProbes } from './crossing.ts';
import { readDocument } from './document.ts';
import { formatPacket, parsePacket } from './packet.ts';
import { replay } from './replay.ts';

const FOLDER = join(import.meta.dirname, '../../fixtures/journeys');
const documents = readdirSync(FOLDER).map(name => [name, readFileSync(join(FOLDER, name), 'utf8')] as const);

const kinds = ({ differences }: Comparison) => differences.map(({ kind }) => kind);
const replayed = (text: string, record = text) => {
  const document = readDocument(record);
  return compareDocument(join(FOLDER, 'x.json'), text, namespace => replay(document, namespace));
};

describe('the walk against the kernel', () => {
  test.each(documents)('%s', (name, text) => {
    const found = compareDocument(join(FOLDER, name), text);
    expect(found.differences.map(({ kind, node, lines }) => [kind, node, ...lines].join('\n'))).toEqual([]);
    expect(found.journeys).toBeGreaterThan(1);
    expect(found.rules).toBeGreaterThan(5);
  });
});

describe('journeys across nodes, from the probe alone', () => {
  test.each(documents)('%s', (name, text) => {
    const found = compareProbes(join(FOLDER, name), text);
    expect(found.differences.map(({ kind, node, lines }) => [kind, node, ...lines].join('\n'))).toEqual([]);
    expect(found.visits).toBeGreaterThan(0);
  });

  const [name, text = ''] = documents.find(([name]) => name.startsWith('iptables-nft-08')) ?? [];
  test.each([
    ['another receiver', '"pod": "n1p1"', '"pod": "n1p2"', 'delivered to'],
    ['another answer', '"pkt": "udp 10.96.0.60:80 >', '"pkt": "udp 10.96.0.61:80 >', 'reply'],
    ['another visit', '"nat_before": "udp 192.168.1.10:40000', '"nat_before": "udp 192.168.1.10:40009', 'visit'],
  ])('of a record with %s finds it', (_, from, to, kind) => {
    expect(text).toContain(from);
    const changed = text.replaceAll(from, () => to);
    expect(compareProbes(join(FOLDER, name ?? ''), changed).differences.map(found => found.kind)).toContain(kind);
  });
});

describe('the comparison', () => {
  test.each(documents)('of %s with itself finds nothing', (_, text) => {
    expect(replayed(text).differences).toEqual([]);
  });

  const [, text = ''] = documents.find(([name]) => name.startsWith('iptables-nft-08')) ?? [];
  test.each([
    ['another rule', '"pos": 12,', '"pos": 13,', 'path'],
    ['another mark', '"mark": 16384,', '"mark": 16385,', 'mark'],
    ['another verdict', '"verdict": "jump",', '"verdict": "goto",', 'verdict'],
    ['another target', '"target": "KUBE-MARK-MASQ"', '"target": "KUBE-MARK-DROP"', 'target'],
    ['another source', '"pkt": "udp 192.168.1.1:43422 >', '"pkt": "udp 192.168.1.1:43423 >', 'packet'],
    ['another state', '"ct_state": "related"', '"ct_state": "established"', 'ct state'],
    ['another direction', '"ct_dir": "reply"', '"ct_dir": "original"', 'ct direction'],
    ['another status', '"SRC_NAT_DONE",', '"SEQ_ADJUST",', 'ct status'],
    ['another fate', '"fate": "passed-postrouting"', '"fate": "delivered-to-local-stack"', 'fate'],
    ['another way out', '"oif": "cni0"', '"oif": "eth0"', 'oif'],
    ['another inner packet', '"inner_after": "udp 192.168.1.10:', '"inner_after": "udp 192.168.1.11:', 'inner packet'],
    ['another packet', '"nat_after": "udp 10.96.0.60:80', '"nat_after": "udp 10.96.0.60:81', 'packet after'],
    ['no state', '"node_state_before": {', '"node_state_before": {}, "x": {', 'state'],
    ['no steps', '"steps": [', '"steps": 1, "x": [', 'document'],
    ['a torn file', text.slice(0, 100), '', 'document'],
  ])('of a record with %s finds it', (_, from, to, kind) => {
    expect(text).toContain(from);
    expect(
      kinds(
        replayed(
          text.replaceAll(from, () => to),
          text,
        ),
      ),
    ).toContain(kind);
  });
});

test.each([
  'udp 10.0.0.1:40000 > 10.96.0.10:80',
  'tcp 10.0.0.1:40000 > 10.96.0.10:80 SA',
  'tcp [fd00::1]:40000 > [::1]:80 FPA',
  'icmp 10.0.0.1 > 10.0.0.2 type 3 code 3',
  'icmpv6 fd00::1 > fd00::2 type 128 code 0',
  '132 10.0.0.1:1 > 10.0.0.2:2',
  '47 10.0.0.1 > 10.0.0.2',
])('%s', text => {
  const packet = parsePacket(text);
  expect(packet && formatPacket(packet)).toBe(text);
});

test.each(['', 'udp', 'udp 10.0.0.1:1 10.0.0.2:2', 'tcp x:1 > 10.0.0.1:1', 'sctp 10.0.0.1:1 > 10.0.0.2:2'])(
  '"%s" is no packet',
  text => {
    expect(parsePacket(text)).toBeUndefined();
  },
);
