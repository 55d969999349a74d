import { target } from '../extension.ts';

export interface ConnsecmarkOptions {
  readonly mode: 'save' | 'restore';
}

export const CONNSECMARK = target<ConnsecmarkOptions>({
  name: 'CONNSECMARK',
  families: ['ip', 'ip6'],
  options: { '--save': { args: 0 }, '--restore': { args: 0 } },
  tables: ['mangle', 'security'],
  parse(given) {
    given.exclusive('--save', '--restore');
    given.oneOf('--save', '--restore');
    return { mode: given.has('--save') ? 'save' : 'restore' };
  },
  print: ({ mode }) => ` --${mode}`,
  describe: ({ mode }) =>
    mode === 'save' ? 'save the security mark to the connection' : 'security mark from the connection',
  apply: ({ mode }) => ({ kind: 'note', text: `security mark: ${mode}` }),
});
