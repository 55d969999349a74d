import { createHmac } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { SshHost } from '../../../src/capture/ssh/config.ts';
import { fingerprintOf, KnownHost } from '../../../src/capture/ssh/known-hosts.ts';

/** Made by `ssh-keygen -t ed25519`, with the fingerprint that `ssh-keygen -l` prints. */
const KEY = 'AAAAC3NzaC1lZDI1NTE5AAAAIPI+SqfcTv/7BSFh5Wch3lNfHgZYhi/VCE3/ndx40Kje';
const FINGERPRINT = 'SHA256:0NVC8lp6VJAnGjoDsSFi+/kmlxUHbHfdetZBSytgs1M';
const OTHER = `AAAAC3NzaC1lZDI1NTE5AAAAI${'A'.repeat(43)}`;
const RSA = 'AAAAB3NzaC1yc2EAAAADAQABAAAA';

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'chainwalk-known-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

function known(text: string, host: Partial<SshHost> = {}): KnownHost {
  const file = join(folder, 'known_hosts');
  writeFileSync(file, text);
  return new KnownHost({
    alias: 'n1',
    hostname: 'n1.lab',
    port: 22,
    user: 'root',
    identityFiles: [],
    identitiesNamed: false,
    identitiesOnly: false,
    proxyJump: [],
    knownHostsFiles: [file, join(folder, 'none')],
    ...host,
  });
}

const hashed = (name: string): string => {
  const salt = Buffer.from('0123456789abcdefghij');
  return `|1|${salt.toString('base64')}|${createHmac('sha1', salt).update(name).digest('base64')}`;
};
const verdict = (text: string, host: Partial<SshHost> = {}) => {
  const found = known(text, host).verdict(Buffer.from(KEY, 'base64'));
  return found.kind === 'known' ? 'known' : found.why;
};

describe('a host key', () => {
  it('has the fingerprint that ssh prints', () => expect(fingerprintOf(Buffer.from(KEY, 'base64'))).toBe(FINGERPRINT));

  it.each([
    [`n1.lab ssh-ed25519 ${KEY}`, {}],
    [`N1.LAB ssh-ed25519 ${KEY} a comment`, {}],
    [`other,n1.lab ssh-ed25519 ${KEY}`, {}],
    [`*.lab,!n2.lab ssh-ed25519 ${KEY}`, {}],
    [`n?.lab ssh-ed25519 ${KEY}`, {}],
    [`${hashed('n1.lab')} ssh-ed25519 ${KEY}`, {}],
    [`[n1.lab]:2222 ssh-ed25519 ${KEY}`, { port: 2222 }],
    [`${hashed('[n1.lab]:2222')} ssh-ed25519 ${KEY}`, { port: 2222 }],
    [`x ssh-ed25519 ${KEY}`, { hostKeyAlias: 'X', port: 2222 }],
    [`# n1.lab\nn1.lab ssh-rsa ${RSA}\nn1.lab ssh-ed25519 ${OTHER}\nn1.lab ssh-ed25519 ${KEY}`, {}],
  ])('is known by %j', (text, host) => expect(verdict(text, host)).toBe('known'));

  it.each([
    ['', {}],
    [`n2.lab ssh-ed25519 ${KEY}`, {}],
    [`*.lab,!n1.lab ssh-ed25519 ${KEY}`, {}],
    [`n1.lab ssh-ed25519 ${KEY}`, { port: 2222 }],
    [`n1xlab ssh-ed25519 ${KEY}`, {}],
    [`#n1.lab ssh-ed25519 ${KEY}`, {}],
    [`@cert-authority n1.lab ssh-ed25519 ${KEY}`, {}],
    [`${hashed('n2.lab')} ssh-ed25519 ${KEY}`, {}],
  ])('is not known by %j', (text, host) => {
    const why = verdict(text, host);
    expect(why).toContain(`is not known: it shows ssh-ed25519 ${FINGERPRINT}; compare it`);
    expect(why).toContain('accept it once with: ssh n1');
  });

  it('is refused where another one is known', () => {
    const why = verdict(`# first\nn1.lab ssh-ed25519 ${OTHER}`);
    expect(why).toContain(`CHANGED: it shows ssh-ed25519 ${FINGERPRINT}, and ${folder}/known_hosts:2 has another`);
    expect(why).toContain("ssh-keygen -R 'n1.lab'");
    expect(verdict(`n1.lab ssh-rsa ${RSA}`)).toContain('CHANGED');
  });

  it('is refused where it is revoked, whatever else is said of it', () =>
    expect(verdict(`n1.lab ssh-ed25519 ${KEY}\n@revoked * ssh-ed25519 ${KEY}`)).toContain('is revoked'));

  it('is asked for by the types that are known', () =>
    expect(
      known(`n1.lab ssh-rsa ${RSA}\nn1.lab ssh-ed25519 ${KEY}\n@revoked n1.lab ecdsa-sha2-nistp256 ${OTHER}`).types,
    ).toEqual(['ssh-rsa', 'ssh-ed25519']));
});
