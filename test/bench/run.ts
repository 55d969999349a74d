import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildSync } from 'esbuild';
import { captureTimes, whyNoCapture } from './capture.ts';
import { kubeProxyNft } from './nft-ruleset.ts';
import { inTurn, median, ratio, run, type Timed } from './pairs.ts';
import { kubeProxyRuleset } from './ruleset.ts';

/** How large and how fast: whole processes in turn, so that only ratios count. `--json FILE`, `--rounds N`. */
interface Result {
  readonly name: string;
  readonly ratio: number;
  readonly goal: number;
  readonly met: boolean;
}

const argument = (name: string): string | undefined => {
  const at = process.argv.indexOf(name);
  return at < 0 ? undefined : process.argv[at + 1];
};
const rounds = Math.max(9, Number(argument('--rounds') ?? 9));
const here = fileURLToPath(new URL('.', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'chainwalk-bench-'));
const results: Result[] = [];
const say = (text: string) => process.stdout.write(`${text}\n`);

function result(name: string, value: number, goal: number, atLeast = false): void {
  const met = atLeast ? value >= goal : value <= goal;
  results.push({ name, ratio: Number(value.toFixed(3)), goal, met });
  say(`${met ? 'met    ' : 'NOT MET'}  ${name}: ${value.toFixed(2)}, goal ${atLeast ? 'at least' : 'at most'} ${goal}`);
}

function write(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

function bundle(name: string): string {
  const outfile = join(folder, `${name}.cjs`);
  buildSync({ entryPoints: [`${here}${name}.ts`], outfile, bundle: true, platform: 'node', logLevel: 'warning' });
  return outfile;
}

const node = (...args: readonly string[]): Timed => ({ command: [process.execPath, ...args] });
const chainwalk = fileURLToPath(new URL('../../bin/run.js', import.meta.url));
const trace = ({ file, service }: Dump): readonly string[] => [chainwalk, 'trace', '10.0.0.1', service, '-f', file];

/** iptables-legacy-restore reads the live tables first, so it runs where there are none. */
const LIMIT = 120_000;
const restore = (file: string): Timed => ({
  command: ['unshare', '-n', 'sh', '-c', `exec iptables-legacy-restore --test < ${file}`],
  limit: LIMIT,
});

function whyNoRestore(): string | undefined {
  if (process.getuid?.() !== 0) return 'a network namespace of its own needs root';
  try {
    run({ command: ['unshare', '-n', 'iptables-legacy-restore', '--version'] });
    return undefined;
  } catch {
    return 'unshare or iptables-legacy-restore is not installed';
  }
}

/** A ruleset on disk, and the service in the middle of its list: half of the others stand before it. */
interface Dump {
  readonly file: string;
  readonly service: string;
}

function ruleset(count: number): Dump {
  const { text, services } = kubeProxyRuleset(count, 10);
  const { address, port } = services[count >> 1] ?? { address: '', port: 0 };
  return { file: write(`${count}.txt`, text), service: `${address}:${port}` };
}

function starts(split: string, parse: string, noRestore: string | undefined): void {
  const dump = ruleset(3100);
  const { file } = dump;
  say(`\n100,000 rules (3,100 services of 10 endpoints), ${rounds} rounds`);
  const [bare, version, lines, cold, all] = inTurn(
    [node('-e', '0'), node(chainwalk, '--version'), node(split, file), node(...trace(dump)), node(parse, file)],
    rounds,
  );
  const restored = noRestore === undefined ? inTurn([node(...trace(dump)), restore(file)], rounds) : undefined;
  result('chainwalk --version / node -e 0', ratio(version, bare), 2.6);
  result('cold trace / node -e 0', ratio(cold, bare), 7);
  result('cold trace / read and split', ratio(cold, lines), 2.5);
  if (restored) result('cold trace / iptables-legacy-restore --test', ratio(restored[0], restored[1]), 0.25);
  result('every rule parsed / read and split', ratio(all, lines), 5);
  const ms = [bare, version, lines, cold, all].map(times => median(times ?? []).toFixed(0));
  say(`medians in ms: node ${ms[0]}, --version ${ms[1]}, read and split ${ms[2]}, cold trace ${ms[3]}, parse ${ms[4]}`);
}

function growth(parse: string): void {
  say('\nevery rule parsed, per rule');
  const files = [ruleset(10_000), ruleset(37_500)];
  const each = ({ file }: Dump) => Number(JSON.parse(run(node(parse, file)).out).nanoseconds);
  const times = Array.from({ length: rounds }, () => files.map(each));
  result('per rule at 1.2 million / at 320,000', median(times.map(([few = 0, many = 0]) => many / few)), 1.25);
}

function memory(): void {
  say('\npeak memory of the cold trace at 320,000 rules');
  const peak = write(
    'peak.cjs',
    "process.on('exit', () => process.stderr.write('peak ' + process.resourceUsage().maxRSS))",
  );
  const dump = ruleset(10_000);
  const of = (...args: readonly string[]) => {
    const out = run({ command: ['sh', '-c', '"$@" 2>&1', 'sh', process.execPath, '--require', peak, ...args] }).out;
    return Number(/peak (\d+)$/.exec(out)?.[1]) * 1024;
  };
  const rules = 320_012;
  const bytes = Array.from({ length: rounds }, () => (of(...trace(dump)) - of('-e', '0')) / rules);
  result('bytes a rule beyond bare Node', median(bytes), 400);
}

function packets(walker: string): void {
  say('\npackets through 10,000 services');
  const { rate, rulesEach, differences } = JSON.parse(run(node('--max-old-space-size=4096', walker, '10000')).out);
  result('packets a second through the index', rate, 200_000, true);
  say(`each with its list of ${Number(rulesEach).toFixed(1)} rules on average`);
  result('of 500 packets those that the linear walk differs in', differences, 0);
}

function sizes(parse: string, walker: string, noRestore: string | undefined): void {
  say('\nservices   rules     cold trace /            full parse /            warm trace');
  say('                     node -e 0   restore     node -e 0   restore     ms');
  for (const services of [1000, 10_000, 20_000]) {
    const dump = ruleset(services);
    const { file } = dump;
    const [bare, cold, all] = inTurn([node('-e', '0'), node(...trace(dump)), node(parse, file)], 3);
    const restored = noRestore === undefined ? run(restore(file)).ms : undefined;
    const to = (times: readonly number[] = []) =>
      restored === undefined
        ? '-'
        : Number.isFinite(restored)
          ? (median(times) / restored).toFixed(3)
          : `< ${(median(times) / LIMIT).toFixed(3)}`;
    const warm = JSON.parse(run(node('--max-old-space-size=4096', walker, String(services), '0.02')).out).warmTrace;
    const cells = [services, services * 32 + 12, ratio(cold, bare).toFixed(1), to(cold), ratio(all, bare).toFixed(1)];
    say([...cells, to(all), Number(warm).toFixed(2)].map((cell, i) => String(cell).padEnd(i < 2 ? 10 : 12)).join(''));
  }
}

/** A map finds every service as fast as the first. */
const traceNft = (file: string): readonly string[] => trace({ file, service: '10.96.0.10:80' });

/** kube-proxy's nftables mode: reading its text, and a trace through it from either form. */
function nftables(split: string, read: string): void {
  const parse = write(
    'parse.cjs',
    "if (JSON.parse(require('node:fs').readFileSync(process.argv[2], 'utf8')).nftables.length < 2) throw new Error()",
  );
  const small = nftRuleset(3100);
  say('\nnftables mode, 3,100 services of 10 endpoints');
  const [bare, lines, own, json, cold] = inTurn(
    [
      node('-e', '0'),
      node(split, small.text),
      node(read, small.text),
      node(parse, small.json),
      node(...traceNft(small.text)),
    ],
    rounds,
  );
  result('nft text read / read and split', ratio(own, lines), 3);
  result('nft text read / JSON.parse of the same ruleset', ratio(own, json), 0.75);
  result('cold trace of nft text / node -e 0', ratio(cold, bare), 7);
  say('\nnftables mode, 10,000 services of 10 endpoints: medians in ms');
  const large = nftRuleset(10_000);
  const [textual, parsed, fromJson] = inTurn(
    [node(...traceNft(large.text)), node(parse, large.json), node(...traceNft(large.json))],
    3,
  );
  const limit = 5 * LIMIT; // the time of `nft -c` grows with the square of the chains
  const checked = whyNoNft() ?? run({ command: ['unshare', '-n', 'nft', '-c', '-f', large.text], limit }).ms;
  const against =
    typeof checked === 'string'
      ? `not run: ${checked}`
      : Number.isFinite(checked)
        ? checked.toFixed(0)
        : `given up after ${limit}`;
  say(`trace of text ${median(textual ?? []).toFixed(0)}, nft -c -f of it ${against}`);
  say(`trace of JSON ${median(fromJson ?? []).toFixed(0)}, JSON.parse of it ${median(parsed ?? []).toFixed(0)}`);
}

function nftRuleset(services: number): { text: string; json: string } {
  const { text, json } = kubeProxyNft(services, 10);
  return { text: write(`${services}.nft`, text), json: write(`${services}.nft.json`, json) };
}

function whyNoNft(): string | undefined {
  if (process.getuid?.() !== 0) return 'a network namespace of its own needs root';
  try {
    run({ command: ['unshare', '-n', 'nft', '--version'] });
    return undefined;
  } catch {
    return 'unshare or nft is not installed';
  }
}

const splitter = (): string =>
  write(
    'split.cjs',
    `for (const file of process.argv.slice(2))
      if (require('node:fs').readFileSync(file, 'utf8').split('\\n').length < 2) throw new Error('empty')`,
  );

/** Two captures of 10,000 services that differ in one endpoint: all three layers, held against reading both files. */
function diffs(split: string): void {
  const replaced = { service: 5000, endpoint: 3 };
  const pairs = [
    [
      'iptables',
      [1, 2].map(i => write(`pair-${i}.txt`, kubeProxyRuleset(10_000, 10, 1, i === 1 ? undefined : replaced).text)),
      3,
    ],
    [
      'nftables',
      [1, 2].map(i => write(`pair-${i}.nft`, kubeProxyNft(10_000, 10, 1, i === 1 ? undefined : replaced).text)),
      3,
    ],
  ] as const;
  say(`\ndiff of two captures of 10,000 services of 10 endpoints that differ in one endpoint`);
  for (const [mode, files, goal] of pairs) {
    const [lines, all] = inTurn([node(split, ...files), node(chainwalk, 'diff', ...files)], rounds);
    result(`diff in three layers / read and split both, ${mode}`, ratio(all, lines), goal);
    const { passedOver, fate, rules } = JSON.parse(run(node(chainwalk, 'diff', ...files, '--json')).out);
    say(
      `passed over as equal: ${passedOver.chains} chains with ${passedOver.rules} rules; ${rules.length} chains differ`,
    );
    say(
      `fate: ${fate.classes} classes in ${fate.walks} walks, ${fate.changed.length} changed, ${fate.undecided.length} undecided`,
    );
    say(`medians in ms: read and split ${median(lines ?? []).toFixed(0)}, diff ${median(all ?? []).toFixed(0)}`);
  }
}

async function captures(): Promise<void> {
  const why = whyNoCapture();
  if (why !== undefined) {
    say(`\ncaptures left out: ${why}`);
    return;
  }
  say('\ncaptures of this machine by sshd on 50 ports of the loopback');
  const { one, fifty, ms, cost, startUp } = await captureTimes(folder, rounds);
  result('one node by ssh2 / OpenSSH with the same script', one, 0.85);
  result('50 nodes, 10 at once / the script 50 times here, 10 at once', fifty, 1.35);
  const [script, ssh2, openssh, all, local] = ms.map(time => time.toFixed(0));
  say(`medians in ms: script ${script}, ssh2 ${ssh2}, OpenSSH ${openssh}, 50 by ssh2 ${all}, 50 here ${local}`);
  say(`the script costs a node ${cost}`);
  say(
    `left out: what root's shell reads at every login here (~/.bashrc), ${startUp.toFixed(0)} ms; each node has its own`,
  );
}

try {
  if (process.argv.includes('--capture')) await captures();
  else if (process.argv.includes('--diff')) diffs(splitter());
  else {
    const noRestore = whyNoRestore();
    if (noRestore !== undefined) say(`without iptables-legacy-restore: ${noRestore}`);
    const split = splitter();
    const [parse, walker] = [bundle('parse-all'), bundle('packets')];
    starts(split, parse, noRestore);
    growth(parse);
    memory();
    packets(walker);
    nftables(split, bundle('read-nft'));
    diffs(split);
    await captures();
    if (!process.argv.includes('--goals')) sizes(parse, walker, noRestore);
  }
} finally {
  rmSync(folder, { recursive: true });
}
const json = argument('--json');
if (json !== undefined) writeFileSync(json, `${JSON.stringify(results, null, 2)}\n`);
const missed = results.filter(({ met }) => !met).length;
say(`\n${results.length} goals, ${missed} not met`);
process.exitCode = missed > 0 ? 1 : 0;
