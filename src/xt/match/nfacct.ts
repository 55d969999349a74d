import { match, OptionError } from '../extension.ts';
import { quoteWord } from '../words.ts';

export interface NfacctOptions {
  readonly object: string;
}

const MAX_NAME = 31;

/** Counts and says yes, unless the object was made with a quota (nothing that Kubernetes runs makes one). */
export const nfacct = match<NfacctOptions>({
  name: 'nfacct',
  families: ['ip', 'ip6'],
  options: { '--nfacct-name': { args: 1 } },
  parse(given) {
    const object = given.required('--nfacct-name').slice(0, MAX_NAME);
    if (object === '') throw new OptionError('Argument must have a minimum length of 1 characters');
    return { object };
  },
  print: ({ object }) => ` --nfacct-name  ${quoteWord(object)}`,
  describe: ({ object }) => `count in ${object}`,
  evaluate: () => true,
});
