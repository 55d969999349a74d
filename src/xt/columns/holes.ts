/** What one rule of a kind has of its own, where the rest of its words is that of many rules. */
export type HoleType = 'address4' | 'address6' | 'text' | 'comment' | 'chain' | 'port' | 'endpoint4' | 'endpoint6';

export interface Hole {
  /** The option whose argument it is. */
  readonly option: string;
  readonly type: HoleType;
  /** How many of the rule's values it takes: a text two, the places where it starts and ends. A comment is kept apart. */
  readonly width: number;
}

const hole = (option: string, type: HoleType, width: number): Hole => ({ option, type, width });

/** By the byte that stands for the hole in a shape; no line of words holds such bytes. */
export const HOLES: readonly (Hole | undefined)[] = [
  undefined,
  hole('-s', 'address4', 1),
  hole('-d', 'address4', 1),
  hole('-s', 'address6', 4),
  hole('-d', 'address6', 4),
  hole('--comment', 'comment', 0),
  hole('-j', 'chain', 1),
  hole('-g', 'chain', 1),
  hole('--source-port', 'port', 1),
  hole('--destination-port', 'port', 1),
  hole('--to-destination', 'endpoint4', 2),
  hole('--to-destination', 'endpoint6', 5),
  hole('-i', 'text', 2),
  hole('-o', 'text', 2),
];

export const MARK = {
  SOURCE4: 1,
  DESTINATION4: 2,
  SOURCE6: 3,
  DESTINATION6: 4,
  COMMENT: 5,
  JUMP: 6,
  GOTO: 7,
  SPORT: 8,
  DPORT: 9,
  ENDPOINT4: 10,
  ENDPOINT6: 11,
  IN: 12,
  OUT: 13,
} as const;
