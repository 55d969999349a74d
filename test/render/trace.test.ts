import stringWidth from 'string-width';
import { describe, expect, it } from 'vitest';
import { clusterOf } from '../../src/cluster/cluster.ts';
import { parseDestination, parseEndpoint, type TraceRequest } from '../../src/cluster/request.ts';
import { trace } from '../../src/cluster/trace.ts';
import { renderTrace, TRACE_FORMATS } from '../../src/render/trace.ts';
import { bare, ECHO, forward, node, SLICES } from '../cluster/namespaces.ts';

function ask(save: string, source: string, destination: string, more: Partial<TraceRequest> = {}, alone = false) {
  const { endpoint, protocol } = parseDestination(destination);
  const request = {
    source: parseEndpoint(source, 'source'),
    destination: endpoint,
    protocol,
    ttl: 64,
    tos: 0,
    ...more,
  };
  return trace(clusterOf([alone ? bare(save) : node(save)], [SLICES]), request, { version: '0' });
}

const text = (...question: Parameters<typeof ask>) =>
  renderTrace(ask(...question), 'summary', { columns: 80, color: 0 });

describe('summary', () => {
  it('of a service asked from outside', () => {
    expect(text(ECHO, '10.0.0.9:5555', '10.96.0.10:80/udp', { in: 'eth0' })).toBe(
      `udp 10.0.0.9:5555 > 10.96.0.10:80                     default/echo:p, cluster IP
comes in by eth0 of n2

n2   prerouting   nat KUBE-SERVICES 1      default/echo:p, cluster IP
                  KUBE-SVC-E7KE6SYX… 1     mark 0x4000: from outside of the
                                           cluster: to be masqueraded
                  KUBE-SVC-E7KE6SYX… 2     1 of 2 endpoints
                  KUBE-SEP-A7EDZZMB… 2     DNAT to 192.168.1.10:8080
     route                                 192.168.1.0/24 via 10.0.0.3 dev eth0
     postrouting  nat KUBE-POSTROUTING 3   MASQUERADE as 10.0.0.2

in 1/2 of new connections: leaves n2 by eth0 to 10.0.0.3, bound for pod
default/n1p1, 192.168.1.10:8080
it sees 10.0.0.2, not 10.0.0.9: by nat KUBE-POSTROUTING 3 of n2
n2 sends back: redirect to 10.0.0.3 (to 10.0.0.9)
decided by nat KUBE-SEP-A7EDZZMBUYTUZGVD 2, nodes/n2/iptables-save.txt:21
  -A KUBE-SEP-A7EDZZMBUYTUZGVD -p udp -m comment --comment "default/echo:p" -m
  udp -j DNAT --to-destination 192.168.1.10:8080

in 1/2 of new connections: delivered to pod default/n2p1, 192.168.2.10:8080,
which sees 192.168.2.1

assumed    there are no rules in filter: that table was not captured (-f a file
           with the output of \`iptables-save\`, of all tables)
`,
    );
  });

  it('of what a rule drops', () => {
    const save = forward('-A FORWARD -d 192.168.2.10/32 -p tcp -m comment --comment "not this one" -j DROP\n');
    expect(text(save, '10.0.0.9:5555', '192.168.2.10:80', { in: 'eth0', tcpFlags: 2 })).toBe(
      `tcp 10.0.0.9:5555 > 192.168.2.10:80
comes in by eth0 of n2

n2   route                           192.168.2.0/24 dev cni0
     forward      filter FORWARD 1   DROP

dropped by a rule
decided by filter FORWARD 1, nodes/n2/iptables-save.txt:5
  -A FORWARD -d 192.168.2.10/32 -p tcp -m comment --comment "not this one" -j
  DROP
`,
    );
  });

  it('tells apart the outcomes of an unknown, and how to learn', () => {
    const out = text(forward('-A FORWARD -m nosuchmatch --x 1 -j DROP\n'), '10.0.0.9:5555', '192.168.2.10:80', {
      in: 'eth0',
    });
    expect(out).toContain('possibly: dropped by a rule\n');
    expect(out).toMatch(/filter FORWARD 1 +DROP, perhaps: nosuchmatch/);
    expect(out).toContain('possibly: delivered to pod default/n2p1, 192.168.2.10:80\n');
    expect(out).toMatch(/\nnot known .*nosuchmatch/);
    expect(out).toContain('TCP SYN, the first packet (--tcp-flags)');
  });

  it('tells that the answer comes from whom the sender asked', () => {
    const out = text(ECHO, '10.0.0.9:5555', '10.96.0.10:80/udp', { reply: true });
    expect(out).toContain('\nthe answer\nudp 192.168.1.10:8080 > 10.0.0.2:');
    expect(out).toContain('the sender gets its answer from 10.96.0.10:80, whom it asked\n');
  });
});

describe('minimal', () => {
  it('is a line an outcome', () => {
    expect(renderTrace(ask(ECHO, '10.0.0.9:5555', '10.96.0.10:80/udp'), 'minimal', { columns: 80, color: 0 })).toBe(
      `1/2 leaves-the-node; for pod default/n1p1, 192.168.1.10:8080; by eth0; source 10.0.0.2; rule nat KUBE-SEP-A7EDZZMBUYTUZGVD 2
1/2 delivered; to pod default/n2p1, 192.168.2.10:8080; by cni0; source 192.168.2.1; rule nat KUBE-SEP-YWLBYSJ75AAA7OCQ 2
`,
    );
  });
});

describe('minimal, of a packet that is lost', () => {
  it('says why', () => {
    const lost = renderTrace(ask('', '10.0.0.9:5555', '192.168.1.10:80', { ttl: 1 }), 'minimal', {
      columns: 80,
      color: 0,
    });
    expect(lost).toBe('1 ttl-exceeded: its TTL was 1 and ends here\n');
    const answer = ask(ECHO + forward('-A FORWARD -j DROP\n'), '10.0.0.9:5555', '10.96.0.10:80/udp');
    expect(renderTrace(answer, 'minimal', { columns: 80, color: 0 })).toMatch(
      /^1\/2 dropped by a rule; .*; rule filter FORWARD 1$/m,
    );
  });
});

describe('detailed', () => {
  it('has the text and the place of every rule, and the policies', () => {
    const out = renderTrace(ask(ECHO, '10.0.0.9:5555', '10.96.0.10:80/udp'), 'detailed', { columns: 400, color: 0 });
    for (const line of [
      '    nat KUBE-SERVICES 1: jump KUBE-SVC-E7KE6SYXUB7WWDMT (default/echo:p, cluster IP)\n',
      '        -A KUBE-MARK-MASQ -j MARK --set-xmark 0x4000/0x4000  nodes/n2/iptables-save.txt:16\n',
      '    nat KUBE-MARK-MASQ 1: continue, mark 0x0 > 0x4000\n',
      '    nat KUBE-MARK-MASQ: end of chain\n',
      '    dnat: destination 10.96.0.10:80 > 192.168.1.10:8080\n',
      '    route 192.168.1.0/24 via 10.0.0.3 dev eth0\n',
      '    ttl 63\n',
      'outcome 2 of 2, probability 1/2\n',
    ])
      expect(out).toContain(line);
  });
});

describe('in every format', () => {
  const hostile = forward(
    '-A FORWARD -p tcp -m comment --comment "\x1b]0;owned\x07\x1b[2J\u202etxt" -j \x1b[31mDROP\n-A FORWARD -m comment --comment "\x9b31m" -j DROP\n',
  );

  it.each(TRACE_FORMATS)('%s shows control characters as escapes', format => {
    const out = renderTrace(ask(hostile, '10.0.0.9', '192.168.2.10:80'), format, { columns: 80, color: 0 });
    expect(out.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cf}]/u);
  });

  it.each([60, 80, 120])('no line is longer than %i cells', columns => {
    for (const format of ['summary', 'detailed'] as const)
      for (const reply of [false, true]) {
        const out = renderTrace(ask(ECHO, '10.0.0.9', '10.96.0.10:80/udp', { reply }), format, { columns, color: 0 });
        for (const line of out.split('\n')) expect(stringWidth(line), line).toBeLessThanOrEqual(columns);
      }
  });

  it.each(TRACE_FORMATS)('%s says the same with colours and without', format => {
    const answer = ask(ECHO, '10.0.0.9', '10.96.0.10:80/udp');
    const plain = renderTrace(answer, format, { columns: 80, color: 0 });
    const colored = renderTrace(answer, format, { columns: 80, color: 1 });
    expect(colored).not.toBe(plain);
    expect(colored.replaceAll(new RegExp(`${String.fromCharCode(27)}\\[\\d+m`, 'g'), '').replace(/ +$/gm, '')).toBe(
      plain,
    );
  });
});

it('lists what was assumed where there are rules alone', () => {
  const out = text(ECHO, '10.0.0.9', '10.96.0.10:80/udp', {}, true);
  expect(out).toContain('assumed ');
  expect(out).toContain('it comes in by eth0, for want of ip addr and ip route (--in)\n');
  expect(out).toContain('source port 40000: clients take a random one (--sport)\n');
});

it.each([
  [
    'summary',
    [
      "MASQUERADE as the node's address\n",
      "it sees the node's address, not 10.0.0.9: by nat KUBE-POSTROUTING 3",
      "192.168.1.10:8080 > the node's address:",
    ],
  ],
  ['minimal', ["source the node's address;"]],
  ['detailed', ["masquerade: source 10.0.0.9:40000 > the node's address:"]],
] as const)('%s names the address that nobody captured', (format, parts) => {
  const answer = ask(ECHO, '10.0.0.9', '10.96.0.10:80/udp', { reply: true }, true);
  const out = renderTrace(answer, format, { columns: 400, color: 0 });
  for (const part of parts) expect(out).toContain(part);
  expect(out.replace(/^.* stands for it.*$/m, '')).not.toContain('0.0.0.0');
});

it('leaves 0.0.0.0 as it is where the packet has it', () => {
  const out = text(forward(''), '0.0.0.0:68', '192.168.2.10:67/udp', {}, true);
  expect(out).toContain('udp 0.0.0.0:68 > 192.168.2.10:67\n');
});
