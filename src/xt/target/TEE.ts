import { type Address, familyOf, formatAddress, parseAddress } from '../../net/address.ts';
import { OptionError, target } from '../extension.ts';

export interface TeeOptions {
  readonly gateway: Address;
  readonly oif: string | undefined;
}

export const TEE = target<TeeOptions>({
  name: 'TEE',
  families: ['ip', 'ip6'],
  options: { '--gateway': { args: 1 }, '--oif': { args: 1 } },
  parse(given, { family }) {
    const text = given.required('--gateway');
    const gateway = parseAddress(text);
    if (gateway === undefined || familyOf(gateway) !== family || BigInt(gateway) === 0n)
      throw new OptionError(`TEE: bad address for option "--gateway": ${text}`);
    return { gateway, oif: given.value('--oif')?.slice(0, 15) };
  },
  print: ({ gateway, oif }) => ` --gateway ${formatAddress(gateway)}${oif === undefined ? '' : ` --oif ${oif}`}`,
  describe: ({ gateway }) => `a copy to ${formatAddress(gateway)}`,
  apply: ({ gateway }) => ({ kind: 'note', text: `a copy goes to ${formatAddress(gateway)}` }),
});
