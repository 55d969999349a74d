import { unknown } from '../../model/truth.ts';
import { type Mac, parseMac } from '../../net/mac.ts';
import { match, OptionError } from '../extension.ts';
import { requireHook } from '../require.ts';

export interface MacOptions {
  readonly source: Mac;
  readonly inverted: boolean;
}

export const mac = match<MacOptions>({
  name: 'mac',
  families: ['ip', 'ip6'],
  options: { '--mac-source': { args: 1, invert: true } },
  parse(given, context) {
    requireHook('mac', context, ['prerouting', 'input', 'forward']);
    const text = given.required('--mac-source');
    const source = text.includes('-') ? undefined : parseMac(text.replace(/^:/, '0:').replaceAll('::', ':0:'));
    if (source === undefined) throw new OptionError('Invalid MAC address specified.');
    return { source, inverted: given.inverted('--mac-source') };
  },
  print: ({ source, inverted }) => `${inverted ? ' !' : ''} --mac-source ${source}`,
  describe: ({ source, inverted }) => `${inverted ? 'not ' : ''}from MAC ${source}`,
  /** Only Ethernet devices have such an address (xt_mac.c). */
  evaluate({ source, inverted }, packet) {
    if (packet.iif === undefined || packet.iif === 'lo') return false;
    const smac = packet.link?.smac;
    if (smac === undefined) return unknown('the source MAC address of the packet is not known');
    return (smac === source) !== inverted;
  },
});
