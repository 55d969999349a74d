import { parseArgs } from 'node:util';
import { Random } from '../generate/random.ts';
import { Agents } from './agents.ts';
import { captureCluster } from './captured.ts';
import { type Flow, randomFlows } from './flows.ts';
import { predict } from './predict.ts';
import { LOADERS, type Loader, loadRules } from './rules.ts';
import { randomServices } from './services.ts';
import { NODE_PLACES, Topology } from './topology.ts';

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: '1' },
    flows: { type: 'string', default: '5000' },
    services: { type: 'string', default: '24' },
    'per-cluster': { type: 'string', default: '1250' },
    loader: { type: 'string' },
    show: { type: 'string', default: '10' },
  },
});
const { CHAINWALK_LAB_PREFIX: prefix = 'cwf-' } = process.env;
const NO_MASQUERADE = { ip: ['10.77.0.0/24'], ip6: ['fd77::/64'] } as const;

if (process.platform !== 'linux' || process.getuid?.() !== 0) {
  console.log('left out: flows through network namespaces need root on Linux');
} else process.exitCode = await main();

async function main(): Promise<number> {
  const [flows, perCluster] = [Number(values.flows), Number(values['per-cluster'])];
  const counts = new Map<string, number>();
  let [sent, differences, shown, several] = [0, 0, 0, 0];
  for (let i = 0; i * perCluster < flows; i++) {
    const seed = Number(values.seed) + i;
    const backend = loaderOf(i);
    const result = await runCluster(seed, backend, Math.min(perCluster, flows - i * perCluster));
    for (const { flow, got, expected } of result) {
      sent++;
      if (expected.size > 1) several++;
      const kind = `${flow.from.kind} > ${flow.by}, ${flow.family} ${flow.protocol}: ${got.split(' ')[0]}`;
      counts.set(kind, (counts.get(kind) ?? 0) + 1);
      if (expected.has(got)) continue;
      differences++;
      const { from, source, sport, destination, dport, protocol } = flow;
      if (shown++ < Number(values.show))
        console.log(
          `seed ${seed} ${backend}: ${from.name} ${source}:${sport} > ${destination}:${dport}/${protocol} (${flow.by})\n  kernel  ${got}\n  walk    ${[...expected].join(' | ')}`,
        );
    }
    console.log(
      `seed ${seed}  ${backend}  flows ${result.length}  differences ${result.filter(({ got, expected }) => !expected.has(got)).length}`,
    );
  }
  for (const [kind, count] of [...counts].sort()) console.log(`  ${kind.padEnd(56)} ${count}`);
  console.log(`flows ${sent}, of more than one possible result ${several}, differences ${differences}`);
  return differences > 0 ? 1 : 0;
}

/** In turn, unless one was asked for. */
function loaderOf(i: number): Loader {
  const asked = LOADERS.filter(loader => values.loader === undefined || values.loader === loader);
  const loader = asked[i % asked.length];
  if (!loader) throw new Error(`--loader ${values.loader}: it is one of ${LOADERS.join(', ')}`);
  return loader;
}

interface Compared {
  readonly flow: Flow;
  readonly got: string;
  readonly expected: ReadonlySet<string>;
}

async function runCluster(seed: number, backend: Loader, count: number): Promise<Compared[]> {
  const random = new Random(seed);
  const services = (['ip', 'ip6'] as const).flatMap(family => randomServices(random, family, Number(values.services)));
  const noMasquerade = random.chance(0.5);
  const topology = new Topology(prefix);
  const agents = new Agents();
  try {
    topology.build(services.flatMap(({ balancerIps }) => balancerIps));
    for (const { name, node } of NODE_PLACES)
      for (const family of ['ip', 'ip6'] as const) {
        const own = services.filter(service => service.family === family);
        loadRules(topology, name, node, backend, own, { noMasquerade: noMasquerade ? NO_MASQUERADE[family] : [] });
      }
    await agents.start(topology);
    const flows = randomFlows(random, services, count);
    const cluster = await captureCluster(topology);
    const got = await agents.send(flows);
    return flows.map((flow, i) => ({ flow, got: got[i] ?? '', expected: predict(cluster, flow) }));
  } finally {
    agents.stop();
    topology.close();
  }
}
