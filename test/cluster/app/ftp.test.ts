import { describe, expect, it } from 'vitest';
import type { App } from '../../../src/cluster/app/app.ts';
import { parseDestination, parseEndpoint } from '../../../src/cluster/request.ts';
import { trace } from '../../../src/cluster/trace.ts';
import { C1, lan, nodeFiles } from '../lan.ts';
import { serverRules } from './server.ts';

function get(app: App, source: string, address: string, helper: boolean, lanSpared: boolean) {
  const text = serverRules({ helper: helper ? 'ftp' : undefined, lanSpared, protocol: 'tcp', port: 21 });
  const neighbours = `10.0.0.243 dev eth0 lladdr 02:00:00:00:00:03 REACHABLE
10.0.0.245 dev eth0 lladdr 02:00:00:00:00:02 REACHABLE
`;
  const cluster = lan({ c1: { ...C1, neighbours }, n1: nodeFiles(1, text), n2: nodeFiles(2, text) });
  const { endpoint, protocol } = parseDestination(`${address}:21`);
  return trace(
    cluster,
    { source: parseEndpoint(`${source}:5555`, 's'), destination: endpoint, protocol, app },
    { version: '0' },
  );
}

/** What transfers from vsftpd by curl did in namespaces (`npm run test:transfers`); c1 has no route to the pods there, nor here. */
describe('FTP through a service', () => {
  const WAYS = [
    ['load balancer, policy Local', '10.0.0.9', '10.0.0.245', [false, true, true], [true, true, true]],
    ['pod to cluster IP', '192.168.1.10', '10.96.0.69', [true, true, true], [true, true, true]],
    ['load balancer, masqueraded', '10.0.0.9', '10.0.0.243', [false, true, true], [false, false, true]],
    ['node to cluster IP', '10.0.0.3', '10.96.0.69', [true, true, true], [true, true, true]],
  ] as const;
  const SETTINGS = [
    ['no helper', false, false],
    ['CT --helper ftp', true, false],
    ['helper, LAN not masqueraded', true, true],
  ] as const;
  const cases = WAYS.flatMap(([way, source, address, pasv, port]) =>
    SETTINGS.flatMap(([setting, helper, spared], i) =>
      [['ftp', pasv[i]] as const, ['ftp-epsv', helper] as const, ['ftp-active', port[i]] as const].map(
        ([app, works]) => [way, setting, app, source, address, helper, spared, works] as const,
      ),
    ),
  );
  it.each(cases)('%s, %s, %s', (_way, _setting, app, source, address, helper, spared, works) => {
    const [outcome] = get(app, source, address, helper, spared).outcomes;
    expect(outcome?.disposition).toBe('delivered');
    expect(outcome?.answered?.accepted).toBe(works);
  });

  it('says where the data connection goes', () => {
    const text = (...given: Parameters<typeof get>) => get(...given).outcomes[0]?.answered?.text;
    expect(text('ftp', '10.0.0.9', '10.0.0.243', true, false)).toBe(
      'c1 gets its answer from 10.0.0.243:21, whom it asked; its data connection to 10.0.0.243:49152 reaches the server',
    );
    expect(text('ftp', '10.0.0.9', '10.0.0.243', false, false)).toMatch(
      /^the login works, but the data connection to 192\.168\.2\.10:49152 does not reach the server: /,
    );
    expect(get('ftp', '10.0.0.9', '10.0.0.243', true, false).app?.text).toBe(
      'the transfer works: the ftp helper of n1 expects the data connection of the client',
    );
  });

  it('says who connects to the client, and why a server would not', () => {
    const text = (...given: Parameters<typeof get>) => get(...given).outcomes[0]?.answered?.text;
    expect(text('ftp-active', '10.0.0.9', '10.0.0.243', true, true)).toBe(
      'c1 gets its answer from 10.0.0.243:21, whom it asked; the data connection of the server reaches c1',
    );
    expect(text('ftp-active', '10.0.0.9', '10.0.0.243', false, false)).toBe(
      'the login works, but the client names its address 10.0.0.9 for the data, and the server sees it as 10.0.0.3: servers refuse that (RFC 2577)',
    );
    expect(text('ftp-active', '10.0.0.9', '10.0.0.243', true, false)).toMatch(
      /^the login works, but the data connection of the server, from 192\.168\.2\.10:20, ends up at /,
    );
  });

  it('is asked for by tcp', () => {
    const request = {
      source: parseEndpoint('10.0.0.9', 's'),
      destination: parseEndpoint('10.0.0.243:21', 'd'),
      protocol: 17,
    };
    expect(() => trace(lan({ n1: nodeFiles(1) }), { ...request, app: 'ftp' }, { version: '0' })).toThrow(
      'FTP is asked for by tcp; write the destination as ADDRESS:21',
    );
  });
});
