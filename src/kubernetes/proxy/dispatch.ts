import type { Table } from '../../model/ruleset.ts';
import { type Address, bitsOf } from '../../net/address.ts';
import { formatPrefix, prefixLength } from '../../net/prefix.ts';
import type { RulePosition } from '../../walk/trace.ts';
import { type RuleShape, shapeOf } from '../../xt/shape.ts';
import { parseServiceComment, type ServiceComment } from '../comment.ts';
import type { Draft, Drafts } from './draft.ts';
import type { Era, ProxyTables } from './era.ts';
import type { ProxyAddressKind, ProxyMasquerade } from './service.ts';

/** A rule, and what it says. */
interface Said {
  readonly position: RulePosition;
  readonly shape: RuleShape;
  readonly comment: ServiceComment | undefined;
  readonly address: Address | undefined;
}

const SERVICE_CHAIN = /^KUBE-(SVC|SVL|EXT|XLB|FW)-(.+)$/;

/** The part of a chain's name that the chains of its service port share. */
export const suffixOf = (chain: string): string | undefined => SERVICE_CHAIN.exec(chain)?.[2];

/** Rules of a chain; only those whose text holds the pattern, where there is one. */
export function* rulesOf(
  table: Table | undefined,
  family: 'ip' | 'ip6',
  name: string,
  wanted?: RegExp,
): Generator<RulePosition> {
  const rules = table?.chains.get(name)?.rules;
  if (!table || !rules) return;
  const position = (index: number): RulePosition => ({
    family,
    owner: table.owner,
    table: table.name,
    chain: name,
    rule: rules.at(index),
  });
  if (wanted && rules.matching) for (const index of rules.matching(wanted)) yield position(index);
  else for (let i = 0; i < rules.length; i++) yield position(i);
}

function* saidIn(tables: ProxyTables, table: 'nat' | 'filter', chain: string, wanted?: RegExp): Generator<Said> {
  for (const position of rulesOf(tables[table], tables.family, chain, wanted)) {
    const shape = shapeOf(position.rule);
    const { comment } = position.rule;
    yield {
      position,
      shape,
      comment: comment === undefined ? undefined : parseServiceComment(comment),
      address: exact(shape.header.destination),
    };
  }
}

/** Where the rules hand new connections to service ports, or refuse them. */
export function collect(tables: ProxyTables, era: Era, drafts: Drafts, wanted?: RegExp): void {
  const late: Said[] = [];
  for (const said of saidIn(tables, 'nat', 'KUBE-SERVICES', wanted))
    if (said.shape.chain === 'KUBE-MARK-MASQ') late.push(said);
    else dispatched(said, drafts, kindOf);
  const limits = nodePortAddresses(tables);
  for (const said of saidIn(tables, 'nat', 'KUBE-NODEPORTS', wanted)) {
    if (said.shape.chain === 'KUBE-MARK-MASQ') late.push(said);
    else for (const address of limits) dispatched({ ...said, address }, drafts, () => 'node port');
  }
  for (const said of late) masqueraded(said, drafts, limits);
  for (const said of saidIn(tables, 'filter', 'KUBE-SERVICES', wanted)) refused(said, drafts, era, true, limits);
  for (const said of saidIn(tables, 'filter', 'KUBE-EXTERNAL-SERVICES', wanted))
    refused(said, drafts, era, false, limits);
  for (const said of saidIn(tables, 'filter', 'KUBE-PROXY-FIREWALL', wanted)) {
    const draft = known(said, drafts, said.address);
    if (draft) draft.rules.push(said.position);
  }
  for (const { position, shape, comment } of saidIn(tables, 'filter', 'KUBE-NODEPORTS', wanted)) {
    if (comment?.kind !== 'health-check' || shape.dport === undefined) continue;
    for (const draft of drafts.all) {
      const { service } = draft;
      if (service?.namespace !== comment.service.namespace || service.name !== comment.service.name) continue;
      if (service.port !== comment.service.port) continue;
      draft.healthCheckPort = shape.dport;
      draft.rules.push(position);
    }
  }
}

function dispatched(said: Said, drafts: Drafts, kindOf: (said: Said, role: string) => ProxyAddressKind): void {
  const { position, shape, comment, address } = said;
  const [, role, suffix] = SERVICE_CHAIN.exec(shape.chain ?? '') ?? [];
  const protocol = shape.header.protocol?.value;
  if (role === undefined || suffix === undefined || protocol === undefined || shape.dport === undefined) return;
  const draft = drafts.ofChain(suffix, protocol, comment?.service);
  draft.rules.push(position);
  const put = draft.put(kindOf(said, role), address, shape.dport, 'translated');
  put.chain ??= shape.chain ?? '';
  drafts.place(draft, address, shape.dport);
}

/** Comments say it; without them the chain that is jumped to tells cluster addresses from the others. */
function kindOf({ comment, shape }: Said, role: string): ProxyAddressKind {
  if (comment?.kind === 'address') return comment.address;
  if (role === 'FW') return 'load balancer IP';
  if (role === 'XLB' || shape.addrtype) return 'external IP';
  return role === 'EXT' ? 'external or load balancer IP' : 'cluster IP';
}

/** On which addresses node ports are answered; undefined: on every address of the node. */
function nodePortAddresses(tables: ProxyTables): readonly (Address | undefined)[] {
  const addresses: (Address | undefined)[] = [];
  for (const { address, shape } of saidIn(tables, 'nat', 'KUBE-SERVICES', / -j KUBE-NODEPORTS/))
    if (shape.chain === 'KUBE-NODEPORTS') addresses.push(address);
  return addresses.length === 0 || addresses.includes(undefined) ? [undefined] : addresses;
}

/** Until 1.21 marking for masquerade stood beside the rules that hand over. */
function masqueraded(said: Said, drafts: Drafts, limits: readonly (Address | undefined)[]): void {
  const nodePort = said.address === undefined;
  const draft = known(said, drafts, nodePort ? limits[0] : said.address);
  if (!draft) return;
  draft.rules.push(said.position);
  const kind = draft.find(nodePort ? limits[0] : said.address, said.shape.dport ?? 0)?.kind;
  draft.masquerades.push({ ...whoseMasquerade(said.shape), ...(kind && { kind }), rule: said.position });
}

/** Of a rule that marks for masquerade: whom. */
export function whoseMasquerade({ header, addrtype }: RuleShape): Pick<ProxyMasquerade, 'whose' | 'detail'> {
  const { source, iif } = header;
  if (source?.inverted) return { whose: 'outside', detail: formatPrefix(source.value) };
  if (iif?.inverted) return { whose: 'outside', detail: `interface ${iif.value}` };
  if (addrtype?.source) return { whose: 'node' };
  if (source) {
    const text = formatPrefix(source.value);
    return text === '127.0.0.0/8' ? { whose: 'loopback' } : { whose: 'itself', detail: text };
  }
  return { whose: 'any' };
}

function known({ comment, shape }: Said, drafts: Drafts, address: Address | undefined): Draft | undefined {
  const protocol = shape.header.protocol?.value;
  if (protocol === undefined || shape.dport === undefined) return undefined;
  const named = comment && drafts.named(comment.service, protocol);
  return named ?? drafts.at(address, shape.dport, protocol);
}

function refused(
  { position, shape, comment, address }: Said,
  drafts: Drafts,
  era: Era,
  amongServices: boolean,
  limits: readonly (Address | undefined)[],
): void {
  const protocol = shape.header.protocol?.value;
  const { dport, target } = shape;
  if (protocol === undefined || dport === undefined || (target !== 'REJECT' && target !== 'DROP')) return;
  const nodePort = address === undefined;
  const at = nodePort ? limits[0] : address;
  const draft = drafts.ofAddress(at, dport, protocol, comment?.service);
  draft.rules.push(position);
  const cluster = amongServices && !(era.balancerAmongServices && draft.addresses.some(a => a.kind === 'cluster IP'));
  const kind = nodePort
    ? 'node port'
    : cluster
      ? 'cluster IP'
      : amongServices
        ? 'load balancer IP'
        : 'external or load balancer IP';
  const put = draft.put(kind, at, dport, 'translated');
  put.fate = target === 'REJECT' ? 'rejected' : 'dropped';
  put.refusal = target === 'REJECT' ? 'no-endpoints' : 'no-local-endpoints';
}

function exact(destination: RuleShape['header']['destination']): Address | undefined {
  if (!destination || destination.inverted) return undefined;
  const { value } = destination;
  return prefixLength(value) === bitsOf(value.family) ? value.address : undefined;
}
