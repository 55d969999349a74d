import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** Of namespaces, links and the user; another one lets two labs live side by side. */
const { CHAINWALK_LAB_PREFIX = 'cwcap' } = process.env;
export const USER = `${CHAINWALK_LAB_PREFIX}-user`;
const LAN = '10.231.7';

export interface Host {
  readonly name: string;
  readonly address: string;
}

/** Why no lab can be built here; undefined: it can. */
export function whyNoLab(): string | undefined {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return 'needs root on Linux';
  const tools = ['/usr/sbin/sshd', '/usr/bin/ssh', '/usr/bin/ssh-keygen', '/usr/sbin/useradd', '/usr/sbin/nft'];
  const missing = tools.filter(tool => !existsSync(tool));
  return missing.length > 0 ? `needs ${missing.join(', ')} (openssh-server, nftables, passwd)` : undefined;
}

const run = (command: string, input?: string): string =>
  execFileSync('sh', ['-ec', command], { input, encoding: 'utf8', stdio: ['pipe', 'pipe', 'pipe'] });

/** Replaces a program for one host alone, by a mount in its namespace. */
export type Replaced = Readonly<Record<string, string>>;

/** Hosts in network namespaces on one LAN, each with a real sshd, and a client's ~/.ssh for them. */
export class Lab {
  readonly folder = mkdtempSync(join(tmpdir(), 'chainwalk-sshd-'));
  readonly config = join(this.folder, 'config');
  readonly hosts: Host[] = [];
  private readonly servers: ChildProcess[] = [];

  constructor() {
    this.clean();
    mkdirSync('/run/sshd', { recursive: true });
    run(`ssh-keygen -q -t ed25519 -N '' -f ${this.folder}/id && ssh-keygen -q -t ed25519 -N '' -f ${this.folder}/other
      ssh-keygen -q -t ed25519 -N secret -f ${this.folder}/locked
      useradd -M -p '*' -s /bin/sh ${USER} 2>/dev/null || true
      ip netns add ${this.space('lan')}
      ip -n ${this.space('lan')} link add br0 type bridge
      ip -n ${this.space('lan')} link set br0 up
      ip link add ${CHAINWALK_LAB_PREFIX}0 type veth peer name here netns ${this.space('lan')}
      ip -n ${this.space('lan')} link set here master br0 up
      ip addr add ${LAN}.254/24 dev ${CHAINWALK_LAB_PREFIX}0
      ip link set ${CHAINWALK_LAB_PREFIX}0 up`);
    writeFileSync(this.config, '');
    writeFileSync(join(this.folder, 'known_hosts'), '');
    chmodSync(this.folder, 0o755);
  }

  private readonly space = (name: string): string => `${CHAINWALK_LAB_PREFIX}-${name}`;

  /** A host with its own address and sshd, in the configuration under its name. */
  async add(
    name: string,
    options: { readonly replaced?: Replaced; readonly path?: string; readonly lines?: string } = {},
  ): Promise<Host> {
    const host = { name, address: `${LAN}.${this.hosts.length + 1}` };
    const space = this.space(name);
    // Without duplicate address detection, which ends between one capture and the next.
    run(`ip netns add ${space}
      ip netns exec ${space} sysctl -qw net.ipv6.conf.all.accept_dad=0 net.ipv6.conf.default.accept_dad=0
      ip link add eth0 netns ${space} type veth peer name ${name} netns ${this.space('lan')}
      ip -n ${this.space('lan')} link set ${name} master br0 up
      ip -n ${space} link set lo up
      ip -n ${space} addr add ${host.address}/24 dev eth0
      ip -n ${space} link set eth0 up`);
    this.hosts.push(host);
    run(
      `ssh-keygen -q -t ed25519 -N '' -f ${this.folder}/host-${name}; ssh-keygen -q -t ecdsa -N '' -f ${this.folder}/host-${name}-ecdsa`,
    );
    const config = join(this.folder, `sshd-${name}`);
    writeFileSync(
      config,
      [
        `HostKey ${this.folder}/host-${name}`,
        `HostKey ${this.folder}/host-${name}-ecdsa`,
        `AuthorizedKeysFile ${this.folder}/id.pub ${this.folder}/locked.pub`,
        'PidFile none\nStrictModes no\nUsePAM no\nPasswordAuthentication no\nKbdInteractiveAuthentication no\nUseDNS no',
        'PermitRootLogin prohibit-password\nMaxStartups 100',
        options.lines ?? '',
      ].join('\n'),
    );
    const mounts = Object.entries(options.replaced ?? {}).map(([program, text], i) => {
      const stand = join(this.folder, `stand-${name}-${i}`);
      writeFileSync(stand, text);
      if (text !== '') chmodSync(stand, 0o755);
      return `mount --bind ${stand} ${program}`;
    });
    const server = spawn(
      'ip',
      ['netns', 'exec', space, 'sh', '-ec', [...mounts, `exec /usr/sbin/sshd -D -e -f ${config}`].join('\n')],
      {
        stdio: ['ignore', 'ignore', 'pipe'],
      },
    );
    let said = '';
    server.stderr.on('data', chunk => {
      said += chunk;
    });
    this.servers.push(server);
    for (let tries = 0; !(await answers(host.address)); tries++) {
      if (tries > 100 || server.exitCode !== null) throw new Error(`sshd of ${name} does not answer: ${said}`);
      await sleep(50);
    }
    this.know(`${host.address} ${this.keyOf(name)}`);
    this.configure(`Host ${name}\n  HostName ${host.address}`);
    return host;
  }

  keyOf(name: string): string {
    return readFileSync(join(this.folder, `host-${name}.pub`), 'utf8')
      .split(' ')
      .slice(0, 2)
      .join(' ');
  }

  know(line: string): void {
    writeFileSync(join(this.folder, 'known_hosts'), `${line}\n`, { flag: 'a' });
  }

  configure(text: string): void {
    const general = `Host *\n  User root\n  IdentityFile ${this.folder}/id\n  IdentitiesOnly yes\n  UserKnownHostsFile ${this.folder}/known_hosts\n  GlobalKnownHostsFile none\n`;
    const own = readFileSync(this.config, 'utf8').replace(general, '');
    writeFileSync(this.config, `${own}${text}\n${general}`);
  }

  /** Runs a tool in a host's namespace. */
  tool(name: string, command: string, input?: string): string {
    return run(`ip netns exec ${this.space(name)} ${command}`, input);
  }

  private clean(): void {
    run(`ip link del ${CHAINWALK_LAB_PREFIX}0 2>/dev/null || true
      for n in $(ip netns list | cut -d' ' -f1); do case $n in ${CHAINWALK_LAB_PREFIX}-*) ip netns del $n ;; esac; done`);
  }

  close(): void {
    for (const server of this.servers) server.kill('SIGKILL');
    this.clean();
    run(`userdel ${USER} 2>/dev/null || true`);
    rmSync(this.folder, { recursive: true });
  }
}

const answers = (address: string): Promise<boolean> =>
  new Promise(resolve => {
    const socket = connect({ host: address, port: 22 });
    const end = (answer: boolean) => {
      socket.destroy();
      resolve(answer);
    };
    socket.once('data', () => end(true));
    socket.once('error', () => end(false));
    socket.setTimeout(500, () => end(false));
  });
