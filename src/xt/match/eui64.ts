import { unknown } from '../../model/truth.ts';
import { match } from '../extension.ts';
import { requireHook } from '../require.ts';

/** The lower half of the source address is made from the source MAC. */
export const eui64 = match<Record<string, never>>({
  name: 'eui64',
  families: ['ip6'],
  options: {},
  parse(_given, context) {
    requireHook('eui64', context, ['prerouting', 'input', 'forward']);
    return {};
  },
  print: () => '',
  describe: () => 'source address made from its MAC',
  evaluate(_options, { saddr, link }) {
    if (link?.smac === undefined) return unknown('the source MAC of the packet is not known');
    if (typeof saddr !== 'bigint') return false;
    const mac = link.smac.replaceAll(':', '');
    const identifier = BigInt(`0x${mac.slice(0, 6)}fffe${mac.slice(6)}`) ^ (2n << 56n);
    return (saddr & 0xffffffffffffffffn) === identifier;
  },
});
