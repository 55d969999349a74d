import type { Statement } from '../../../model/ruleset.ts';
import type { Family } from '../../../net/address.ts';
import { parseAddress } from '../../../net/address.ts';
import { hasPorts } from '../../../net/packet.ts';
import type { Prefix } from '../../../net/prefix.ts';
import { parseProtocol } from '../../../net/protocol.ts';
import { syntaxOf } from '../../../nft/evaluate/statement.ts';
import type { Expression } from '../../../nft/schema.ts';
import { headerOf, interfaceMatches } from '../../../xt/header.ts';
import { tcp } from '../../../xt/match/tcp.ts';
import { udp } from '../../../xt/match/udp.ts';
import type { PortRange } from '../../../xt/port.ts';
import { optionsOf } from '../../../xt/statement.ts';
import { CutList } from '../constants/cuts.ts';
import type { Numeric } from '../space/box.ts';
import { from, type Intervals, intersect } from '../space/intervals.ts';

/** What a rule asks of packets in plain words; what it asks beyond that is left out, so that it holds for more. */
export interface Conditions {
  readonly family?: Family;
  readonly sets: Partial<Readonly<Record<Numeric, Intervals>>>;
  /** Whether the name of the incoming interface fits. */
  readonly iif?: (name: string) => boolean;
}

export function conditionsOf(statements: readonly Statement[]): Conditions {
  const found = new Found();
  for (const statement of statements) {
    const header = headerOf(statement);
    if (header) {
      if (header.source && !header.source.inverted) found.prefix('saddr', header.source.value);
      if (header.destination && !header.destination.inverted) found.prefix('daddr', header.destination.value);
      if (header.protocol && !header.protocol.inverted) found.set('protocol', from(header.protocol.value));
      const { iif } = header;
      if (iif && !iif.inverted) found.iif = name => interfaceMatches(iif.value, name);
    }
    const ports = optionsOf(statement, tcp) ?? optionsOf(statement, udp);
    if (ports) {
      found.ports('sport', ports.sport);
      found.ports('dport', ports.dport);
    }
    const nft = syntaxOf(statement)?.syntax;
    if (nft?.kind === 'match' && nft.operator === '==') found.match(nft.left, nft.right);
    else if (nft && nft.kind !== 'match') break;
  }
  return found;
}

class Found implements Conditions {
  family?: Family;
  sets: Partial<Record<Numeric, Intervals>> = {};
  iif?: (name: string) => boolean;

  set(field: Numeric, values: Intervals): void {
    const known = this.sets[field];
    this.sets[field] = known ? intersect(known, values) : values;
  }

  /** A mask with holes is left out. */
  prefix(field: 'saddr' | 'daddr', prefix: Prefix): void {
    const list = new CutList();
    list.prefix(prefix);
    const { narrow, wide } = list.sorted();
    const [low, high, more] = prefix.family === 'ip' ? narrow : wide;
    if (low === undefined || high === undefined || more !== undefined) return;
    this.set(field, from(low, typeof high === 'bigint' ? high - 1n : high - 1));
  }

  ports(field: 'sport' | 'dport', range: PortRange | undefined): void {
    if (range && !range.inverted) this.set(field, from(range.min, range.max));
  }

  match(left: Expression, right: Expression): void {
    if (left.kind === 'payload' && left.tunnel === undefined) {
      const { protocol, field } = left;
      if (protocol === 'ip' || protocol === 'ip6') {
        this.family = protocol;
        if (field === 'saddr' || field === 'daddr') this.values(field, right);
        return;
      }
      const number = protocol === 'th' ? undefined : parseProtocol(protocol);
      if (number !== undefined && hasPorts(number)) this.set('protocol', from(number));
      if (field === 'sport' || field === 'dport') this.values(field, right);
    } else if (left.kind === 'meta' && left.key === 'l4proto') this.values('protocol', right);
    else if (left.kind === 'meta' && left.key === 'iifname' && right.kind === 'value') {
      const name = String(right.value);
      this.iif = other => (name.endsWith('*') ? other.startsWith(name.slice(0, -1)) : other === name);
    }
  }

  private values(field: Numeric, right: Expression): void {
    const values = valuesOf(field, right);
    if (values) this.set(field, values);
  }
}

/** Undefined: they are not plain. */
export function valuesOf(field: Numeric, expression: Expression): Intervals | undefined {
  if (expression.kind === 'value') {
    const { value } = expression;
    if (typeof value === 'number') return from(value);
    if (typeof value !== 'string') return undefined;
    const parsed =
      field === 'protocol' ? parseProtocol(value) : field.endsWith('addr') ? parseAddress(value) : portOf(value);
    return parsed === undefined ? undefined : from(parsed);
  }
  if (expression.kind === 'prefix' && expression.address.kind === 'value') {
    const address = parseAddress(String(expression.address.value));
    if (address === undefined) return undefined;
    const list = new CutList();
    list.network(address, expression.length);
    const { narrow, wide } = list.sorted();
    const [low, high] = typeof address === 'bigint' ? wide : narrow;
    return low === undefined || high === undefined
      ? undefined
      : from(low, typeof high === 'bigint' ? high - 1n : high - 1);
  }
  return undefined;
}

const portOf = (text: string): number | undefined => (/^\d{1,5}$/.test(text) ? Number(text) : undefined);
