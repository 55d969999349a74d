import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { homedir, tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseTarget, SshConfig } from '../../../src/capture/ssh/config.ts';

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'chainwalk-config-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

function config(text: string): SshConfig {
  const file = join(folder, 'config');
  writeFileSync(file, text);
  return new SshConfig(file);
}

/** What ssh_config(5) says, and `ssh -G` prints for the same lines. */
describe('a host of the configuration', () => {
  it.each([
    [
      'Host n1\n  HostName 10.0.0.3\n  User admin\n  Port 2222\n',
      'n1',
      { hostname: '10.0.0.3', user: 'admin', port: 2222, alias: 'n1' },
    ],
    ['Host n1\n  User first\nHost *\n  User second\n  Port 23\n', 'n1', { user: 'first', port: 23 }],
    ['Host *.lab !bad.lab\n  User lab\nHost *\n  User other\n', 'bad.lab', { user: 'other' }],
    ['Host n*\n  HostName %h.example.org\n', 'n7', { hostname: 'n7.example.org' }],
    ['Host n1\n  User admin\n  Port 2222\n', 'root@n1:24', { user: 'root', port: 24 }],
    ['', 'n1', { hostname: 'n1', user: userInfo().username, port: 22, proxyJump: [], identitiesNamed: false }],
    ['Host n1\n  ProxyJump a@j1:23,j2\n', 'n1', { proxyJump: ['a@j1:23', 'j2'] }],
    ['Host n1\n  ProxyJump none\nHost *\n  ProxyJump j1\n', 'n1', { proxyJump: [] }],
    [
      'Host n1\n  IdentityFile ~/.ssh/a_%r@%h\n  IdentityFile /b\n  IdentitiesOnly yes\n',
      'u@n1',
      { identityFiles: [join(homedir(), '.ssh/a_u@n1'), '/b'], identitiesNamed: true, identitiesOnly: true },
    ],
    [
      'Host n1\n  UserKnownHostsFile /a /b\n  GlobalKnownHostsFile none\n  HostKeyAlias x\n',
      'n1',
      { knownHostsFiles: ['/a', '/b'], hostKeyAlias: 'x' },
    ],
    ['host=n1\n  hostname="10.0.0.4"\n', 'n1', { hostname: '10.0.0.4' }],
    ['Match host n1\n  User matched\n', 'n1', { user: 'matched' }],
  ])('%j %s', (text, target, expected) => expect(config(text).host(target)).toMatchObject(expected));

  it('reads what is included, and goes on where the Include stood', () => {
    mkdirSync(join(folder, 'd'));
    writeFileSync(join(folder, 'd', '1.conf'), 'Host n1\n  User included\n');
    writeFileSync(join(folder, 'd', '2.other'), 'Host n1\n  User wrong\n');
    const known = config(`Include ${folder}/d/*.conf ${folder}/none\nPort 25\nHost n1\n  User late\n`);
    expect(known.host('n1')).toMatchObject({ user: 'included', port: 25 });
    expect(known.host('n2')).toMatchObject({ port: 25 });
  });

  it('that includes itself ends', () => {
    expect(config(`Include ${folder}/config\nHost n1\n  User u\n`).host('n1').user).toBe('u');
  });

  it('says where the own ssh is needed', () => {
    expect(() => config('Host n1\n  ProxyCommand nc %h %p\n').host('n1')).toThrow(
      'n1: ~/.ssh/config has a ProxyCommand for it; --transport openssh runs it',
    );
    expect(() => config('Host n1\n  Port x\n').host('n1')).toThrow("n1: 'x' is no port");
    expect(() => new SshConfig(join(folder, 'none'))).toThrow('the configuration of ssh cannot be read');
  });

  it('names its hosts', () => {
    const known = config('Host k8s-1 k8s-2 other\nHost k8s-*\n  User x\nHost k8s-3 !k8s-9\n');
    expect(known.names(['k8s-*'])).toEqual(['k8s-1', 'k8s-2', 'k8s-3']);
    expect(known.names(['other', 'none'])).toEqual(['other']);
  });
});

describe('a target', () => {
  it.each([
    ['n1', { host: 'n1' }],
    ['root@10.0.0.3', { user: 'root', host: '10.0.0.3' }],
    ['root@n1:22', { user: 'root', host: 'n1', port: 22 }],
    ['[fd00::1]:22', { host: 'fd00::1', port: 22 }],
    ['u@fd00::1', { user: 'u', host: 'fd00::1' }],
    ['ssh://u@n1:22/', { user: 'u', host: 'n1', port: 22 }],
  ])('%s', (text, target) => expect(parseTarget(text)).toEqual(target));

  it.each(['', '-oProxyCommand=x', 'a b', 'a;b', '@n1', 'u@', '-u@n1', '$(x)'])('%j is none', text =>
    expect(() => parseTarget(text)).toThrow('is no host for ssh'),
  );
});
