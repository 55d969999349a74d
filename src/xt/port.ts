import { type Truth, unknown } from '../model/truth.ts';
import { servicePort } from '../net/service.ts';
import { OptionError } from './extension.ts';
import type { Given } from './given.ts';
import { parseInteger } from './numbers.ts';

export const MAX_PORT = 65535;

/** Ports from `min` to `max`, both included. */
export interface PortRange {
  readonly min: number;
  readonly max: number;
  readonly inverted: boolean;
}

/** The options by which tcp, udp and sctp tell ports. */
export const PORT_OPTIONS = {
  '--source-port': { args: 1, invert: true },
  '--sport': { args: 1, invert: true, alias: '--source-port' },
  '--destination-port': { args: 1, invert: true },
  '--dport': { args: 1, invert: true, alias: '--destination-port' },
} as const;

/** A number, or a service's name for the protocol (xtables_parse_port). Throws OptionError. */
export function parsePort(text: string, protocol: number): number {
  const port = parseInteger(text.replace(/^ *\+?/, ''), 0, MAX_PORT) ?? servicePort(text, protocol);
  if (port === undefined) throw new OptionError(`invalid port/service \`${text}' specified`);
  return port;
}

/** `A:B`, `A:`, `:B` or `A` with ports of that protocol, as tcp and sctp take it. Throws OptionError. */
export function portRangeOption(given: Given, name: string, protocol: number): PortRange | undefined {
  const text = given.value(name);
  if (text === undefined) return undefined;
  const at = text.indexOf(':');
  const min = at === 0 ? 0 : parsePort(at < 0 ? text : text.slice(0, at), protocol);
  const max = at < 0 ? min : at === text.length - 1 ? MAX_PORT : parsePort(text.slice(at + 1), protocol);
  if (min > max) throw new OptionError('invalid portrange (min > max)');
  return { min, max, inverted: given.inverted(name) };
}

export const isEveryPort = (range: PortRange): boolean => range.min === 0 && range.max === MAX_PORT;

export const formatPorts = ({ min, max }: { readonly min: number; readonly max: number }): string =>
  min === max ? `${min}` : `${min}:${max}`;

export const printPorts = (option: string, range: PortRange): string =>
  `${range.inverted ? ' !' : ''} ${option} ${formatPorts(range)}`;

/** Whether the packet's port is in the range; `which` is for the reason where nobody told the port. */
export function portTruth(
  range: PortRange | undefined,
  port: number | undefined,
  which: 'source' | 'destination',
): Truth {
  if (!range) return true;
  if (isEveryPort(range)) return !range.inverted;
  if (port === undefined) return unknown(`the packet's ${which} port is not known`, `tell the ${which} port`);
  return (port >= range.min && port <= range.max) !== range.inverted;
}

export function describePorts(sport: PortRange | undefined, dport: PortRange | undefined): readonly string[] {
  const part = (word: string, range: PortRange | undefined) =>
    range && !isEveryPort(range)
      ? [`${range.inverted ? 'not ' : ''}${word} port ${formatPorts(range).replace(':', '-')}`]
      : [];
  return [...part('from', sport), ...part('to', dport)];
}
