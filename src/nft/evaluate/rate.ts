import { and, type Truth, unknown, usually } from '../../model/truth.ts';
import type { World } from '../../model/world.ts';
import type { Packet } from '../../net/packet.ts';
import type { CtCount, Element, LimitTerms, QuotaTerms } from '../schema.ts';

/** How many tokens a limit has left no dump holds: at rest it has some. */
export const limitTruth = ({ inverted }: Pick<LimitTerms, 'inverted'>): Truth =>
  usually(!inverted, 'how much of the limit is left is not known');

export const ctCountTruth = ({ inverted, value }: CtCount): Truth =>
  usually(!inverted, `whether there are more than ${value} connections is not known`, 'conntrack -L');

/**
 * nft_overquota: the packet counts before it is compared. What was used up, the listing says.
 */
export function quotaTruth(terms: QuotaTerms, owner: object, packet: Packet, world: World): Truth {
  const { bytes, used = 0n, inverted } = terms;
  const state = world.state(owner, () => ({ used }));
  if (packet.length === undefined)
    return used > bytes ? inverted : unknown('the length of the packet is not known', 'tell its length');
  const consumed = (state?.used ?? used) + BigInt(packet.length);
  if (state) state.used = consumed;
  return consumed > bytes === inverted;
}

/** What a found element's own limit, quota or count says (nft_set_elem_update_expr): a no ends the rule. */
export const elementTruth = ({ statements = [] }: Element, packet: Packet, world: World): Truth =>
  and(
    statements.map(statement => {
      if (statement.kind === 'limit') return 'name' in statement ? true : limitTruth(statement);
      if (statement.kind === 'quota')
        return 'name' in statement ? true : quotaTruth(statement, statement, packet, world);
      return statement.kind === 'ct count' ? ctCountTruth(statement) : true;
    }),
  );
