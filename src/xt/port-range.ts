import { servicePort } from '../net/service.ts';
import { OptionError } from './extension.ts';
import type { Given } from './given.ts';

/** A port by number, which wraps at 16 bit as getaddrinfo's does, or by the name of its service. */
function parsePort(text: string): number | undefined {
  return /^\d+$/.test(text) ? Number(BigInt(text) & 0xffffn) : servicePort(text);
}

/** The option's argument as one port. Throws OptionError. */
export function parsePortOption(given: Given, name: string): number {
  const text = given.required(name);
  const port = parsePort(text);
  if (port === undefined) throw new OptionError(`Port "${text}" does not resolve to anything.`);
  return port;
}

/** `22`, `ssh:80`, `:80`, `1024:` as options of type PORTRC take it. Throws OptionError. */
export function parsePortRange(given: Given, name: string): readonly [number, number] {
  const text = given.required(name);
  const colon = text.indexOf(':');
  const low = colon === 0 ? 0 : parsePort(colon < 0 ? text : text.slice(0, colon));
  const high = colon < 0 ? low : colon === text.length - 1 ? 0xffff : parsePort(text.slice(colon + 1));
  if (low === undefined || high === undefined)
    throw new OptionError(`${given.extension}: bad ports for option "${name}": ${text}`);
  return [low, high];
}
