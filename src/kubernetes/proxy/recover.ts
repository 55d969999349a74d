import type { Rule, Table } from '../../model/ruleset.ts';
import { type Unknown, unknown } from '../../model/truth.ts';
import { formatEndpoint } from '../../net/address.ts';
import { type Prefix, parsePrefix } from '../../net/prefix.ts';
import type { RulePosition } from '../../walk/trace.ts';
import { shapeOf } from '../../xt/shape.ts';
import { type Choice, choiceOf, endpointOf } from './choice.ts';
import { collect, suffixOf, whoseMasquerade } from './dispatch.ts';
import { type Draft, Drafts } from './draft.ts';
import type { Era, ProxyTables } from './era.ts';
import { affinityOf, internalPolicyOf, REFUSED, withoutBalancers } from './policy.ts';
import type { ProxyEndpoint, ProxyService, TrafficPolicy } from './service.ts';

/** What kube-proxy's iptables rules of one family tell of service ports; of those whose rules hold the pattern. */
export function recoverIptables(tables: ProxyTables, wanted?: RegExp): ProxyService[] {
  const { era } = tables;
  const drafts = new Drafts(tables.family);
  collect(tables, era, drafts, wanted);
  return drafts.all.map(draft => new Recovery(tables, era, draft).service());
}

class Recovery {
  private readonly tables: ProxyTables;
  private readonly era: Era;
  private readonly draft: Draft;
  private readonly any: Choice | undefined;
  private readonly local: Choice | undefined;

  constructor(tables: ProxyTables, era: Era, draft: Draft) {
    this.tables = tables;
    this.era = era;
    this.draft = draft;
    this.any = this.choice('KUBE-SVC-');
    this.local = this.choice('KUBE-SVL-') ?? this.choice('KUBE-XLB-');
  }

  service(): ProxyService {
    const { draft, era } = this;
    const endpoints = this.endpoints();
    const externalPolicy = this.externalPolicy();
    const sourceRanges = this.sourceRanges();
    return {
      service: draft.service,
      namedBy: draft.service ? 'comment' : null,
      suffix: draft.suffix,
      family: draft.family,
      protocol: draft.protocol,
      addresses: draft.addresses.map(({ refusal: _, ...address }) => address),
      endpoints,
      externalPolicy,
      internalPolicy: internalPolicyOf(draft.addresses, 'KUBE-SVL-', era.internalPolicy ? 'Cluster' : hidden(era)),
      affinitySeconds: affinityOf([this.any, this.local]),
      sourceRanges,
      healthCheckPort: draft.healthCheckPort,
      masquerades: draft.masquerades,
      rules: draft.rules,
      oddities: draft.oddities,
    };
  }

  private chainOf(prefix: string): { readonly name: string; readonly rules: Iterable<Rule> } | undefined {
    const { suffix } = this.draft;
    return suffix === undefined ? undefined : this.tables.nat.chains.get(`${prefix}${suffix}`);
  }

  private at(table: Table, chain: string, rule: Rule): RulePosition {
    return { family: this.tables.family, owner: table.owner, table: table.name, chain, rule };
  }

  private choice(prefix: string): Choice | undefined {
    const { draft, tables } = this;
    const name = `${prefix}${draft.suffix}`;
    const choice = draft.suffix === undefined ? undefined : choiceOf(tables.nat, name);
    for (const rule of choice?.choosing ?? []) draft.rules.push(this.at(tables.nat, name, rule));
    for (const { rule, shape } of choice?.others ?? []) {
      const position = this.at(tables.nat, name, rule);
      draft.rules.push(position);
      if (shape.chain !== 'KUBE-MARK-MASQ') continue;
      const { destination } = shape.header;
      const kind = draft.addresses.find(
        ({ address, port }) => address === destination?.value.address && port === shape.dport,
      )?.kind;
      draft.masquerades.push({ ...whoseMasquerade(shape), ...(kind && { kind }), rule: position });
    }
    return choice;
  }

  private endpoints(): ProxyEndpoint[] {
    const { draft, tables } = this;
    const found = new Map<string, { -readonly [K in keyof ProxyEndpoint]: ProxyEndpoint[K] } & { chains: string[] }>();
    const put = (chain: string, field: 'share' | 'localShare', share: number) => {
      const endpoint = endpointOf(tables.nat, chain);
      if (!endpoint) {
        draft.oddities.push(`${chain} translates to no address and port`);
        return;
      }
      const { address, port, hairpin } = endpoint;
      const key = formatEndpoint(address, port);
      let known = found.get(key);
      if (!known) {
        known = { address, port, chains: [chain] };
        found.set(key, known);
        if (hairpin) {
          const rule = this.at(tables.nat, chain, hairpin);
          draft.masquerades.push({ ...whoseMasquerade(shapeOf(hairpin)), rule });
        }
      } else if (!known.chains.includes(chain)) known.chains.push(chain);
      known[field] = (known[field] ?? 0) + share;
    };
    for (const [chain, share] of this.any?.shares ?? []) put(chain, 'share', share);
    for (const [chain, share] of this.local?.shares ?? []) put(chain, 'localShare', share);
    return [...found.values()];
  }

  private externalPolicy(): TrafficPolicy | Unknown | undefined {
    const { draft, era } = this;
    const external = draft.addresses.filter(({ kind }) => kind !== 'cluster IP');
    if (external.length === 0) return undefined;
    if (external.some(({ refusal }) => refusal === 'no-local-endpoints')) return 'Local';
    const ext = this.chainOf('KUBE-EXT-');
    if (ext) return this.policyOf(ext);
    const targets = external.flatMap(({ chain = '' }) => (chain.startsWith('KUBE-FW-') ? this.beyond(chain) : [chain]));
    if (targets.some(target => target.startsWith('KUBE-XLB-'))) return 'Local';
    if (!targets.some(target => target.startsWith('KUBE-SVC-'))) return REFUSED;
    if (!era.externalIpPolicy && external.every(({ kind }) => kind === 'external IP'))
      return unknown(`rules of kube-proxy ${era.releases} treat external addresses alike`, "the API's Service");
    return 'Cluster';
  }

  /** Of a chain for external addresses: whether everyone's connections are marked, or those of the node alone. */
  private policyOf({ name, rules }: { readonly name: string; readonly rules: Iterable<Rule> }): TrafficPolicy {
    let policy: TrafficPolicy = 'Local';
    for (const rule of rules) {
      const shape = shapeOf(rule);
      const position = this.at(this.tables.nat, name, rule);
      this.draft.rules.push(position);
      if (shape.chain !== 'KUBE-MARK-MASQ') continue;
      const whose = whoseMasquerade(shape);
      if (whose.whose === 'any') policy = 'Cluster';
      this.draft.masquerades.push({ ...whose, kind: 'external or load balancer IP', rule: position });
    }
    return policy;
  }

  private beyond(chain: string): string[] {
    return [...(this.tables.nat.chains.get(chain)?.rules ?? [])].flatMap(rule => shapeOf(rule).chain ?? []);
  }

  private sourceRanges(): readonly Prefix[] | Unknown {
    const { draft } = this;
    const firewall = this.chainOf('KUBE-FW-');
    if (!firewall) {
      const undecided = draft.addresses.some(a => a.kind === 'external or load balancer IP' && a.chain === undefined);
      const refused = draft.addresses.some(a => a.kind === 'load balancer IP' && a.chain === undefined);
      return undecided || refused ? REFUSED : [];
    }
    const ranges: Prefix[] = [];
    let open = false;
    for (const rule of firewall.rules) {
      const shape = shapeOf(rule);
      const position = this.at(this.tables.nat, firewall.name, rule);
      draft.rules.push(position);
      if (shape.chain === 'KUBE-MARK-MASQ')
        draft.masquerades.push({ ...whoseMasquerade(shape), kind: 'load balancer IP', rule: position });
      else if (shape.chain !== undefined && suffixOf(shape.chain) !== undefined) {
        const { source } = shape.header;
        if (!source) open = true;
        else if (!source.inverted) ranges.push(source.value);
      }
    }
    if (!open) return withoutBalancers(ranges, draft.addresses);
    // Until 1.23 every load balancer address has such a chain; since then one without -s says that the range is all.
    const all = parsePrefix(draft.family === 'ip' ? '0.0.0.0/0' : '::/0');
    return this.era.internalPolicy && all ? [...ranges, all] : [];
  }
}

const hidden = (era: Era): Unknown =>
  unknown(`rules of kube-proxy ${era.releases} do not show it`, "the API's Service");
