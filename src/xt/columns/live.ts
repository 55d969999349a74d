import type { Effect } from '../../model/effect.ts';
import type { Chain, Statement } from '../../model/ruleset.ts';
import type { Address } from '../../net/address.ts';
import { type AddressTest, headerTest } from '../header.ts';
import type { RulePart } from '../rule.ts';
import { evaluatorOf, type XtStatement } from '../statement.ts';
import { addressAt, type PlacedHole, type Values } from './values.ts';

/**
 * A statement of all rules of one shape, asked about whichever rule the cursor stands at. All are of one class: a walk
 * meets many, and V8 calls a method fast where it has seen few kinds of receivers.
 */
class LiveStatement implements Statement {
  readonly name: string;
  readonly evaluate: Statement['evaluate'];
  readonly describe: () => string;
  readonly waits: boolean;

  constructor(name: string, evaluate: Statement['evaluate'], describe: () => string, waits = false) {
    this.name = name;
    this.evaluate = evaluate;
    this.describe = describe;
    this.waits = waits;
  }
}

/** What `liveOf` is told of one part of a rule. */
export interface LivePart {
  readonly part: RulePart;
  /** Of the rule that was parsed. */
  readonly statement: XtStatement;
  /** Makes the statement of another rule of the shape; undefined: all have the same. */
  readonly make: ((values: Values) => XtStatement) | undefined;
  readonly holes: readonly PlacedHole[];
}

/** The live statement of a part; undefined: it always says yes and does nothing. */
export function liveOf(
  { part, statement, make, holes }: LivePart,
  cursor: Values,
  chainOf: (chain: number) => Chain,
): Statement | undefined {
  const { name } = statement;
  const [hole] = holes;
  if (part.kind === 'extension' && part.name === 'comment') return undefined;
  const describe = make ? () => make(cursor).describe() : () => statement.describe();
  if (hole && (part.kind === 'jump' || part.kind === 'goto'))
    return new LiveStatement(name, liveJump(part.kind, hole, cursor, chainOf), describe, true);
  if (statement.waits || statement.changes) return statement;
  if (part.kind === 'header' && holes.every(isNetwork))
    return new LiveStatement(name, liveHeader(part, holes, cursor), describe);
  if (!make) return new LiveStatement(name, evaluatorOf(statement), describe);
  if (hole?.type === 'port') return new LiveStatement(name, livePort(make, hole, cursor), describe);
  return new LiveStatement(name, (packet, world) => make(cursor).evaluate(packet, world), describe);
}

const isNetwork = ({ option }: PlacedHole): boolean => option === '-s' || option === '-d';

function liveHeader(
  { header }: Extract<RulePart, { kind: 'header' }>,
  holes: readonly PlacedHole[],
  cursor: Values,
): Statement['evaluate'] {
  const test = (option: '-s' | '-d', network: typeof header.source): AddressTest | undefined => {
    const hole = holes.find(hole => hole.option === option);
    if (!hole || !network) return undefined;
    const { value, inverted } = network;
    if (value.family === 'ip') {
      const { mask } = value;
      return address => inNetwork4(address, cursor.get(hole.at), mask) !== inverted;
    }
    const { mask } = value;
    return address => inNetwork6(address, addressAt(hole, cursor), mask) !== inverted;
  };
  return headerTest(header, { source: test('-s', header.source), destination: test('-d', header.destination) });
}

const inNetwork4 = (address: Address, network: number, mask: number): boolean =>
  typeof address === 'number' && ((address ^ network) & mask) === 0;

const inNetwork6 = (address: Address, network: Address, mask: bigint): boolean =>
  typeof address === 'bigint' && typeof network === 'bigint' && ((address ^ network) & mask) === 0n;

function liveJump(
  kind: 'jump' | 'goto',
  hole: PlacedHole,
  cursor: Values,
  chainOf: (chain: number) => Chain,
): () => Effect {
  return () => {
    const to = chainOf(cursor.get(hole.at));
    return { kind, chain: to.name, to };
  };
}

/** Rules of the same port share a statement, and few chains change it from rule to rule. */
function livePort(make: (values: Values) => XtStatement, hole: PlacedHole, cursor: Values): Statement['evaluate'] {
  let port = -1;
  let statement: XtStatement | undefined;
  return (packet, world) => {
    const asked = cursor.get(hole.at);
    if (!statement || port !== asked) {
      port = asked;
      statement = make(cursor);
    }
    return statement.evaluate(packet, world);
  };
}
