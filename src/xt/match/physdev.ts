import { both, type Truth, unknown } from '../../model/truth.ts';
import type { Packet } from '../../net/packet.ts';
import { match, OptionError, type RuleContext } from '../extension.ts';
import type { Given } from '../given.ts';
import { interfaceMatches } from '../header.ts';

interface Flag {
  readonly inverted: boolean;
}
interface Port extends Flag {
  readonly name: string;
}

export interface PhysdevOptions {
  readonly isIn?: Flag;
  readonly in?: Port;
  readonly isOut?: Flag;
  readonly out?: Port;
  readonly isBridged?: Flag;
}

function parse(given: Given, context: RuleContext): PhysdevOptions {
  if (given.options.length === 0) throw new OptionError('PHYSDEV: no physdev option specified');
  const flag = (name: string): Flag | undefined => {
    const option = given.get(name);
    return option && { inverted: option.inverted };
  };
  const port = (option: string): Port | undefined => {
    const name = given.value(option);
    if (name === undefined) return undefined;
    if (name.length > 15) throw new OptionError(`interface name \`${name}' must be shorter than IFNAMSIZ (15)`);
    return { name, inverted: given.inverted(option) };
  };
  const [isIn, isOut, isBridged] = [flag('--physdev-is-in'), flag('--physdev-is-out'), flag('--physdev-is-bridged')];
  const [physIn, out] = [port('--physdev-in'), port('--physdev-out')];
  if (context.hook === 'output' && (out || isOut) && isBridged?.inverted !== false)
    throw new OptionError(`physdev: the kernel refuses --physdev-out in ${context.chain}`);
  return {
    ...(isIn && { isIn }),
    ...(physIn && { in: physIn }),
    ...(isOut && { isOut }),
    ...(out && { out }),
    ...(isBridged && { isBridged }),
  };
}

const bang = (flag: Flag): string => (flag.inverted ? ' !' : '');

function print(options: PhysdevOptions): string {
  const { isIn, isOut, out, isBridged } = options;
  let text = isIn ? `${bang(isIn)} --physdev-is-in` : '';
  if (options.in) text += `${bang(options.in)} --physdev-in ${options.in.name}`;
  if (isOut) text += `${bang(isOut)} --physdev-is-out`;
  if (out) text += `${bang(out)} --physdev-out ${out.name}`;
  if (isBridged) text += `${bang(isBridged)} --physdev-is-bridged`;
  return text;
}

const NOT_CAPTURED = unknown('the port of the bridge was not captured', '`bridge fdb`');

function nameMatches(port: Port, name: string | undefined): Truth {
  if (port.name === '') return !port.inverted;
  return name === undefined ? NOT_CAPTURED : interfaceMatches(port.name, name) !== port.inverted;
}

/**
 * A packet that no bridge port has seen matches only what is inverted (xt_physdev.c physdev_mt). A frame that is bridged
 * has both ports, also where nobody knows which.
 */
function evaluate(options: PhysdevOptions, { physIn, physOut, bridged = false }: Packet): Truth {
  const { isIn, isOut, out, isBridged } = options;
  const [hasIn, hasOut] = [bridged || physIn !== undefined, bridged || physOut !== undefined];
  if (!hasIn && !hasOut) return [isBridged, isIn, isOut, options.in, out].every(flag => flag?.inverted !== false);
  if (isBridged && hasOut === isBridged.inverted) return false;
  if (isIn && hasIn === isIn.inverted) return false;
  if (isOut && hasOut === isOut.inverted) return false;
  const inFits = !options.in || !hasIn || nameMatches(options.in, physIn);
  return both(inFits, !out || (hasOut && nameMatches(out, physOut)));
}

export const physdev = match<PhysdevOptions>({
  name: 'physdev',
  families: ['ip', 'ip6'],
  options: {
    '--physdev-in': { args: 1, invert: true },
    '--physdev-out': { args: 1, invert: true },
    '--physdev-is-in': { args: 0, invert: true },
    '--physdev-is-out': { args: 0, invert: true },
    '--physdev-is-bridged': { args: 0, invert: true },
  },
  parse,
  print,
  describe(options) {
    const { isIn, isOut, out, isBridged } = options;
    const not = (flag: Flag) => (flag.inverted ? 'not ' : '');
    return [
      ...(isIn ? [`${not(isIn)}in by a bridge port`] : []),
      ...(options.in ? [`${not(options.in)}in by bridge port ${options.in.name}`] : []),
      ...(isOut ? [`${not(isOut)}out by a bridge port`] : []),
      ...(out ? [`${not(out)}out by bridge port ${out.name}`] : []),
      ...(isBridged ? [`${not(isBridged)}bridged`] : []),
    ].join(', ');
  },
  evaluate,
});
