import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { chainwalk, type Ran } from '../commands/run.ts';
import { Lab, USER, whyNoLab } from './lab.ts';

const why = whyNoLab();
if (why !== undefined) console.log(`left out: capture over SSH ${why}`);

const TRANSPORTS = ['ssh2', 'openssh'] as const;
const IPTABLES =
  '*nat\n:PREROUTING ACCEPT [0:0]\n-A PREROUTING -d 10.96.0.1/32 -p tcp -m tcp --dport 80 -m comment --comment "a b" -j DNAT --to-destination 10.244.1.2:80\nCOMMIT\n';
/** What changes by being looked at, or with time. */
const MOVING = /^(?:date|jiffies|ss-|conntrack|ip-neigh|proc-net|tc-)/;

interface Command {
  readonly file: string;
  readonly status?: number;
  readonly notRun?: string;
  readonly cutOff?: boolean;
  readonly stderr?: string;
}

interface Taken extends Ran {
  readonly path: string;
  readonly hosts: ReadonlyMap<
    string,
    { state: string; problem?: string; user?: number; identity?: string; commands: readonly Command[] }
  >;
}

let lab: Lab;
let out = '';
let count = 0;

async function take(...args: readonly string[]): Promise<Taken> {
  const path = join(out, String(count++));
  const ran = await chainwalk(['capture', '-o', path, '--ssh-config', lab.config, ...args], {
    env: { SSH_AUTH_SOCK: '' },
  });
  const about = existsSync(join(path, 'snapshot.json'))
    ? JSON.parse(readFileSync(join(path, 'snapshot.json'), 'utf8'))
    : { hosts: [] };
  return { ...ran, path, hosts: new Map(about.hosts.map((host: { name: string }) => [host.name, host])) };
}

function filesOf(path: string): Map<string, string> {
  const names = readdirSync(path, { recursive: true, encoding: 'utf8' }).filter(name =>
    statSync(join(path, name)).isFile(),
  );
  return new Map(
    names.sort().map(name => [
      name,
      readFileSync(join(path, name), 'utf8')
        .replace(/\[\d+:\d+\]/g, '[0:0]')
        .replace(/^# (?:Generated|Completed).*$/gm, '')
        .replace(/^.*nf_conntrack_count.*$/gm, '')
        .replace(/counter packets \d+ bytes \d+/g, 'counter'),
    ]),
  );
}

describe.skipIf(why !== undefined)('capture over SSH', () => {
  beforeAll(async () => {
    lab = new Lab();
    out = mkdtempSync(join(tmpdir(), 'chainwalk-out-'));
    for (const name of ['n1', 'n2', 'n3', 'c1', 'gw']) await lab.add(name);
    for (const name of ['n1', 'n2', 'n3']) {
      lab.tool(name, 'iptables-nft-restore', IPTABLES);
      lab.tool(
        name,
        'nft -f -',
        'table inet own {\n chain c {\n type filter hook input priority 10; policy accept;\n }\n}\n',
      );
      lab.tool(name, 'ipset create friends hash:ip');
      lab.tool(name, 'ip route add 10.244.0.0/16 via 10.231.7.5');
      lab.tool(name, 'sysctl -qw net.ipv4.ip_forward=1');
    }
  }, 60_000);
  afterAll(() => {
    lab?.close();
    if (out !== '') rmSync(out, { recursive: true, force: true });
  });

  it('takes the same from three nodes, a client and a gateway over both transports', async () => {
    const taken: Taken[] = [];
    for (const transport of TRANSPORTS)
      taken.push(await take('--transport', transport, '--ssh', 'n1,n2,n3', '--outside', 'c1,gw'));
    for (const { code, hosts, stderr } of taken) {
      expect(code, stderr).toBe(0);
      expect([...hosts].map(([name, { state, user }]) => [name, state, user])).toEqual(
        ['n1', 'n2', 'n3', 'c1', 'gw'].map(name => [name, 'complete', 0]),
      );
    }
    const [first = new Map<string, string>(), second] = taken.map(({ path }) => filesOf(path));
    const kept = (files: ReadonlyMap<string, string> | undefined) =>
      [...(files ?? [])].filter(
        ([name]) => name !== 'snapshot.json' && !MOVING.test(name.slice(name.lastIndexOf('/') + 1)),
      );
    expect([...first.keys()]).toEqual([...(second?.keys() ?? [])]);
    expect(kept(first)).toEqual(kept(second));
    expect(kept(first).length).toBeGreaterThan(100);
    const { path } = taken[0] ?? { path: '' };
    const n1 = (name: string) => readFileSync(join(path, 'nodes/n1', name), 'utf8');
    expect(n1('iptables-nft-save-c.txt')).toContain(
      '-A PREROUTING -d 10.96.0.1/32 -p tcp -m tcp --dport 80 -m comment --comment "a b" -j DNAT',
    );
    expect(n1('nft-list-ruleset.txt')).toContain('table inet own {');
    expect(n1('ipset-save.txt')).toMatch(/^create friends hash:ip/);
    expect(n1('ip-route-table-all.txt')).toContain('10.244.0.0/16 via 10.231.7.5 dev eth0');
    expect(n1('sysctl.txt')).toContain('/proc/sys/net/ipv4/ip_forward:1');
    expect(n1('ip-d-addr.txt')).toContain('inet 10.231.7.1/24');
    expect(existsSync(join(path, 'outside/gw/ip-d-addr.txt'))).toBe(true);
    expect(statSync(join(path, 'nodes/n1')).mode & 0o777).toBe(0o700);
    expect(statSync(join(path, 'nodes/n1/ipset-save.txt')).mode & 0o777).toBe(0o600);
  }, 60_000);

  it('finds hosts by the patterns of the configuration', async () => {
    const { hosts } = await take('--ssh-config-hosts', 'n?');
    expect([...hosts.keys()]).toEqual(['n1', 'n2', 'n3']);
  });

  it.each(TRANSPORTS)('goes through a jump host (%s)', async transport => {
    lab.configure('Host behind\n  HostName 10.231.7.2\n  ProxyJump gw');
    const { hosts, stderr } = await take('--transport', transport, '--ssh', 'behind');
    expect(hosts.get('behind')?.state, stderr).toBe('complete');
    const sockets = ['n2', 'gw'].map(name => lab.tool(name, 'ss -Htn state all'));
    expect(sockets.join('')).toMatch(/10\.231\.7\.5:\d+ +10\.231\.7\.2:22|10\.231\.7\.2:22 +10\.231\.7\.5:\d+/);
  });

  it.each(TRANSPORTS)('refuses a host key that changed, and goes on with the others (%s)', async transport => {
    lab.configure('Host changed\n  HostName 10.231.7.3\n  HostKeyAlias changed');
    lab.know(`changed ${lab.keyOf('n1')}`);
    const { code, hosts, stderr } = await take('--transport', transport, '--ssh', 'changed,n1');
    expect(code).toBe(4);
    expect(hosts.get('n1')?.state).toBe('complete');
    expect(hosts.get('changed')).toMatchObject({ state: 'failed', commands: [] });
    if (transport === 'ssh2') {
      const shown = lab.tool('n3', `ssh-keygen -lf ${lab.folder}/host-n3.pub`).split(' ')[1];
      expect(hosts.get('changed')?.problem).toContain(`the host key of changed CHANGED: it shows ssh-ed25519 ${shown}`);
      expect(hosts.get('changed')?.problem).toContain("ssh-keygen -R 'changed'");
      expect(stderr).toContain('CHANGED');
    } else expect(hosts.get('changed')?.problem).toContain('Host key verification failed');
  });

  it('refuses a host key that nobody knows, and says its fingerprint', async () => {
    lab.configure('Host stranger\n  HostName 10.231.7.3\n  HostKeyAlias stranger');
    const { hosts } = await take('--ssh', 'stranger');
    const shown = lab.tool('n3', `ssh-keygen -lf ${lab.folder}/host-n3.pub`).split(' ')[1];
    expect(hosts.get('stranger')?.problem).toContain(`is not known: it shows ssh-ed25519 ${shown}`);
    expect(hosts.get('stranger')?.problem).toContain('accept it once with: ssh stranger');
  });

  it('knows a host by a hashed name, and asks for the type of key that is known', async () => {
    lab.configure('Host hashed\n  HostName 10.231.7.3\n  HostKeyAlias hashed.example\n');
    const ecdsa = readFileSync(join(lab.folder, 'host-n3-ecdsa.pub'), 'utf8').split(' ').slice(0, 2).join(' ');
    lab.know(`hashed.example ${ecdsa}`);
    lab.tool('n3', `ssh-keygen -q -H -f ${lab.folder}/known_hosts`);
    expect(readFileSync(join(lab.folder, 'known_hosts'), 'utf8')).not.toContain('hashed.example');
    const { hosts, stderr } = await take('--ssh', 'hashed');
    expect(hosts.get('hashed')?.state, stderr).toBe('complete');
  });

  it.each(TRANSPORTS)('a dead node and a closed port (%s)', async transport => {
    lab.configure('Host dead\n  HostName 10.231.7.99\nHost closed\n  HostName 10.231.7.1\n  Port 2222');
    const { code, hosts } = await take('--transport', transport, '--connect-timeout', '2', '--ssh', 'dead,closed,n1');
    expect(code).toBe(4);
    expect([...hosts].map(([name, { state }]) => [name, state])).toEqual([
      ['dead', 'failed'],
      ['closed', 'failed'],
      ['n1', 'complete'],
    ]);
    expect(hosts.get('dead')?.problem).toMatch(/does not answer|no route|timed out|No route/);
    expect(hosts.get('closed')?.problem).toMatch(/[Cc]onnection refused/);
  });

  it('a node without nft is complete, and says so', async () => {
    await lab.add('bare', { replaced: { '/usr/sbin/nft': '' } });
    const { code, hosts } = await take('--ssh', 'bare');
    expect(code).toBe(0);
    expect(hosts.get('bare')?.commands.find(({ file }) => file === 'nft-list-ruleset.txt')?.notRun).toBe(
      'nft is not installed',
    );
  });

  it.each(TRANSPORTS)('a user who is not root and has no sudo gets what he may see (%s)', async transport => {
    const { code, hosts } = await take('--transport', transport, '--ssh', `${USER}@n1`);
    expect(code).toBe(4);
    expect(hosts.get('n1')).toMatchObject({
      state: 'partial',
      problem: expect.stringMatching(
        /^user \d+ is not root and has no sudo without a password: no .*iptables-nft-save-c\.txt/,
      ),
    });
    expect(hosts.get('n1')?.commands.find(({ file }) => file === 'ip-route-table-all.txt')?.status).toBe(0);
    expect(hosts.get('n1')?.commands.find(({ file }) => file === 'iptables-nft-save-c.txt')?.stderr).toMatch(
      /ermission/,
    );
  });

  it('a user with sudo gets everything', async () => {
    if (!existsSync('/usr/bin/sudo')) return console.log('left out: sudo is not installed');
    await lab.add('sudoer', { replaced: { '/etc/sudoers': `root ALL=(ALL) ALL\n${USER} ALL=(ALL) NOPASSWD: ALL\n` } });
    const { code, hosts, stderr } = await take('--ssh', `${USER}@sudoer`);
    expect([code, hosts.get('sudoer')?.user], stderr).toEqual([0, 0]);
  });

  it.each(TRANSPORTS)(
    'a command that hangs is ended, a node that hangs is left (%s)',
    async transport => {
      const slow = '#!/bin/sh\n[ "$1" = save ] && exec sleep 1000\n';
      const suffix = transport;
      await lab.add(`slow${suffix}`, { replaced: { '/usr/sbin/ipset': slow } });
      await lab.add(`hung${suffix}`, { replaced: { '/usr/sbin/ipset': slow, '/usr/bin/timeout': '' } });
      const { code, hosts } = await take(
        '--transport',
        transport,
        '--command-timeout',
        '1',
        '--timeout',
        '6',
        '--ssh',
        `slow${suffix},hung${suffix},n1`,
      );
      expect(code).toBe(4);
      expect(hosts.get('n1')?.state).toBe('complete');
      expect(hosts.get(`slow${suffix}`)).toMatchObject({ state: 'partial', problem: 'failed: ipset-save.txt' });
      expect(hosts.get(`slow${suffix}`)?.commands.find(({ file }) => file === 'ip-rule.txt')?.status).toBe(0);
      expect(hosts.get(`hung${suffix}`)).toMatchObject({
        state: 'partial',
        problem: expect.stringContaining('no end after 6 seconds, at ipset-save.txt'),
      });
      expect(hosts.get(`hung${suffix}`)?.commands.at(-1)).toMatchObject({ file: 'ipset-save.txt', cutOff: true });
    },
    60_000,
  );

  it.each(TRANSPORTS)('output cut in the middle keeps what came (%s)', async transport => {
    const cutting =
      '#!/bin/sh\n[ "$1" = save ] || exit 0\necho create half\nsleep 0.3\np=$PPID\nwhile [ "$(cat /proc/$p/comm)" != sshd ]; do p=$(cut -d" " -f4 /proc/$p/stat); done\nkill -9 $p\n';
    await lab.add(`cut${transport}`, { replaced: { '/usr/sbin/ipset': cutting } });
    const { code, hosts, path } = await take('--transport', transport, '--ssh', `cut${transport}`);
    const host = hosts.get(`cut${transport}`);
    expect(code).toBe(4);
    expect(host).toMatchObject({
      state: 'partial',
      problem: expect.stringMatching(/the output ends in ipset-save\.txt, and what follows is missing$/),
    });
    expect(host?.commands.at(-1)).toMatchObject({ file: 'ipset-save.txt', cutOff: true });
    expect(readFileSync(join(path, `nodes/cut${transport}/ipset-save.txt`), 'utf8')).toBe('create half\n');
    expect(existsSync(join(path, `nodes/cut${transport}/iptables-nft-save-c.txt`))).toBe(true);
    const traced = await chainwalk([
      'trace',
      '10.231.7.254',
      `10.231.7.1:22`,
      '--snapshot',
      path,
      '--node',
      `cut${transport}`,
    ]);
    expect(traced.stdout).toContain('captured in part');
  });

  it('says which keys it tried', async () => {
    lab.configure(`Host locked\n  HostName 10.231.7.1\n  IdentityFile ${lab.folder}/locked`);
    const { hosts } = await take('--ssh', 'locked');
    // The general section adds a key that is accepted; the locked one is passed over.
    expect(hosts.get('locked')?.state).toBe('complete');
    const { hosts: none } = await take('--ssh', `nobody-of-that-name@n1`);
    expect(none.get('n1')?.problem).toMatch(/^nobody-of-that-name@10\.231\.7\.1 port 22 accepts none of: .*\/id$/);
  });
});
