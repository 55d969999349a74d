import type { Effect } from '../../../src/model/effect.ts';
import type { Namespace } from '../../../src/model/namespace.ts';
import type { BaseChain, Chain, RuleList, Statement, Table } from '../../../src/model/ruleset.ts';
import { not, type Truth } from '../../../src/model/truth.ts';
import type { World } from '../../../src/model/world.ts';
import type { Packet } from '../../../src/net/packet.ts';

type Answer = Truth | Effect;

const isEffect = (answer: Answer): answer is Effect =>
  typeof answer === 'object' && answer.kind !== 'unknown' && answer.kind !== 'chance';

/** A statement whose answers are others. */
class Changed implements Statement {
  readonly #original: Statement;
  readonly #answer: (answer: Answer) => Answer;
  readonly name: string;
  readonly waits: boolean;
  readonly changes?: NonNullable<Statement['changes']>;

  constructor(original: Statement, answer: (answer: Answer) => Answer) {
    this.#original = original;
    this.#answer = answer;
    this.name = original.name;
    this.waits = original.waits ?? false;
    if (original.changes) this.changes = (packet, world) => original.changes?.(packet, world) ?? [];
  }

  evaluate(packet: Packet, world: World): Answer {
    return this.#answer(this.#original.evaluate(packet, world));
  }

  describe(): string {
    return this.#original.describe();
  }
}

/** Of what the walk is given. */
export type Change = (namespace: Namespace) => Namespace;

export function inverted(name: string): Change {
  return statements(statement =>
    statement.name === name ? new Changed(statement, answer => (isEffect(answer) ? answer : not(answer))) : statement,
  );
}

export function always(name: string): Change {
  return statements(statement => (statement.name === name ? new Changed(statement, () => true) : statement));
}

export function effects(change: (effect: Effect) => Effect): Change {
  return statements(statement => new Changed(statement, answer => (isEffect(answer) ? change(answer) : answer)));
}

export function withoutChange(kind: 'notrack' | 'ct' | 'member'): Change {
  return effects(effect =>
    effect.kind === 'changes' ? { ...effect, changes: effect.changes.filter(one => one.kind !== kind) } : effect,
  );
}

export function withoutField(field: 'tos' | 'ctmark'): Change {
  return effects(effect =>
    effect.kind === 'changes'
      ? { ...effect, changes: effect.changes.filter(one => one.kind !== 'set' || one.field !== field) }
      : effect,
  );
}

const statements = (change: (statement: Statement) => Statement): Change =>
  chains(chain => ({ ...chain, rules: changedRules(chain.rules, change) }));

export const bases = (change: (base: BaseChain) => BaseChain): Change =>
  chains(chain => (chain.base ? { ...chain, base: change(chain.base) } : chain));

export function returnAccepts(namespace: Namespace): Namespace {
  const accept: Effect = { kind: 'verdict', verdict: 'accept' };
  const change = (answer: Answer) =>
    isEffect(answer) && answer.kind === 'verdict' && answer.verdict === 'return' ? accept : answer;
  return chains(chain =>
    chain.base ? { ...chain, rules: changedRules(chain.rules, one => new Changed(one, change)) } : chain,
  )(namespace);
}

/** Replaces the chains of all tables; a jump that knows its chain goes to the new one by its name. */
function chains(change: (chain: Chain) => Chain): Change {
  return namespace => ({
    ...namespace,
    ruleset: { tables: namespace.ruleset.tables.map(table => changedTable(table, change)) },
  });
}

/** What a chain has, as it is now: of one that is read when it is asked, a spread would leave most of that out. */
const partsOf = ({ name, base, counters, rules, source }: Chain): Chain => ({ name, base, counters, rules, source });

function changedTable({ baseChains: _, ...table }: Table, change: (chain: Chain) => Chain): Table {
  const byName = new Map([...table.chains].map(([name, chain]) => [name, change(partsOf(chain))] as const));
  const renew = (statement: Statement) =>
    new Changed(statement, answer =>
      isEffect(answer) && (answer.kind === 'jump' || answer.kind === 'goto')
        ? { kind: answer.kind, chain: answer.chain }
        : answer,
    );
  const renewed = [...byName].map(
    ([name, chain]) => [name, { ...chain, rules: changedRules(chain.rules, renew) }] as const,
  );
  return { ...table, chains: new Map(renewed) };
}

function changedRules(rules: RuleList, change: (statement: Statement) => Statement): RuleList {
  const made = new Map<number, ReturnType<RuleList['at']>>();
  const at = (index: number) => {
    const known = made.get(index);
    if (known) return known;
    const { number, comment, counters, source, text, statements } = rules.at(index);
    const rule = { number, comment, counters, source, text, statements: statements.map(change) };
    made.set(index, rule);
    return rule;
  };
  return {
    length: rules.length,
    at,
    mentions: pattern => rules.mentions(pattern),
    *[Symbol.iterator]() {
      for (let i = 0; i < rules.length; i++) yield at(i);
    },
  };
}
