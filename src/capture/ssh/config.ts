import { readdirSync, readFileSync } from 'node:fs';
import { homedir, hostname, userInfo } from 'node:os';
import { dirname, isAbsolute, join } from 'node:path';
import { glob, SSHConfig } from 'ssh-config';
import { InputError } from '../../model/source.ts';

/** How to reach and to authenticate one host, as ssh_config(5) says it. */
export interface SshHost {
  /** As the person wrote it. */
  readonly alias: string;
  readonly hostname: string;
  readonly port: number;
  readonly user: string;
  readonly identityFiles: readonly string[];
  /** Whether the person named identity files; else they are the usual ones, which may be missing. */
  readonly identitiesNamed: boolean;
  readonly identitiesOnly: boolean;
  /** Socket of the agent; absent: none. */
  readonly agent?: string;
  /** Hosts to go through, the first one first. */
  readonly proxyJump: readonly string[];
  readonly knownHostsFiles: readonly string[];
  /** Under which the key is looked up instead of the host's name and port. */
  readonly hostKeyAlias?: string;
}

const USUAL_IDENTITIES = ['id_ed25519', 'id_ecdsa', 'id_rsa'];
const SYSTEM = '/etc/ssh';
const MOST_INCLUDES = 16;

const home = (): string => homedir();
const userFolder = (): string => join(home(), '.ssh');

/** The configuration of ssh: of the file that is named, or of the user's and then the system's. */
export class SshConfig {
  private readonly config: SSHConfig;

  constructor(file: string | undefined) {
    const texts =
      file === undefined
        ? [textOf(join(userFolder(), 'config'), userFolder()), textOf(join(SYSTEM, 'ssh_config'), SYSTEM)]
        : [textOf(file, userFolder(), true)];
    this.config = SSHConfig.parse(texts.join('\nMatch all\n'));
  }

  /** Resolves `[user@]host[:port]`. Throws InputError for what is no host, and for what needs the system's ssh. */
  host(target: string): SshHost {
    const { user, host: alias, port } = parseTarget(target);
    const values = new Map(
      Object.entries(
        user === undefined ? this.config.compute(alias) : this.config.compute({ Host: alias, User: user }),
      ).map(([key, value]) => [key.toLowerCase(), value]),
    );
    const one = (key: string): string | undefined => {
      const value = values.get(key);
      return typeof value === 'string' ? value : value?.[0];
    };
    const all = (key: string): string[] => {
      const value = values.get(key);
      return value === undefined ? [] : typeof value === 'string' ? [value] : [...value];
    };
    const command = one('proxycommand');
    if (command !== undefined && command !== 'none')
      throw new InputError(`${alias}: ~/.ssh/config has a ProxyCommand for it; --transport openssh runs it`);
    const name = (one('hostname') ?? alias).replaceAll('%h', alias).replaceAll('%%', '%');
    const named = user ?? one('user') ?? userInfo().username;
    const usedPort = port ?? Number(one('port') ?? 22);
    if (!(Number.isInteger(usedPort) && usedPort > 0 && usedPort < 65_536))
      throw new InputError(`${target}: '${port ?? one('port')}' is no port`);
    const place = { host: name, port: usedPort, user: named, alias };
    const identities = all('identityfile').filter(file => file !== 'none');
    const agent = agentOf(one('identityagent'), place);
    const jump = one('proxyjump');
    const alternative = one('hostkeyalias');
    return {
      alias,
      hostname: name,
      port: usedPort,
      user: named,
      identityFiles: (identities.length > 0 ? identities : USUAL_IDENTITIES.map(file => join(userFolder(), file))).map(
        file => expand(file, place),
      ),
      identitiesNamed: identities.length > 0,
      identitiesOnly: one('identitiesonly')?.toLowerCase() === 'yes',
      ...(agent !== undefined && { agent }),
      proxyJump: jump === undefined || jump === 'none' ? [] : jump.split(',').map(hop => hop.trim()),
      knownHostsFiles: [
        ...words(all('userknownhostsfile'), ['~/.ssh/known_hosts', '~/.ssh/known_hosts2']),
        ...words(all('globalknownhostsfile'), [`${SYSTEM}/ssh_known_hosts`, `${SYSTEM}/ssh_known_hosts2`]),
      ].map(file => expand(file, place)),
      ...(alternative !== undefined && { hostKeyAlias: alternative }),
    };
  }

  /** Names of `Host` lines, without patterns, that one of these patterns fits. */
  names(patterns: readonly string[]): string[] {
    const names = this.config.flatMap(line => {
      if (line.type !== SSHConfig.DIRECTIVE || line.param.toLowerCase() !== 'host') return [];
      return typeof line.value === 'string' ? line.value.split(/\s+/) : line.value.map(({ val }) => val);
    });
    return [...new Set(names)].filter(name => !/[*?!]/.test(name) && patterns.some(pattern => glob(pattern, name)));
  }
}

const words = (values: readonly string[], usual: readonly string[]): readonly string[] =>
  values.length > 0 ? values.flatMap(value => value.split(/\s+/)).filter(file => file !== 'none') : usual;

interface Place {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly alias: string;
}

/** `~`, `${VARIABLE}` and the tokens of ssh_config(5) that a file name may hold. */
function expand(text: string, { host, port, user, alias }: Place): string {
  const { username } = userInfo();
  const tokens = new Map<string, string>([
    ...([
      ['%', '%'],
      ['d', home()],
      ['h', host],
      ['i', String(process.getuid?.() ?? '')],
    ] as const),
    ...([
      ['L', hostname().split('.')[0] ?? ''],
      ['l', hostname()],
      ['n', alias],
      ['p', String(port)],
    ] as const),
    ...([
      ['r', user],
      ['u', username],
    ] as const),
  ]);
  return text
    .replace(/^~(?=\/|$)/, home())
    .replace(/\$\{(\w+)\}/g, (_, name: string) => process.env[name] ?? '')
    .replace(/%(.)/g, (whole, token: string) => tokens.get(token) ?? whole);
}

function agentOf(configured: string | undefined, place: Place): string | undefined {
  const { SSH_AUTH_SOCK } = process.env;
  if (configured === 'none') return undefined;
  if (configured === undefined || configured === 'SSH_AUTH_SOCK') return SSH_AUTH_SOCK || undefined;
  return expand(configured.startsWith('$') ? (process.env[configured.slice(1)] ?? '') : configured, place) || undefined;
}

/** `host`, `user@host`, `host:22`, `[fd00::1]:22`, `ssh://user@host:22`; a bare IPv6 address has no port. */
export function parseTarget(text: string): { user?: string; host: string; port?: number } {
  const bare = text
    .trim()
    .replace(/^ssh:\/\//, '')
    .replace(/\/$/, '');
  const at = bare.lastIndexOf('@');
  const user = at < 0 ? undefined : bare.slice(0, at);
  const rest = bare.slice(at + 1);
  const [, bracketed, after] = /^\[([^\]]+)\](?::(\d+))?$/.exec(rest) ?? [];
  const [, plain, port] = /^([^:]+)(?::(\d+))?$/.exec(rest) ?? [];
  const host = bracketed ?? plain ?? rest;
  const number = after ?? port;
  if (host === '' || user === '' || host.startsWith('-') || user?.startsWith('-') || /[\s/\\'"`$;|&<>]/.test(host))
    throw new InputError(`'${text}' is no host for ssh; write HOST, USER@HOST or USER@HOST:PORT`);
  return { ...(user !== undefined && { user }), host, ...(number !== undefined && { port: Number(number) }) };
}

/** A file of the configuration with what it includes; the section that an `Include` stands in goes on behind it. */
function textOf(file: string, folder: string, needed = false, depth = 0): string {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch {
    if (needed) throw new InputError(`${file}: the configuration of ssh cannot be read`);
    return '';
  }
  let section = 'Match all';
  return text
    .split('\n')
    .map(line => {
      if (/^\s*(?:host|match)[\s=]/i.test(line)) section = line;
      const patterns = /^\s*include[\s=]+(.+)$/i.exec(line)?.[1];
      if (patterns === undefined || depth >= MOST_INCLUDES) return line;
      const files = (patterns.match(/"[^"]*"|\S+/g) ?? []).flatMap(pattern =>
        included(pattern.replaceAll('"', ''), folder),
      );
      return [...files.map(name => textOf(name, folder, false, depth + 1)), section].join('\n');
    })
    .join('\n');
}

function included(pattern: string, folder: string): string[] {
  const path = pattern.replace(/^~(?=\/)/, home());
  const whole = isAbsolute(path) ? path : join(folder, path);
  const name = whole.slice(whole.lastIndexOf('/') + 1);
  if (!/[*?]/.test(whole)) return [whole];
  try {
    return readdirSync(dirname(whole))
      .filter(entry => glob(name, entry))
      .sort()
      .map(entry => join(dirname(whole), entry));
  } catch {
    return [];
  }
}
