import { formatServicePort, parseServiceComment } from '../../kubernetes/comment.ts';
import { suffixOf } from '../../kubernetes/proxy/dispatch.ts';
import { parseNftChain } from '../../kubernetes/proxy/nft-name.ts';
import type { RulesDiff } from '../rules/ruleset.ts';
import type { LoneChange } from '../rules/tables.ts';
import type { ServiceFacts } from './service-facts.ts';

/** Which services changed rules may be about: none, those whose rules hold a pattern, or any. */
export type Touched = 'none' | 'all' | RegExp;

/** From so many on, looking for each takes longer than reading all. */
const MANY = 200;

/** Of rules of kube-proxy, the services that they name: only those have to be read. */
export function touchedServices({ chains, sets }: Pick<RulesDiff, 'chains' | 'sets'>): Touched {
  const words = new Set<string>();
  const kube = chains.filter(change => change.kind !== 'renamed' && isOfServices(change));
  const changedSets = sets.filter(({ table }) => table === 'kube-proxy');
  const endpoints: LoneChange[] = [];
  for (const change of kube) {
    const { chain, chainBefore = chain, lines } = change;
    for (const name of [chain, chainBefore])
      if (/^KUBE-(?:SVC|SVL|EXT|XLB|FW)-/.test(name)) words.add(`-${suffixOf(name)}`);
    const nft = parseNftChain(chain);
    if (nft) words.add(nft.suffix.replace(/__.*/, ''));
    const own = words.size;
    const texts = lines
      .flatMap(({ before, after }) => [before?.text ?? '', after?.text ?? ''])
      .filter(text => text !== '');
    const unnamed = texts.filter(text => !addNamed(text, words));
    if (chain.startsWith('KUBE-SEP-')) {
      if (unnamed.length > 0 && words.size === own) endpoints.push(change);
    } else if (unnamed.length > 0 && suffixOf(chain) === undefined && !nft) return 'all';
    if (words.size > MANY) return 'all';
  }
  for (const { added, removed } of changedSets)
    for (const text of [...added, ...removed]) {
      addNamed(text, words);
      if (words.size > MANY) return 'all';
    }
  if (words.size === 0) return endpoints.length > 0 || changedSets.length > 0 ? 'all' : 'none';
  return new RegExp([...words].map(literal).join('|'), 'm');
}

const TABLES = ['nat', 'filter'];
/** Chains of both tables that say something of services; what only passes packets on does not. */
const OF_SERVICES =
  /^KUBE-(?:(?:SVC|SVL|SEP|EXT|XLB|FW)-|SERVICES$|EXTERNAL-SERVICES$|NODEPORTS$|PROXY-FIREWALL$|MARK-MASQ$)/;

const isOfServices = ({ owner, table, chain }: LoneChange): boolean =>
  owner === 'nft' ? table === 'kube-proxy' : TABLES.includes(table) && OF_SERVICES.test(chain);

/** Whether the text names a service, or chains of one. */
function addNamed(text: string, words: Set<string>): boolean {
  const [, quoted, bare] = /(?: --| )comment (?:"((?:[^"\\]|\\.)*)"|(\S+))/.exec(text) ?? [];
  const said = parseServiceComment(quoted ?? bare ?? '');
  if (said) words.add(formatServicePort({ namespace: said.service.namespace, name: said.service.name }));
  const [, suffix] = / -[jg] KUBE-(?:SVC|SVL|EXT|XLB|FW)-(\S+)/.exec(text) ?? [];
  if (suffix !== undefined) words.add(`-${suffix}`);
  const nft = [...text.matchAll(/\b(?:goto|jump) ([^\s,;{}]+)/g)].flatMap(([, name = '']) => parseNftChain(name) ?? []);
  for (const each of nft) words.add(each.suffix.replace(/__.*/, ''));
  return said !== undefined || suffix !== undefined || nft.length > 0;
}

/**
 * The pattern, and what names services that only one side seemed to have: the other may write them without what was
 * looked for. Undefined: there are none.
 */
export function widened(pattern: RegExp, lone: readonly ServiceFacts[]): RegExp | undefined {
  if (lone.length === 0) return undefined;
  const words = lone.flatMap(({ label, addresses }) => [
    label.replace(/:[^:]*$/, ''),
    ...[...addresses.values()].flatMap(({ address, port, kind }) =>
      kind === 'node port' ? [`--dport ${port} `] : address === undefined ? [] : [`${address}/`, ` ${address} `],
    ),
  ]);
  return new RegExp([pattern.source, ...words.map(literal)].join('|'), 'm');
}

const literal = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
