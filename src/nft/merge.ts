import type { NftTable } from './ruleset.ts';

type Part = NftTable['parts'][number];

const nameOf = (part: Part): string => `${part.kind} ${part.name}`;

/** Two listings of one table, whole or of some of its chains and sets; where both have a thing the later counts. */
export function mergeTables(earlier: NftTable, later: NftTable): NftTable {
  const parts = new Map(earlier.parts.map(part => [nameOf(part), part] as const));
  for (const part of later.parts) parts.set(nameOf(part), part);
  const objects = new Map(earlier.objects.map(object => [nameOf(object), object] as const));
  for (const object of later.objects) objects.set(nameOf(object), object);
  const { listed: _, ...last } = later;
  return {
    ...last,
    handle: later.handle ?? earlier.handle,
    owner: earlier.owner === 'iptables-nft' ? earlier.owner : later.owner,
    flags: [...new Set([...earlier.flags, ...later.flags])],
    comment: later.comment ?? earlier.comment,
    chains: new Map([...earlier.chains, ...later.chains]),
    sets: new Map([...earlier.sets, ...later.sets]),
    flowtables: new Map([...earlier.flowtables, ...later.flowtables]),
    objects: [...objects.values()],
    parts: [...parts.values()],
    cutOff: later.cutOff ?? earlier.cutOff,
  };
}
