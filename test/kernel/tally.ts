import type { Effect } from '../../src/model/effect.ts';
import type { Statement } from '../../src/model/ruleset.ts';
import type { Truth } from '../../src/model/truth.ts';
import type { Disposition } from '../../src/walk/trace.ts';
import { matchMakers } from './generate/matches.ts';
import { ACTIONS } from './generate/native/actions.ts';
import { PROTOCOL_MATCHES } from './generate/options.ts';
import type { GeneratedRuleset } from './generate/ruleset.ts';
import type { Loader } from './generate/scenario.ts';
import { TARGETS } from './generate/targets.ts';
import type { GeneratedRule } from './generate/words.ts';
import type { Walk } from './judge/judge.ts';
import type { Journey, Observation } from './observation.ts';

/** What a long run must have reached of each. */
export const ENOUGH = 50;

/** Statements of nft that act, or say no where what they ask of the packet is not there; the targets count what they did. */
const ACTING = ['vmap', 'set', 'mangle', 'dnat', 'snat', 'masquerade', 'redirect', 'tproxy', 'reject'];

/** What has one answer only. */
const ALWAYS: ReadonlyMap<string, string> = new Map([
  ['comment', 'always yes'],
  ...ACTING.map(name => [name, 'acts, or no'] as const),
]);

/** Of every visit of a packet to the node; those that one node in the lab cannot have have a reason. */
const DISPOSITIONS: Readonly<Record<Disposition, string | undefined>> = {
  delivered: undefined,
  'leaves-the-node': undefined,
  dropped: undefined,
  rejected: undefined,
  'nat-dropped': undefined,
  'bridge-dropped': undefined,
  'no-route': undefined,
  'neighbour-unreachable': undefined,
  'ttl-exceeded': undefined,
  'forwarding-disabled': undefined,
  'reverse-path': undefined,
  martian: undefined,
  refused: 'the walk ends with delivery to the stack',
  'leaves-the-cluster': 'there is one node',
  consumed: 'nobody listens on a queue',
  loop: 'no kernel takes rules that do',
  undecided: 'nothing is unknown',
};

interface Said {
  yes: number;
  no: number;
  /** By chance, or not known. */
  other: number;
}

/** How often each match, target and fate was reached. */
export class Tally {
  readonly #matches = new Map<string, Said>();
  readonly #targets = new Map<string, number>();
  readonly #fates = new Map<string, number>();
  readonly #dispositions = new Map<string, number>();
  readonly #reasons = new Map<string, number>();
  readonly #states = new Map<string, number>();
  #chains = new Map<string, readonly GeneratedRule[]>();
  journeys = 0;
  steps = 0;

  constructor(loader: Loader) {
    if (loader !== 'native') {
      for (const { name } of matchMakers([])) this.#said(name);
      for (const name of ['ip', ...PROTOCOL_MATCHES]) this.#said(name);
      for (const name of ['jump', 'goto', ...TARGETS.map(maker => maker.name)]) this.#targets.set(name, 0);
    }
    if (loader === 'native' || loader === 'beside') for (const { name } of ACTIONS) this.#targets.set(name, 0);
    for (const [name, why] of Object.entries(DISPOSITIONS)) if (why === undefined) this.#dispositions.set(name, 0);
  }

  /** The rules that the observations to come are about. */
  rules(rulesets: readonly GeneratedRuleset[]): void {
    this.#chains = new Map(
      rulesets.flatMap(({ owner, family, tables }) =>
        tables.flatMap(table =>
          table.chains.map(
            chain => [`${owner} ${owner === 'nft' ? '' : family} ${table.name} ${chain.name}`, chain.rules] as const,
          ),
        ),
      ),
    );
  }

  add(observation: Observation): void {
    for (const journey of observation.journeys) {
      this.journeys++;
      this.steps += journey.steps.length;
      this.#reached(journey);
      count(this.#fates, fateName(journey));
      for (const step of journey.steps)
        if (step.kind === 'hook-end' && step.connection)
          count(this.#states, `${step.connection.state} ${step.connection.direction ?? ''}`.trim());
    }
    if (observation.error) count(this.#fates, `send: ${observation.error}`);
    if (!observation.journeys.length && !observation.error) count(this.#fates, 'never reached a hook');
    for (const drop of observation.drops ?? []) count(this.#reasons, `${drop.reason} in ${drop.place}`);
  }

  /** What the walk asked, which the kernel has confirmed where nothing differs. */
  readonly observe = ({ name }: Statement, answer: Truth | Effect): void => {
    if (answer === true) this.#said(name).yes++;
    else if (answer === false) this.#said(name).no++;
    else if (answer.kind === 'unknown' || answer.kind === 'chance') this.#said(name).other++;
  };

  readonly walked = ({ hop }: Walk): void => count(this.#dispositions, hop.disposition);

  #reached(journey: Journey): void {
    for (const step of journey.steps) {
      if (step.kind !== 'rule') continue;
      const rule = this.#chains.get(
        `${step.owner} ${step.owner === 'nft' ? '' : journey.family} ${step.table} ${step.chain}`,
      )?.[step.number - 1];
      if (rule) count(this.#targets, rule.target?.name ?? '(none)');
    }
  }

  #said(name: string): Said {
    const found = this.#matches.get(name) ?? { yes: 0, no: 0, other: 0 };
    this.#matches.set(name, found);
    return found;
  }

  /** What was reached less often than a long run must. */
  seldom(): string[] {
    const few = (map: ReadonlyMap<string, number>) =>
      [...map].flatMap(([name, times]) => (times < ENOUGH ? [`${name} ${times}`] : []));
    const matches = [...this.#matches].flatMap(([name, { yes, no }]) =>
      ALWAYS.has(name) || (yes >= ENOUGH && no >= ENOUGH) ? [] : [`${name} ${yes} yes ${no} no`],
    );
    return [...matches, ...few(this.#targets), ...few(this.#dispositions)];
  }

  print(): string {
    const matches = [...this.#matches].sort(([, a], [, b]) => a.yes + a.no - b.yes - b.no);
    return [
      'match             yes       no  by chance or not known',
      ...matches.map(([name, { yes, no, other }]) => {
        const always = ALWAYS.get(name);
        const note = always ?? (Math.min(yes, no) < ENOUGH ? `below ${ENOUGH}` : '');
        return `${name.padEnd(12)} ${column(yes)} ${column(no)} ${column(other)}  ${note}`.trimEnd();
      }),
      ...section('target (as the kernel says)', this.#targets, true),
      ...section('fate (as the walk says)', this.#dispositions, true),
      ...Object.entries(DISPOSITIONS).flatMap(([name, why]) =>
        why === undefined ? [] : [`         -  ${name}: ${why}`],
      ),
      ...section('fate (as the kernel says)', this.#fates),
      ...section('connection at the end of a hook', this.#states),
      ...section('dropped by the kernel itself', this.#reasons),
    ].join('\n');
  }
}

function fateName({ fate, packet, injected }: Journey): string {
  const who = injected === -1 ? 'made by the node, ' : '';
  if (fate.kind === 'dropped') return `${who}dropped in ${fate.hook}`;
  if (fate.kind === 'nothing-seen') return `${who}nothing seen`;
  const error = injected === -1 && packet?.about !== undefined ? 'ICMP error, ' : '';
  return `${who}${error}${fate.kind} (${fate.hook})`;
}

const column = (times: number): string => String(times).padStart(8);
const count = (map: Map<string, number>, key: string): void => void map.set(key, (map.get(key) ?? 0) + 1);

const section = (title: string, map: ReadonlyMap<string, number>, marked = false): string[] => [
  '',
  title,
  ...[...map]
    .sort(([, a], [, b]) => b - a)
    .map(([name, times]) => `  ${column(times)}  ${name}${marked && times < ENOUGH ? `  below ${ENOUGH}` : ''}`),
];
