import type { NatRange } from '../model/effect.ts';
import type { Rule, Statement } from '../model/ruleset.ts';
import type { Masked } from '../net/mark.ts';

import { type Header, headerOf } from './header.ts';
import { type AddrtypeOptions, addrtype } from './match/addrtype.ts';
import { mark } from './match/mark.ts';
import { type RecentOptions, recent } from './match/recent.ts';
import { sctp } from './match/sctp.ts';
import { set } from './match/set.ts';
import { statistic } from './match/statistic.ts';
import { tcp } from './match/tcp.ts';
import { udp } from './match/udp.ts';
import type { PortRange } from './port.ts';
import { jumpOf, optionsOf } from './statement.ts';
import { DNAT } from './target/DNAT.ts';
import { MARK } from './target/MARK.ts';

/** What of an iptables rule tells what it is for. Made from the typed options; what is absent the rule does not have. */
export interface RuleShape {
  readonly header: Header;
  /** Of `-j CHAIN` and `-g CHAIN`. */
  readonly chain?: string;
  /** Of `-j EXTENSION`. */
  readonly target?: string;
  /** The one port that the rule demands. */
  readonly dport?: number;
  readonly dnat?: NatRange;
  readonly recent?: RecentOptions;
  /** Of `statistic`, from 0 to 1. */
  readonly probability?: number;
  readonly addrtype?: AddrtypeOptions;
  readonly mark?: { readonly mark: Masked; readonly inverted: boolean };
  readonly setMark?: Masked;
  /** Sets of `-m set`. */
  readonly sets: readonly string[];
}

const ONE = 0x80000000;

export function shapeOf(rule: Rule): RuleShape {
  const shape: { -readonly [K in keyof RuleShape]: RuleShape[K] } & { sets: string[] } = { header: {}, sets: [] };
  for (const statement of rule.statements) {
    const header = headerOf(statement);
    const chain = jumpOf(statement);
    if (header) shape.header = header;
    else if (chain !== undefined) shape.chain = chain;
    else readExtension(statement, shape);
  }
  return shape;
}

function readExtension(
  statement: Statement,
  shape: { -readonly [K in keyof RuleShape]: RuleShape[K] } & { sets: string[] },
): void {
  const { name } = statement;
  switch (name) {
    case 'tcp':
    case 'udp':
    case 'sctp': {
      const dport = portOf(statement);
      if (dport && dport.min === dport.max && !dport.inverted) shape.dport = dport.min;
      break;
    }
    case 'recent': {
      const options = optionsOf(statement, recent);
      if (options) shape.recent = options;
      break;
    }
    case 'statistic': {
      const options = optionsOf(statement, statistic);
      if (options?.mode === 'random' && !options.inverted) shape.probability = options.probability / ONE;
      else if (options?.mode === 'nth' && !options.inverted) shape.probability = 1 / options.every;
      break;
    }
    case 'addrtype': {
      const options = optionsOf(statement, addrtype);
      if (options) shape.addrtype = { ...shape.addrtype, ...options };
      break;
    }
    case 'mark': {
      const options = optionsOf(statement, mark);
      if (options) shape.mark = options;
      break;
    }
    case 'set': {
      const options = optionsOf(statement, set);
      if (options) shape.sets.push(options.set);
      break;
    }
    case 'DNAT': {
      const options = optionsOf(statement, DNAT);
      if (options) shape.dnat = options.range;
      shape.target = name;
      break;
    }
    case 'MARK': {
      const options = optionsOf(statement, MARK);
      if (options) shape.setMark = options.mark;
      shape.target = name;
      break;
    }
    default:
      if (/^[A-Z]/.test(name)) shape.target = name;
  }
}

const portOf = (statement: Statement): PortRange | undefined =>
  (optionsOf(statement, tcp) ?? optionsOf(statement, udp) ?? optionsOf(statement, sctp))?.dport;
