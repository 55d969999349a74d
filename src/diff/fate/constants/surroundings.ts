import type { Namespace } from '../../../model/namespace.ts';
import { type Address, bitsOf, familyOf } from '../../../net/address.ts';
import { parsePrefix } from '../../../net/prefix.ts';
import { Sysctls } from '../../../walk/sysctl.ts';
import { CutList, type Cuts } from './cuts.ts';

/** What routing, kinds of addresses and the choice of a source hang on, beside the rules of netfilter. */
export interface Surroundings {
  readonly addresses: Cuts;
  /** For the choice of a source address: how many bits two addresses have in common counts, too. */
  readonly selection: Cuts;
  readonly ports: Cuts;
  readonly protocols: Cuts;
}

/** Networks that the kernel knows by itself (net/ipv4/route.c, net/ipv6/addrconf.c, addrlabel.c). */
const KNOWN = [
  ...['0.0.0.0/32', '0.0.0.0/8', '127.0.0.0/8', '224.0.0.0/4', '224.0.0.0/24', '224.0.0.1/32', '255.255.255.255/32'],
  ...['::/128', '::1/128', '::ffff:0:0/96', 'fe80::/10', 'ff00::/8', 'ff01::1/128', 'ff02::1/128', 'ff02::2/128'],
];

/** Those that only the choice of a source looks at. */
const LABELLED = [
  ...['::/96', 'fec0::/10', 'fc00::/7', '2001::/32', '2001:10::/28', '2002::/16', '3ffe::/16'],
  ...Array.from({ length: 16 }, (_, scope) => `ff0${scope.toString(16)}::/16`),
];

/** Protocols that the walk, or a match without naming it, treats in a way of their own. */
const OWN_PROTOCOLS = [0, 1, 2, 6, 17, 33, 43, 44, 47, 50, 51, 58, 59, 60, 108, 132, 135, 136];

export function surroundingsOf(...namespaces: readonly Namespace[]): Surroundings {
  const addresses = new CutList();
  const ports = new CutList();
  const protocols = new CutList();
  addKnown(KNOWN, addresses);
  for (const protocol of OWN_PROTOCOLS) protocols.add(protocol);
  for (const namespace of namespaces) {
    addAddresses(namespace, addresses);
    for (const { from, to, sport, dport, protocol } of namespace.rules ?? []) {
      for (const prefix of [from, to]) if (prefix) addresses.prefix(prefix);
      for (const range of [sport, dport]) if (range) ports.span(...range);
      if (protocol !== undefined) protocols.add(protocol);
    }
  }
  const selection = new CutList();
  addKnown([...KNOWN, ...LABELLED], selection);
  for (const namespace of namespaces) {
    addAddresses(namespace, selection);
    addCommonBits(namespace, selection);
  }
  return {
    addresses: addresses.byMembership(),
    selection: selection.byMembership(),
    ports: ports.sorted(),
    protocols: protocols.sorted(),
  };
}

function addKnown(texts: readonly string[], list: CutList): void {
  for (const text of texts) {
    const prefix = parsePrefix(text);
    if (prefix) list.prefix(prefix);
  }
}

function addAddresses(namespace: Namespace, list: CutList): void {
  for (const { destination, from } of namespace.routes ?? []) {
    list.prefix(destination);
    if (from) list.prefix(from);
  }
  for (const { addresses } of namespace.interfaces ?? [])
    for (const { address, prefixLength, broadcast, peer } of addresses) {
      list.network(address, prefixLength);
      for (const one of [address, broadcast, peer]) if (one !== undefined) list.add(one);
      if (typeof address === 'bigint') list.add(SOLICITED | (address & 0xffffffn));
    }
  for (const address of namespace.localAddresses) list.add(address);
  const sysctls = new Sysctls(namespace.sysctls);
  const silent = (address: Address, device: string | undefined) =>
    device !== undefined && !sysctls.solicits(familyOf(address), device);
  const bridges = new Set((namespace.interfaces ?? []).map(({ master }) => master));
  for (const { address, device, state } of namespace.neighbours ?? []) {
    const failed = state === 'FAILED' || state === 'INCOMPLETE';
    if (failed || bridges.has(device) || silent(address, device)) list.add(address);
  }
}

/** Groups in which neighbour discovery asks for an address. */
const SOLICITED = 0xff0200000000000000000001ff000000n;

function addCommonBits({ interfaces = [] }: Namespace, list: CutList): void {
  for (const { addresses } of interfaces)
    for (const { address, prefixLength } of addresses)
      if (typeof address === 'bigint')
        for (let length = 1; length <= Math.min(prefixLength, bitsOf('ip6')); length++) list.network(address, length);
}
