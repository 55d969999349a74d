import type { Packet } from '../../net/packet.ts';
import type { AnsweredAnswer, AssumptionAnswer } from '../answer.ts';
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
  /** What is to work, where it is no transfer. */
  readonly session?: string;
  /** What is so where nobody helps; absent: the data are a connection of their own. */
  readonly unhelped?: string;
  /** What a helper reads in the request itself. */
  request?(packet: Packet): Packet['request'];
  /** What is taken for what the request says. */
  assumptions?(packet: Packet): readonly AssumptionAnswer[];
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
  /** Both sides stream to each other, from and to these ports. */
  readonly mediaPorts?: MediaPorts;
  /** The server connects to the client because of what it sent: from where, to which port of the client. */
  connection?(sent: Fate, back: Back): Back & { readonly port: number };
}

export interface MediaPorts {
  readonly caller: number;
  readonly callee: number;
}
