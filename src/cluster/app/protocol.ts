import type { Packet } from '../../net/packet.ts';
import type { AnsweredAnswer } from '../answer.ts';
import type { Fate } from '../fate.ts';
import type { Start } from '../journey.ts';
import type { Back } from '../reply.ts';

/** Whatever port the server takes for its data. */
export const DATA_PORT = 49152;

/** A protocol whose data travels on another connection than the request. */
export interface AppProtocol {
  /** As conntrack calls its helper. */
  readonly helper: string;
  /** What a helper finds expected, in words. */
  readonly expects: string;
  /** Throws InputError for a request of another transport protocol. */
  check(protocol: number): void;
  /** What a helper reads in the request itself. */
  readonly request?: Packet['request'];
  /** What the server answers with. */
  answer(back: Back): Back;
  /** The answer comes from another port than the one that was asked. */
  readonly anyPort: boolean;
  /** What the client sends because of the answer; undefined: nothing came that it could use. */
  onward(asked: Start, back: Fate): Start | undefined;
  /** What the client makes of it; `sent`: what `onward` made, as it went. */
  judge(
    request: Fate,
    sent: { readonly start: Start; readonly fate: Fate } | undefined,
    answered: AnsweredAnswer,
  ): AnsweredAnswer;
  /** What the client sends begins a connection, whose answer must come back, too. */
  readonly connects: boolean;
  /** The server connects to the client because of what it sent: from where, to which port of the client. */
  connection?(sent: Fate, back: Back): Back & { readonly port: number };
}
