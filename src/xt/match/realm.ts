import { unknown } from '../../model/truth.ts';
import { FULL_MASK, hex, type Masked } from '../../net/mark.ts';
import { match, OptionError } from '../extension.ts';
import { parseInteger } from '../numbers.ts';
import { requireHook } from '../require.ts';

export interface RealmOptions {
  readonly realm: Masked;
  readonly inverted: boolean;
}

/** The one name that every /etc/iproute2/rt_realms has. */
const COSMOS = 'cosmos';

function parseRealm(text: string): Masked {
  if (text === COSMOS) return { value: 0, mask: FULL_MASK };
  const slash = text.indexOf('/');
  const value = parseInteger(slash < 0 ? text : text.slice(0, slash));
  const mask = slash < 0 ? FULL_MASK : parseInteger(text.slice(slash + 1));
  if (value === undefined || mask === undefined)
    throw new OptionError(`realm: bad integer value for option "--realm", or a name of this node: ${text}`);
  return { value, mask };
}

const print = ({ value, mask }: Masked): string =>
  mask !== FULL_MASK ? `${hex(value)}/${hex(mask)}` : value === 0 ? COSMOS : hex(value);

export const realm = match<RealmOptions>({
  name: 'realm',
  families: ['ip'],
  options: { '--realm': { args: 1, invert: true } },
  parse(given, context) {
    requireHook('realm', context, ['input', 'forward', 'output', 'postrouting']);
    return { realm: parseRealm(given.required('--realm')), inverted: given.inverted('--realm') };
  },
  print: ({ realm, inverted }) => `${inverted ? ' !' : ''} --realm ${print(realm)}`,
  describe: ({ realm, inverted }) => `${inverted ? 'not ' : ''}routing realm ${print(realm)}`,
  evaluate({ realm, inverted }) {
    if (realm.mask === 0) return (realm.value === 0) !== inverted;
    return unknown('the realm of the route is not known', 'ip route show table all');
  },
});
