import type { Rule, Table } from '../../model/ruleset.ts';
import type { Unknown } from '../../model/truth.ts';
import { type Address, type Family, formatEndpoint } from '../../net/address.ts';
import { formatPrefix, type Prefix } from '../../net/prefix.ts';
import type { NftTable } from '../../nft/ruleset.ts';
import type { Expression, Verdict } from '../../nft/schema.ts';
import type { RulePosition } from '../../walk/trace.ts';
import { evened } from './choice.ts';
import { type Draft, Drafts } from './draft.ts';
import { NftCollection } from './nft-dispatch.ts';
import { addressesIn, addressIn, type NftShape, portIn, prefixesIn, shapesOf } from './nft-syntax.ts';
import { affinityOf, internalPolicyOf, REFUSED, withoutBalancers } from './policy.ts';
import type { ProxyEndpoint, ProxyMasquerade, ProxyService, TrafficPolicy } from './service.ts';

const HAIRPINS = 'hairpin-connections';

/** A table of kube-proxy's nftables mode: as the walk has it, and as it was listed. */
export interface NftProxyTable {
  readonly family: Family;
  readonly table: Table;
  readonly listed: NftTable;
}

/** What kube-proxy's nftables rules of one family tell of service ports; of those whose elements hold the pattern. */
export function recoverNft(proxy: NftProxyTable, wanted?: RegExp): ProxyService[] {
  const drafts = new Drafts(proxy.family);
  new NftCollection(proxy.listed, drafts, wanted).collect();
  return drafts.all.map(draft => new NftRecovery(proxy, draft).service());
}

/** Endpoints' shares of one chain. */
interface NftChoice {
  readonly shares: ReadonlyMap<
    string,
    { readonly address: Address; readonly port: number; readonly chain?: string; readonly share: number }
  >;
  readonly affinitySeconds: number | undefined;
}

class NftRecovery {
  private readonly proxy: NftProxyTable;
  private readonly draft: Draft;
  private readonly any: NftChoice | undefined;
  private readonly local: NftChoice | undefined;

  constructor(proxy: NftProxyTable, draft: Draft) {
    this.proxy = proxy;
    this.draft = draft;
    this.markedByServices();
    this.any = this.choice('service');
    this.local = this.choice('local');
  }

  service(): ProxyService {
    const { draft } = this;
    const endpoints = this.endpoints();
    this.hairpins(endpoints);
    const externalPolicy = this.externalPolicy();
    const sourceRanges = this.sourceRanges();
    return {
      service: draft.service,
      namedBy: draft.service ? (draft.suffix === undefined ? 'comment' : 'name') : null,
      suffix: draft.suffix,
      family: draft.family,
      protocol: draft.protocol,
      addresses: draft.addresses.map(({ refusal: _, ...address }) => address),
      endpoints,
      externalPolicy,
      internalPolicy: internalPolicyOf(draft.addresses, 'local-', 'Cluster'),
      affinitySeconds: affinityOf([this.any, this.local]),
      sourceRanges,
      healthCheckPort: undefined,
      masquerades: draft.masquerades,
      rules: draft.rules,
      oddities: draft.oddities,
    };
  }

  private shapes(role: string): { readonly shape: NftShape; readonly at: RulePosition }[] {
    const { draft, proxy } = this;
    if (draft.suffix === undefined) return [];
    return this.shapesOfChain(`${role}-${draft.suffix}`, proxy);
  }

  private shapesOfChain(name: string, { listed, table, family }: NftProxyTable) {
    const rules = table.chains.get(name)?.rules;
    return shapesOf(listed.chains.get(name)).flatMap(({ index, shape }) => {
      const rule: Rule | undefined = rules?.at(index);
      return rule ? [{ shape, at: { family, owner: table.owner, table: table.name, chain: name, rule } }] : [];
    });
  }

  /** Since 1.33 connections to cluster addresses from elsewhere are marked for all services at once. */
  private markedByServices(): void {
    for (const { shape, at } of this.shapesOfChain('services', this.proxy)) {
      const all = shape.destination?.kind === 'set-reference' && shape.destination.name === 'cluster-ips';
      if (!all || !this.marks(shape) || !this.draft.addresses.some(({ kind }) => kind === 'cluster IP')) continue;
      this.draft.masquerades.push({ ...whose(shape), kind: 'cluster IP', rule: at });
    }
  }

  private marks(shape: NftShape): boolean {
    return shape.marks || shape.target === 'mark-for-masquerade';
  }

  private choice(role: 'service' | 'local'): NftChoice | undefined {
    const rules = this.shapes(role);
    if (rules.length === 0) return undefined;
    const shares = new Map<string, { address: Address; port: number; chain?: string; share: number }>();
    let affinitySeconds: number | undefined;
    for (const { shape, at } of rules) {
      this.draft.rules.push(at);
      if (this.marks(shape)) this.draft.masquerades.push({ ...whose(shape), kind: 'cluster IP', rule: at });
      if (shape.sourceSet !== undefined) {
        const timeout = this.proxy.listed.sets.get(shape.sourceSet)?.timeout;
        if (timeout !== undefined) affinitySeconds = timeout / 1000;
        continue;
      }
      const ways = shape.ways.length > 0 ? shape.ways : shape.dnat ? [undefined] : [];
      for (const way of ways) {
        const endpoint = way === undefined ? endpointIn(shape.dnat) : this.endpointOf(way);
        if (!endpoint) {
          this.draft.oddities.push(`${at.chain} ${at.rule.number} leads to no address and port`);
          continue;
        }
        const key = formatEndpoint(endpoint.address, endpoint.port);
        const before = shares.get(key)?.share ?? 0;
        shares.set(key, { ...endpoint, share: before + 1 / ways.length });
      }
    }
    const even = evened(new Map([...shares].map(([key, { share }]) => [key, share])));
    return {
      shares: new Map([...shares].map(([key, each]) => [key, { ...each, share: even.get(key) ?? each.share }])),
      affinitySeconds,
    };
  }

  private endpointOf(way: Verdict | Expression): { address: Address; port: number; chain?: string } | undefined {
    if (way.kind === 'concat') {
      const [first, second] = way.items;
      const [address, port] = [addressIn(first), portIn(second)];
      return address === undefined || port === undefined ? undefined : { address, port };
    }
    if (way.kind !== 'goto' && way.kind !== 'jump') return undefined;
    for (const { shape, at } of this.shapesOfChain(way.target, this.proxy)) {
      if (this.marks(shape)) {
        const masquerade = { ...whose(shape), rule: at };
        if (!this.draft.masquerades.some(({ rule }) => rule.rule === at.rule)) this.draft.masquerades.push(masquerade);
      }
      const found = endpointIn(shape.dnat);
      if (found) return { ...found, chain: way.target };
    }
    return undefined;
  }

  private endpoints(): ProxyEndpoint[] {
    const found = new Map<string, { -readonly [K in keyof ProxyEndpoint]: ProxyEndpoint[K] }>();
    const put = (choice: NftChoice | undefined, field: 'share' | 'localShare') => {
      for (const [key, { address, port, chain, share }] of choice?.shares ?? []) {
        const chains = chain === undefined ? [] : [chain];
        const known = found.get(key) ?? { address, port, chains };
        known[field] = share;
        found.set(key, known);
      }
    };
    put(this.any, 'share');
    put(this.local, 'localShare');
    return [...found.values()];
  }

  /** Since 1.33 one rule masquerades every endpoint of the node that reaches itself. */
  private hairpins(endpoints: readonly ProxyEndpoint[]): void {
    const set = this.proxy.listed.sets.get(HAIRPINS);
    const own = addressesIn(set);
    for (const { shape, at } of this.shapesOfChain('masquerading', this.proxy))
      if (shape.sourceSet === HAIRPINS && endpoints.some(({ address }) => own.includes(address)))
        this.draft.masquerades.push({ whose: 'itself', rule: at });
  }

  private externalPolicy(): TrafficPolicy | Unknown | undefined {
    const external = this.draft.addresses.filter(({ kind }) => kind !== 'cluster IP');
    if (external.length === 0) return undefined;
    const rules = this.shapes('external');
    let policy: TrafficPolicy = 'Local';
    for (const { shape, at } of rules) {
      this.draft.rules.push(at);
      if (!this.marks(shape)) continue;
      const source = whose(shape);
      if (source.whose === 'any') policy = 'Cluster';
      this.draft.masquerades.push({ ...source, kind: 'external or load balancer IP', rule: at });
    }
    if (external.some(({ refusal }) => refusal === 'no-local-endpoints')) return 'Local';
    return rules.length > 0 ? policy : REFUSED;
  }

  private sourceRanges(): readonly Prefix[] | Unknown {
    const { draft } = this;
    const rules = this.shapes('firewall');
    if (rules.length === 0) {
      const refused = draft.addresses.some(
        ({ kind, chain }) => kind === 'external or load balancer IP' && chain === undefined,
      );
      return refused ? REFUSED : [];
    }
    for (const address of draft.addresses)
      if (address.kind === 'external or load balancer IP') address.kind = 'external IP';
    const ranges = rules.flatMap(({ shape, at }) => {
      draft.rules.push(at);
      return shape.drops && shape.source?.inverted ? prefixesIn(shape.source.right) : [];
    });
    return withoutBalancers(ranges, draft.addresses);
  }
}

function endpointIn(dnat: NftShape['dnat']): { address: Address; port: number } | undefined {
  const [address, port] = [addressIn(dnat?.address), portIn(dnat?.port)];
  return address === undefined || port === undefined ? undefined : { address, port };
}

function whose({ source, iif, fromNode }: NftShape): Pick<ProxyMasquerade, 'whose' | 'detail'> {
  if (fromNode) return { whose: 'node' };
  if (iif?.inverted) return { whose: 'outside', detail: `interface ${iif.name}` };
  const [prefix] = source ? prefixesIn(source.right) : [];
  if (!prefix) return { whose: 'any' };
  return { whose: source?.inverted ? 'outside' : 'itself', detail: formatPrefix(prefix) };
}
