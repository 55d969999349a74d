import { addressOf, explainAddress } from '../../explain/address.ts';
import type { ServicesAnswer } from '../../explain/answer.ts';
import { explainChain } from '../../explain/chain.ts';
import { LISTS, list } from '../../explain/list.ts';
import { explainMark } from '../../explain/mark.ts';
import type {
  AddressAnswer,
  ChainExplained,
  ListAnswer,
  MarkAnswer,
  RuleExplained,
} from '../../explain/parts-answer.ts';
import { parseServiceQuery } from '../../explain/query.ts';
import { explainRule, parseRuleQuery } from '../../explain/rule.ts';
import { explainServices, nodesAsked } from '../../explain/services.ts';
import { InputError } from '../../model/source.ts';
import { renderAddress, renderChain, renderMark, renderRule } from '../../render/explain-parts.ts';
import { renderServices } from '../../render/explain-service.ts';
import { renderList } from '../../render/list.ts';
import type { RenderOptions } from '../../render/theme.ts';
import { type AskedEvidence, readAll } from './evidence.ts';

/** An answer as data and as text, and the exit code. */
export interface Explained<A> {
  readonly answer: A;
  readonly text: string;
  readonly exitCode: number;
}

export interface Asked extends AskedEvidence {
  readonly version: string;
  readonly render: RenderOptions;
}

const UNDECIDED = 3;

export async function explainService(
  asked: Asked,
  service: string | undefined,
  all: boolean,
): Promise<Explained<ServicesAnswer>> {
  if (service !== undefined && all) throw new InputError('NAMESPACE/NAME and --all exclude each other');
  if (service === undefined && !all) throw new InputError('say which service: NAMESPACE/NAME, or --all');
  const query = service === undefined ? 'all' : parseServiceQuery(service);
  const answer = explainServices(await readAll(asked), query, asked);
  const hidden = answer.nodes.some(({ outside }) => outside.length > 0);
  const exitCode = answer.services.length === 0 && hidden ? UNDECIDED : 0;
  return { answer, text: renderServices(answer, asked.render), exitCode };
}

export async function explainRuleAt(asked: Asked, words: readonly string[]): Promise<Explained<RuleExplained>> {
  const query = parseRuleQuery(words);
  const { cluster } = await readAll(asked);
  const answer = explainRule(nodesAsked(cluster, asked.node), query, asked.version);
  return { answer, text: renderRule(answer, asked.render), exitCode: 0 };
}

export async function explainChainNamed(asked: Asked, name: string): Promise<Explained<ChainExplained>> {
  const { cluster } = await readAll(asked);
  const answer = explainChain(nodesAsked(cluster, asked.node), name, asked.version);
  return { answer, text: renderChain(answer, asked.render), exitCode: 0 };
}

export async function explainAddressOf(asked: Asked, text: string): Promise<Explained<AddressAnswer>> {
  const address = addressOf(text);
  if (address === undefined) throw new InputError(`'${text}' is not an address; write 10.96.0.10 or fd00::1`);
  const answer = explainAddress(await readAll(asked), address, asked.version);
  return { answer, text: renderAddress(answer, asked.render), exitCode: 0 };
}

export async function explainMarkOf(asked: Asked, text: string): Promise<Explained<MarkAnswer>> {
  const mark = /^(?:0x[0-9a-fA-F]{1,8}|\d{1,10})$/.test(text) ? Number(text) : Number.NaN;
  if (!(mark >= 0 && mark <= 0xffffffff)) throw new InputError(`'${text}' is no mark; write a number such as 0x4000`);
  const named = asked.snapshot !== undefined || (asked.file ?? []).length > 0;
  const nodes = named ? nodesAsked((await readAll(asked)).cluster, asked.node) : [];
  const answer = explainMark(nodes, mark, asked.version);
  return { answer, text: renderMark(answer, asked.render), exitCode: 0 };
}

export async function listAll(asked: Asked, what: string): Promise<Explained<ListAnswer>> {
  const kind = LISTS.find(known => known === what);
  if (!kind) throw new InputError(`'${what}' is no list; there is ${LISTS.join(', ')}`);
  const evidence = await readAll(asked);
  nodesAsked(evidence.cluster, asked.node);
  const answer = list(evidence, kind, asked.node, asked.version);
  return { answer, text: renderList(answer, asked.render), exitCode: 0 };
}
