import { createHash, createHmac } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { SshHost } from './config.ts';

/** A line of known_hosts (sshd(8)). */
interface KnownKey {
  readonly file: string;
  readonly line: number;
  readonly revoked: boolean;
  readonly type: string;
  readonly key: string;
}

export type KeyVerdict = { readonly kind: 'known' } | { readonly kind: 'refused'; readonly why: string };

export const fingerprintOf = (key: Buffer): string =>
  `SHA256:${createHash('sha256').update(key).digest('base64').replace(/=+$/, '')}`;

/** The type that a public key's blob begins with. */
export const typeOf = (key: Buffer): string => key.toString('latin1', 4, 4 + key.readUInt32BE(0));

/** What the known_hosts files say of one host: its keys, and whether one that it shows is among them. */
export class KnownHost {
  private readonly host: SshHost;
  private readonly name: string;
  private readonly keys: readonly KnownKey[];

  constructor(host: SshHost) {
    this.host = host;
    this.name = nameOf(host);
    this.keys = host.knownHostsFiles.flatMap(file => keysOf(file, this.name));
  }

  /** Types of the host's keys that are known: they are asked for first, as ssh does. */
  get types(): readonly string[] {
    return [...new Set(this.keys.filter(({ revoked }) => !revoked).map(({ type }) => type))];
  }

  verdict(key: Buffer): KeyVerdict {
    const type = typeOf(key);
    const shown = `${type} ${fingerprintOf(key)}`;
    const text = key.toString('base64');
    const same = this.keys.filter(known => known.key === text);
    const revoked = same.find(known => known.revoked);
    if (revoked) return refused(`the host key of ${this.name} is revoked (${revoked.file}:${revoked.line}): ${shown}`);
    if (same.length > 0) return { kind: 'known' };
    const others = this.keys.filter(known => !known.revoked);
    const [other = undefined] = [...others.filter(known => known.type === type), ...others];
    const { alias } = this.host;
    const check = 'compare it with the one on the node (ssh-keygen -lf /etc/ssh/ssh_host_*_key.pub)';
    if (other)
      return refused(
        `the host key of ${this.name} CHANGED: it shows ${shown}, and ${other.file}:${other.line} has another. ` +
          `Somebody may be in between; ${check}, and if it is right remove the old one: ssh-keygen -R '${this.name}'`,
      );
    return refused(
      `the host key of ${this.name} is not known: it shows ${shown}; ${check}, then accept it once with: ssh ${alias}`,
    );
  }
}

const refused = (why: string): KeyVerdict => ({ kind: 'refused', why });

function nameOf({ hostname, port, hostKeyAlias }: SshHost): string {
  if (hostKeyAlias !== undefined) return hostKeyAlias.toLowerCase();
  return port === 22 ? hostname.toLowerCase() : `[${hostname.toLowerCase()}]:${port}`;
}

function keysOf(file: string, name: string): KnownKey[] {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch {
    return [];
  }
  return text.split('\n').flatMap((line, i) => {
    const [, marker, hosts = '', type = '', key = ''] =
      /^\s*(?:(@\S+)\s+)?(\S+)\s+(\S+)\s+([A-Za-z0-9+/=]+)/.exec(line) ?? [];
    if (hosts === '' || hosts.startsWith('#') || (marker !== undefined && marker !== '@revoked')) return [];
    return isFor(hosts, name) ? [{ file, line: i + 1, revoked: marker === '@revoked', type, key }] : [];
  });
}

/** Hashed (`|1|SALT|HASH`), or patterns of which none with `!` and one without fits. */
function isFor(hosts: string, name: string): boolean {
  const [, salt, hash] = /^\|1\|([^|]+)\|([^|]+)$/.exec(hosts) ?? [];
  if (salt !== undefined) return createHmac('sha1', Buffer.from(salt, 'base64')).update(name).digest('base64') === hash;
  const patterns = hosts.toLowerCase().split(',');
  if (patterns.some(pattern => pattern.startsWith('!') && fits(pattern.slice(1), name))) return false;
  return patterns.some(pattern => fits(pattern, name));
}

const fits = (pattern: string, name: string): boolean =>
  new RegExp(
    `^${pattern
      .replace(/[.+^${}()|[\]\\]/g, '\\$&')
      .replaceAll('*', '.*')
      .replaceAll('?', '.')}$`,
    's',
  ).test(name);
