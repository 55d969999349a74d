import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { chainwalk, FIXTURE, ROOT } from './run.ts';

const SNAPSHOT = ['--snapshot', FIXTURE] as const;

describe('explain and list', () => {
  it.each([
    [['explain', 'service', 'default/web'], /^default\/web:p {2}tcp 80 /],
    [['explain', 'service', '--all', '--node', 'n1'], /^default\/a-very-long-service-name/],
    [['explain', 'rule', 'nat', 'KUBE-SERVICES', '3', '--node', 'n1'], /made by {4}kube-proxy/],
    [['explain', 'rule', 'nodes/n1/iptables-nft-save-c.txt:30'], /-A INPUT -j KUBE-FIREWALL[\s\S]*made by {4}kubelet/],
    [['explain', 'chain', 'FLANNEL-FWD'], /made by {4}Flannel/],
    [['explain', 'chain', 'POSTROUTING', '--node', 'n1'], /called by the kernel at postrouting/],
    [['explain', 'address', '10.10.100.240'], /load balancer IP {3}default\/web:p/],
    [['explain', 'address', '192.168.1.10'], /endpoint {3}default\/web:p, port 8080/],
    [['explain', 'mark', '0xc000'], /0x8000\n {2}kubelet: to be dropped/],
    [['list', 'services'], /default\/web:p +80\/tcp +3 +10\.96\.0\.11/],
    [['list', 'nodes'], /n1 +kube-proxy 1\.25 or newer, iptables/],
    [['list', 'chains', '--node', 'n1'], /KUBE-SVC-446JGJO3FXDO7OFC/],
    [['list', 'addresses'], /10\.10\.100\.197 +host c1, eth0/],
  ] as const)('%j', async (args, expected) => {
    const { stdout, stderr, code } = await chainwalk([...args, ...SNAPSHOT]);
    expect([stderr, code]).toEqual(['', 0]);
    expect(stdout).toMatch(expected);
    expect(stdout.split('\n').filter(line => line.length > 80)).toEqual([]);
  });

  it.each([
    [['explain', 'service'], /say which service/],
    [['explain', 'service', 'web'], /write NAMESPACE\/NAME/],
    [['explain', 'service', 'default/web', '--all'], /exclude each other/],
    [['explain', 'service', 'default/web', '--node', 'n9'], /no node n9; there is n1, n2, n3/],
    [['explain', 'rule', 'KUBE-SERVICES'], /write TABLE CHAIN NUMBER/],
    [['explain', 'rule', 'nat', 'KUBE-SERVICES', '9999'], /there is no rule KUBE-SERVICES 9999/],
    [['explain', 'chain', 'NOSUCH'], /there is no chain NOSUCH/],
    [['explain', 'address', 'web'], /is not an address/],
    [['explain', 'mark', 'x'], /is no mark/],
    [['list', 'pods'], /Expected/],
  ] as const)('%j is refused', async (args, expected) => {
    const { stderr, code } = await chainwalk([...args, ...SNAPSHOT]);
    expect(code).toBe(2);
    expect(stderr).toMatch(expected);
    expect(stderr.trim().split('\n')).toHaveLength(1);
  });

  it('says what is not in netfilter, and guesses nothing', async () => {
    const stdin = '*filter\n:INPUT ACCEPT [0:0]\n:CILIUM_INPUT - [0:0]\n-A INPUT -j CILIUM_INPUT\nCOMMIT\n';
    const { stdout, code } = await chainwalk(['explain', 'service', 'default/web', '-f', '-'], { stdin });
    expect(code).toBe(3);
    expect(stdout.replaceAll('\n', ' ')).toMatch(/not seen on node: Cilium handles services in BPF programs/);
  });

  it('tells a mark without any evidence', async () => {
    const { stdout, code } = await chainwalk(['explain', 'mark', '0x4000']);
    expect(code).toBe(0);
    expect(stdout).toMatch(/kube-proxy: to be masqueraded in POSTROUTING \(no rule of it here\)/);
  });
});

describe('completion', () => {
  const bash = (() => {
    try {
      execFileSync('bash', ['-c', 'true']);
      return true;
    } catch {
      return false;
    }
  })();

  it.each([
    [['chainwalk', 'explain', 'ser'], 'service'],
    [['chainwalk', 'tr'], 'trace'],
    [['chainwalk', 'explain', 'service', '--snap'], '--snapshot'],
  ])('bash: %j', async (words, expected) => {
    if (!bash) {
      console.log('left out: bash is not installed');
      return;
    }
    const { stdout } = await chainwalk(['completion', 'bash']);
    const list = words.map(word => `'${word}'`).join(' ');
    const script = `${stdout}\nCOMP_WORDS=(${list}); COMP_CWORD=${words.length - 1}; _chainwalk; echo "\${COMPREPLY[*]}"`;
    expect(execFileSync('bash', ['-c', script], { encoding: 'utf8' }).trim()).toBe(expected);
  });

  it.each([
    [
      [''],
      ['capture\tWhat do the nodes say of themselves? Takes a snapshot of them.', 'explain', 'trace\tWhere'],
      ':4',
    ],
    [['explain', 'ser'], ['service\tWhat do the nodes do for this service?'], ':4'],
    [['trace', '10.0.0.1', '10.0.0.2:80', '--sn'], ['--snapshot\tfolder with'], ':4'],
    [['trace', '--snapshot', ''], [], ':0'],
    [['nothing', ''], [], ':0'],
  ])('kubectl_complete-chainwalk %j', (words, expected, directive) => {
    const printed = execFileSync('bin/kubectl_complete-chainwalk', words, { cwd: ROOT, encoding: 'utf8' });
    const lines = printed.trimEnd().split('\n');
    expect(lines.at(-1)).toBe(directive);
    for (const start of expected) expect(lines.some(line => line.startsWith(start))).toBe(true);
    expect(lines.some(line => line.startsWith('complete\t'))).toBe(false);
    if (expected.length === 0) expect(lines).toHaveLength(1);
  });

  it.each(['zsh', 'fish'])('%s', async shell => {
    const { stdout, code } = await chainwalk(['completion', shell]);
    expect(code).toBe(0);
    for (const word of ['trace', 'explain', 'service', 'snapshot']) expect(stdout).toContain(word);
  });
});
