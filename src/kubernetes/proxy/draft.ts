import type { Address, Family } from '../../net/address.ts';
import type { RulePosition } from '../../walk/trace.ts';
import { formatServicePort, type ServicePort } from '../comment.ts';
import type { ProxyAddress, ProxyAddressKind, ProxyMasquerade } from './service.ts';

/** Why new connections to an address are refused. */
export type Refusal = 'no-endpoints' | 'no-local-endpoints';

type DraftAddress = { -readonly [K in keyof ProxyAddress]: ProxyAddress[K] } & { refusal?: Refusal };

/** A service port while its rules are being collected. */
export class Draft {
  service: ServicePort | undefined;
  suffix: string | undefined;
  readonly family: Family;
  readonly protocol: number;
  readonly addresses: DraftAddress[] = [];
  readonly rules: RulePosition[] = [];
  readonly masquerades: ProxyMasquerade[] = [];
  readonly oddities: string[] = [];
  healthCheckPort: number | undefined;

  constructor(family: Family, protocol: number) {
    this.family = family;
    this.protocol = protocol;
  }

  find(address: Address | undefined, port: number): DraftAddress | undefined {
    return this.addresses.find(known => known.address === address && known.port === port);
  }

  put(kind: ProxyAddressKind, address: Address | undefined, port: number, fate: ProxyAddress['fate']): DraftAddress {
    const known = this.find(address, port);
    if (known) return known;
    const added: DraftAddress = { kind, ...(address !== undefined && { address }), port, fate };
    this.addresses.push(added);
    return added;
  }
}

/** Service ports by what rules call them: the common part of their chains' names, their names, their addresses. */
export class Drafts {
  readonly all: Draft[] = [];
  private readonly family: Family;
  private readonly bySuffix = new Map<string, Draft>();
  private readonly byName = new Map<string, Draft>();
  private readonly byAddress = new Map<string, Draft>();

  constructor(family: Family) {
    this.family = family;
  }

  ofChain(suffix: string, protocol: number, service: ServicePort | undefined): Draft {
    let draft = this.bySuffix.get(suffix);
    if (!draft) {
      draft = (service && this.named(service, protocol)) ?? this.add(protocol);
      draft.suffix = suffix;
      this.bySuffix.set(suffix, draft);
    }
    if (service) this.name(draft, service);
    return draft;
  }

  /** Of a rule that jumps to no chain of the service's own. */
  ofAddress(address: Address | undefined, port: number, protocol: number, service: ServicePort | undefined): Draft {
    const known = (service && this.named(service, protocol)) ?? this.at(address, port, protocol);
    const draft = known ?? this.add(protocol);
    if (service) this.name(draft, service);
    this.place(draft, address, port);
    return draft;
  }

  named(service: ServicePort, protocol: number): Draft | undefined {
    return this.byName.get(nameKey(service, protocol));
  }

  at(address: Address | undefined, port: number, protocol: number): Draft | undefined {
    return this.byAddress.get(addressKey(address, port, protocol));
  }

  /** From now on found by this address. */
  place(draft: Draft, address: Address | undefined, port: number): void {
    const key = addressKey(address, port, draft.protocol);
    if (!this.byAddress.has(key)) this.byAddress.set(key, draft);
  }

  private name(draft: Draft, service: ServicePort): void {
    draft.service ??= service;
    const key = nameKey(service, draft.protocol);
    if (!this.byName.has(key)) this.byName.set(key, draft);
  }

  private add(protocol: number): Draft {
    const draft = new Draft(this.family, protocol);
    this.all.push(draft);
    return draft;
  }
}

const nameKey = (service: ServicePort, protocol: number): string => `${formatServicePort(service)} ${protocol}`;
const addressKey = (address: Address | undefined, port: number, protocol: number): string =>
  `${address ?? 'node'} ${port} ${protocol}`;
