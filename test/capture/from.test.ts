import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { hostsFrom } from '../../src/capture/from.ts';
import { identityOf } from '../../src/capture/host.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'chainwalk-from-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

function write(files: Readonly<Record<string, string>>): string {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  return folder;
}

const RULES = '*filter\n:INPUT ACCEPT [0:0]\nCOMMIT\n';
const ADDRESSES = '1: lo    inet 127.0.0.1/8 scope host lo\\       valid_lft forever\n';

async function files(...paths: string[]): Promise<string[]> {
  const { hosts, cluster } = await hostsFrom(paths);
  return [...hosts, ...(cluster ? [cluster] : [])].flatMap(host => [...host.files.keys()]).sort();
}

describe('files that somebody already has', () => {
  it('a bare iptables-save is a node', async () => {
    write({ 'rules.txt': RULES, 'addr.txt': ADDRESSES });
    expect(await files(join(folder, 'rules.txt'))).toEqual(['nodes/node/rules.txt']);
    expect(await files(join(folder, 'rules.txt'), join(folder, 'addr.txt'))).toEqual([
      'nodes/node/addr.txt',
      'nodes/node/rules.txt',
    ]);
  });

  it('a sosreport gives what is of the network, under the name of its host', async () => {
    write({
      'sosreport-x/hostname': 'worker-3.example.org\n',
      'sosreport-x/etc/machine-id': 'abc\n',
      'sosreport-x/etc/sysctl.conf': 'net.ipv4.ip_forward = 0\n',
      'sosreport-x/sos_commands/networking/ip_-o_addr': ADDRESSES,
      'sosreport-x/sos_commands/networking/ip_netns_exec_cni-1_ip_-o_addr': ADDRESSES,
      'sosreport-x/sos_commands/networking/ethtool_eth0': 'Settings for eth0:\n',
      'sosreport-x/sos_commands/firewall_tables/iptables_-t_nat_-nvL': 'Chain PREROUTING (policy ACCEPT 0 packets)\n',
      'sosreport-x/sos_commands/kernel/sysctl_-a': 'net.ipv4.ip_forward = 1\n',
      'sosreport-x/sos_logs/sos.log': 'x\n',
    });
    expect(await files(folder)).toEqual(
      [
        'nodes/worker-3/iptables_-t_nat_-nvL.txt',
        'nodes/worker-3/ip_-o_addr.txt',
        'nodes/worker-3/sysctl_-a.txt',
      ].sort(),
    );
    const { hosts } = await hostsFrom([folder]);
    expect(hosts[0]?.about).toMatchObject({ state: 'complete', identity: identityOf('abc'), how: 'from files' });
  });

  it('a must-gather gives the objects that matter, as lists', async () => {
    write({
      'must-gather/x/cluster-scoped-resources/core/nodes/n1.yaml':
        'apiVersion: v1\nkind: Node\nmetadata:\n  name: n1\n',
      'must-gather/x/cluster-scoped-resources/core/nodes/n2.yaml':
        'apiVersion: v1\nkind: Node\nmetadata:\n  name: n2\n',
      'must-gather/x/namespaces/a/core/services.yaml':
        'apiVersion: v1\nkind: ServiceList\nitems:\n- metadata: {name: s}\n',
      'must-gather/x/namespaces/a/core/secrets.yaml':
        'apiVersion: v1\nkind: SecretList\nitems:\n- metadata: {name: t}\n',
    });
    const { hosts, cluster } = await hostsFrom([folder]);
    expect(hosts).toEqual([]);
    expect([...(cluster?.files.keys() ?? [])]).toEqual(['cluster/nodes.json', 'cluster/services.json']);
    expect(JSON.parse(Buffer.from(cluster?.files.get('cluster/nodes.json') ?? []).toString()).items).toMatchObject([
      { kind: 'Node', metadata: { name: 'n1' } },
      { kind: 'Node', metadata: { name: 'n2' } },
    ]);
  });

  it('a folder of folders is a node each, a snapshot stays as it is', async () => {
    write({ 'n1/rules': RULES, 'n1/notes.md': '# x', 'n2/rules': RULES, 'n2/deep/down/x.bin': '\0\x01' });
    expect(await files(folder)).toEqual(['nodes/n1/rules', 'nodes/n2/rules']);
    rmSync(folder, { recursive: true });
    write({
      's/nodes/n1/odd.txt': 'x',
      's/outside/gw/ip-neigh.txt': '',
      's/cluster/nodes.json': '{"kind":"NodeList","items":[]}',
    });
    expect(await files(folder)).toEqual(['nodes/n1/odd.txt', 'outside/gw/ip-neigh.txt']);
  });

  it('follows no link', async () => {
    write({ 'n1/rules': RULES });
    symlinkSync('/etc', join(folder, 'n1/etc'));
    symlinkSync('/etc/passwd', join(folder, 'n1/passwd'));
    expect(await files(folder)).toEqual(['nodes/n1/rules']);
  });

  it('says where nothing can be read', async () => {
    write({ 'x.txt': 'hello' });
    await expect(hostsFrom([join(folder, 'x.txt')])).rejects.toThrow('x.txt: nothing in it that can be read');
    await expect(hostsFrom([join(folder, 'none')])).rejects.toThrow('none: there is no such file or folder');
  });
});
