import type { Hook } from '../../../../src/model/ruleset.ts';
import type { Random } from '../random.ts';
import type { GeneratedTable } from '../ruleset.ts';
import { DEVICES } from './below.ts';
import { type Base, tableOf } from './ruleset.ts';

const BRIDGE: readonly Hook[] = ['prerouting', 'input', 'forward', 'output', 'postrouting'];
/** Where frames came over a link, and the observer knows their headers. */
const RECEIVED: readonly Hook[] = ['prerouting', 'input', 'forward'];

/** Tables whose chains stand below IP: ingress of inet, ingress and egress of netdev, and the family bridge. */
export function generateLinks(random: Random): readonly GeneratedTable[] {
  const kinds = (['inet', 'netdev', 'bridge'] as const).filter(() => random.chance(0.6));
  return kinds.map(kind => {
    const own = random.fork(kind);
    const bases =
      kind === 'bridge' ? inBridge(own) : onDevices(own, kind === 'inet' ? ['ingress'] : ['ingress', 'egress']);
    return tableOf(own, kind, `below-${kind}`, 'filter', bases);
  });
}

const onDevices = (random: Random, hooks: readonly Hook[]): Base[] =>
  Array.from({ length: random.integer(1, 3) }, (_, i) => {
    const hook = random.pick(hooks);
    const devices = random.some(DEVICES, 1, 4);
    const priority = random.pick([-10, 0, 0, 5]);
    const framed = hook === 'ingress' && !devices.includes('lo');
    return { type: 'filter', hook, priority, devices, framed, name: `${hook}${i}` };
  });

const inBridge = (random: Random): Base[] =>
  random.some(BRIDGE, 1, 5).map(hook => ({
    type: 'filter',
    hook,
    priority: random.pick([-300, -200, -10, 0, 10, 300]),
    framed: RECEIVED.includes(hook),
  }));
