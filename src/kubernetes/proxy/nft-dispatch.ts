import type { Address } from '../../net/address.ts';
import type { NftTable } from '../../nft/ruleset.ts';
import type { Element, Expression } from '../../nft/schema.ts';
import { parseServiceComment } from '../comment.ts';
import type { Drafts } from './draft.ts';
import { parseNftChain } from './nft-name.ts';
import { addressesIn, addressIn, keyParts, portIn, protocolIn } from './nft-syntax.ts';

/** Reads the maps by which packets are handed to services. */
export class NftCollection {
  private readonly sets: NftTable['sets'];
  private readonly drafts: Drafts;
  private readonly wanted: RegExp | undefined;
  private readonly clusterIPs: ReadonlySet<Address> | undefined;
  private readonly nodePortIPs: readonly (Address | undefined)[];

  constructor({ sets }: Pick<NftTable, 'sets'>, drafts: Drafts, wanted: RegExp | undefined) {
    this.sets = sets;
    this.drafts = drafts;
    this.wanted = wanted;
    this.clusterIPs = sets.has('cluster-ips') ? new Set(addressesIn(sets.get('cluster-ips'))) : undefined;
    const limits = addressesIn(sets.get('nodeport-ips'));
    this.nodePortIPs = limits.length > 0 ? limits : [undefined];
  }

  collect(): void {
    for (const element of this.elements('service-ips')) this.dispatched(element, false);
    for (const element of this.elements('service-nodeports')) this.dispatched(element, true);
    for (const element of this.elements('firewall-ips')) this.limited(element);
    for (const element of this.elements('no-endpoint-services')) this.refused(element, false);
    for (const element of this.elements('no-endpoint-nodeports')) this.refused(element, true);
  }

  private *elements(name: string): Generator<Element> {
    const { wanted } = this;
    const all = this.sets.get(name)?.elements;
    for (const element of (wanted && all?.matching?.(wanted)) ?? all ?? []) {
      if (!wanted || wanted.test(` ${element.comment ?? ''} ${textOf(element.key)} ${targetOf(element.value) ?? ''}`))
        yield element;
    }
  }

  private placesOf(element: Element, nodePort: boolean) {
    const [first, second, third] = keyParts(element);
    const protocol = protocolIn(nodePort ? first : second);
    const port = portIn(nodePort ? second : third);
    if (protocol === undefined || port === undefined) return [];
    const addresses = nodePort ? this.nodePortIPs : [addressIn(first)];
    return addresses.map(address => ({ address, protocol, port }));
  }

  private dispatched(element: Element, nodePort: boolean): void {
    const target = targetOf(element.value);
    const name = target === undefined ? undefined : parseNftChain(target);
    if (target === undefined || !name) return;
    for (const { address, protocol, port } of this.placesOf(element, nodePort)) {
      const draft = this.drafts.ofChain(name.suffix, protocol, name.service);
      const kind = nodePort ? 'node port' : name.role === 'external' ? 'external or load balancer IP' : 'cluster IP';
      draft.put(kind, address, port, 'translated').chain ??= target;
      this.drafts.place(draft, address, port);
    }
  }

  /** Only load balancer addresses have source ranges; and where they have, the others are no load balancer's. */
  private limited(element: Element): void {
    const target = targetOf(element.value);
    const name = target === undefined ? undefined : parseNftChain(target);
    if (!name) return;
    for (const { address, protocol, port } of this.placesOf(element, false)) {
      const draft = this.drafts.ofChain(name.suffix, protocol, name.service);
      draft.put('load balancer IP', address, port, 'translated').kind = 'load balancer IP';
      this.drafts.place(draft, address, port);
    }
  }

  private refused(element: Element, nodePort: boolean): void {
    const said = element.comment === undefined ? undefined : parseServiceComment(element.comment);
    const drops = element.value?.kind === 'drop';
    for (const { address, protocol, port } of this.placesOf(element, nodePort)) {
      const draft = this.drafts.ofAddress(address, port, protocol, said?.service);
      const cluster = address !== undefined && this.clusterIPs?.has(address) === true;
      const kind = nodePort ? 'node port' : cluster ? 'cluster IP' : 'external or load balancer IP';
      const put = draft.put(kind, address, port, 'translated');
      put.fate = drops ? 'dropped' : 'rejected';
      put.refusal = drops ? 'no-local-endpoints' : 'no-endpoints';
    }
  }
}

const targetOf = (value: Element['value']): string | undefined =>
  value?.kind === 'goto' || value?.kind === 'jump' ? value.target : undefined;

const textOf = (key: Expression): string =>
  key.kind === 'concat' ? key.items.map(textOf).join(' ') : key.kind === 'value' ? String(key.value) : '';
