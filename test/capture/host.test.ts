import { describe, expect, it } from 'vitest';
import { CaptureFailure } from '../../src/capture/failure.ts';
import { captureHost, type HostOptions, type HostProgress, identityOf, type Target } from '../../src/capture/host.ts';

const OPTIONS: HostOptions = { nftJson: false, pods: false, seconds: 5, commandSeconds: 5 };

/** A host whose script prints this; `@@` stands for the separator. */
function hostThat(
  print: string,
  more: Partial<Target> & { readonly stderr?: string; readonly afterwards?: () => Promise<void> } = {},
) {
  const { stderr = '', afterwards = async () => {}, ...target } = more;
  const host: Target = {
    name: 'n1',
    group: 'nodes',
    how: 'test',
    run: async (script, sink) => {
      const separator = /S='([^']+)'/.exec(script)?.[1] ?? '';
      sink.started();
      sink.stdout(Buffer.from(print.replaceAll('@@', separator)));
      sink.stderr(Buffer.from(stderr.replaceAll('@@', separator)));
      await afterwards();
    },
    ...target,
  };
  return host;
}

const START =
  '\n@@ > @user 100.00 \n0\n\n@@ < 0 100.00\n\n@@ > @clock 100.00 \n1700000000.5\n\n@@ < 0 100.00\n\n@@ > @machine-id 100.00 cat\nabc\n\n@@ < 0 100.00\n';
const RULES = '\n@@ > iptables-nft-save-c.txt 101.00 iptables-nft-save -c\n*nat\nCOMMIT\n\n@@ < 0 101.50\n';
const END = '\n@@ .\n';

async function take(target: Target, options: Partial<HostOptions> = {}) {
  const told: HostProgress[] = [];
  const { about, files } = await captureHost(target, { ...OPTIONS, ...options }, progress => told.push(progress));
  return { about, files: new Map([...files].map(([path, bytes]) => [path, Buffer.from(bytes).toString()])), told };
}

describe('a host', () => {
  it('that said everything', async () => {
    const { about, files, told } = await take(hostThat(START + RULES + END));
    expect(about).toMatchObject({
      state: 'complete',
      folder: 'nodes/n1',
      user: 0,
      clock: '2023-11-14T22:13:20.500Z',
      identity: identityOf('abc'),
      commands: [
        {
          file: 'iptables-nft-save-c.txt',
          command: 'iptables-nft-save -c',
          status: 0,
          start: '2023-11-14T22:13:21.500Z',
          seconds: 0.5,
        },
      ],
    });
    expect(about.problem).toBeUndefined();
    expect([...files]).toEqual([['nodes/n1/iptables-nft-save-c.txt', '*nat\nCOMMIT\n']]);
    expect(JSON.stringify([about, [...files]])).not.toContain('abc"');
    expect(told.map(({ state }) => state)).toEqual(['connecting', 'running', 'running', 'complete']);
    expect(told[2]?.file).toBe('iptables-nft-save-c.txt');
  });

  it('that was interrupted, and the next one, which is not begun', async () => {
    const controller = new AbortController();
    const { signal: interrupted } = controller;
    let late = () => {};
    const slow = hostThat(START + RULES, {
      afterwards: () => new Promise<void>(resolve => setTimeout(() => resolve(late()))),
    });
    const target: Target = {
      ...slow,
      run: async (script, sink, signal) => {
        late = () => sink.started();
        const running = slow.run(script, sink, signal);
        controller.abort();
        await running;
      },
    };
    const { about, files, told } = await take(target, { interrupted });
    expect(about.problem).toMatch(/^interrupted, at iptables-nft-save-c.txt; the output ends /);
    expect([about.state, [...files.keys()]]).toEqual(['partial', ['nodes/n1/iptables-nft-save-c.txt']]);
    await new Promise(resolve => setTimeout(resolve, 5));
    expect(told.at(-1)?.state).toBe('partial');
    const next = await take(hostThat(START + END), { interrupted });
    expect([next.about.state, next.about.problem, next.files.size]).toEqual(['failed', 'interrupted', 0]);
  });

  it.each([
    [
      'one that has no tool for rules',
      '\n@@ ! iptables-save-c.txt iptables-save\n\n@@ ! nft-list-ruleset.txt nft\n',
      {},
      'no rules: neither iptables-save nor nft is there',
    ],
    [
      'rules that failed',
      '\n@@ > iptables-nft-save-c.txt 101.00 x\n\n@@ < 4 101.50\n',
      {},
      'failed: iptables-nft-save-c.txt',
    ],
    [
      'a command that took too long',
      `${RULES}\n@@ > ipset-save.txt 101.00 x\n\n@@ < 124 161.00\n`,
      {},
      'failed: ipset-save.txt',
    ],
  ])('%s is partial', async (_, print, more, problem) => {
    const { about } = await take(hostThat(START + print + END, more));
    expect(about).toMatchObject({ state: 'partial', problem });
  });

  it.each([
    [
      'whose kernel has no tables',
      '\n@@ - iptables-legacy-save-c.txt the kernel has no legacy tables\n\n@@ - nft-list-ruleset.txt nf_tables is not loaded\n',
      'nodes',
    ],
    ['outside, without a tool for rules', '\n@@ ! iptables-save-c.txt iptables-save\n', 'outside'],
    [
      'where something that is not needed failed',
      `${RULES}\n@@ > bridge-vlan.txt 101.00 x\n\n@@ < 255 101.50\n`,
      'nodes',
    ],
  ] as const)('%s is complete', async (_, print, group) => {
    expect((await take(hostThat(START + print + END, { group }))).about.state).toBe('complete');
  });

  it('without root says whose rules are missing', async () => {
    const print =
      START.replace('\n0\n', '\n1000\n') + RULES.replace('*nat\nCOMMIT\n', '').replace('< 0 101', '< 4 101');
    const { about, files } = await take(
      hostThat(print + END, { stderr: '\n@@ > iptables-nft-save-c.txt\nPermission denied\n' }),
    );
    expect(about).toMatchObject({
      state: 'partial',
      user: 1000,
      problem: 'user 1000 is not root and has no sudo without a password: no iptables-nft-save-c.txt',
    });
    expect(about.commands[0]).toMatchObject({ status: 4, stderr: 'Permission denied' });
    expect(files.size).toBe(0);
  });

  it('whose connection ends keeps what came', async () => {
    const broken = hostThat(`${START}${RULES}\n@@ > ipset-save.txt 102.00 ipset save\ncreate a`, {
      afterwards: () => Promise.reject(new CaptureFailure('the connection was closed')),
    });
    const { about, files } = await take(broken);
    expect(about).toMatchObject({
      state: 'partial',
      problem: 'the connection was closed; the output ends in ipset-save.txt, and what follows is missing',
    });
    expect(about.commands[1]).toMatchObject({ file: 'ipset-save.txt', cutOff: true });
    expect(files.get('nodes/n1/ipset-save.txt')).toBe('create a');
  });

  it('that hangs is left when its time is up', async () => {
    const { about } = await take(
      hostThat(`${START}\n@@ > ipset-save.txt 102.00 ipset save\n`, { afterwards: () => new Promise(() => {}) }),
      { seconds: 1 },
    );
    expect(about.problem).toBe(
      'no end after 1 seconds, at ipset-save.txt: --timeout sets the limit; the output ends in ipset-save.txt, and what follows is missing',
    );
  });

  it.each([
    [
      'nobody reached',
      async () => {
        throw new CaptureFailure('connection refused');
      },
      'connection refused',
    ],
    ['has no shell', async () => {}, 'no output of the script'],
  ])('%s has failed', async (_, run, problem) => {
    const { about, files, told } = await take({ name: 'n1', group: 'nodes', how: 'test', run });
    expect(about).toMatchObject({ state: 'failed', problem, commands: [] });
    expect(files.size).toBe(0);
    expect(told.at(-1)).toEqual({ state: 'failed', bytes: 0, problem });
  });
});
