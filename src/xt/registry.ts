import type { Family } from '../net/address.ts';
import type { Extension } from './extension.ts';
import { comment } from './match/comment.ts';
import { mark } from './match/mark.ts';
import { multiport } from './match/multiport.ts';
import { recent } from './match/recent.ts';
import { set } from './match/set.ts';
import { statistic } from './match/statistic.ts';
import { tcp } from './match/tcp.ts';
import { udp } from './match/udp.ts';
import { MARK } from './target/MARK.ts';
import { SET } from './target/SET.ts';
import { ACCEPT, DROP, RETURN } from './target/verdicts.ts';

const MATCHES: readonly Extension[] = [comment, mark, multiport, recent, set, statistic, tcp, udp];
const TARGETS: readonly Extension[] = [ACCEPT, DROP, MARK, RETURN, SET];

/** By family and name; several files may share a name between families (`icmp6` and `icmp`, `ah`). */
function index(extensions: readonly Extension[]): Record<Family, ReadonlyMap<string, Extension>> {
  const of = (family: Family) =>
    new Map(extensions.filter(e => e.families.includes(family)).map(e => [e.name, e] as const));
  return { ip: of('ip'), ip6: of('ip6') };
}

const matches = index(MATCHES);
const targets = index(TARGETS);

export const findMatch = (family: Family, name: string): Extension | undefined => matches[family].get(name);
export const findTarget = (family: Family, name: string): Extension | undefined => targets[family].get(name);

/** The match that `-p PROTOCOL` brings along without `-m`. */
export const implicitMatch = (family: Family, protocol: number): Extension | undefined =>
  MATCHES.find(e => e.families.includes(family) && e.implicitFor?.includes(protocol));

/** Everything this version can read, for the lists in docs and tests. */
export const allExtensions = (): readonly Extension[] => [...MATCHES, ...TARGETS];
