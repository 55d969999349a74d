import type { Chain, ListedChain, Registration, Table } from '../model/ruleset.ts';
import type { Family } from '../net/address.ts';

/** What is known of a base chain's turn among those of its priority: the higher one runs first, -1 is not known. */
export type Turn = (table: Table, chain: Chain) => number;

/** By a record of all registrations: the newest runs first, and a chain that it does not have is on no hook. */
export const turnsOfRecord =
  (registrations: readonly Registration[]): Turn =>
  (table, chain) =>
    registrations.findLastIndex(
      one =>
        one.owner === table.owner &&
        one.family === table.family &&
        one.table === table.name &&
        one.chain === chain.name,
    );

/**
 * By `nft list hooks`, which does not show chains of type nat. Of three and more at one priority nft printed all but the
 * first in reverse (basehook_list_add_tail) until it was mended in 2026: their order stays unknown.
 */
export function turnsOfListing(listed: readonly ListedChain[], family: Family): Turn {
  const own = listed.filter(one => one.family === family);
  const alike = (a: ListedChain, b: ListedChain) => a.hook === b.hook && a.priority === b.priority;
  return (table, chain) => {
    const backend = table.owner === 'iptables-legacy' ? 'legacy' : 'nft';
    const at = own.findIndex(
      one =>
        one.backend === backend &&
        one.table === table.name &&
        one.hook === chain.base?.hook &&
        (one.chain === undefined || one.chain === chain.name),
    );
    const found = own[at];
    return found && own.filter(one => alike(one, found)).length < 3 ? own.length - at : -1;
  };
}
