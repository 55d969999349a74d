import { OptionError, target } from '../extension.ts';

export interface SecmarkOptions {
  readonly context: string;
}

export const SECMARK = target<SecmarkOptions>({
  name: 'SECMARK',
  families: ['ip', 'ip6'],
  options: { '--selctx': { args: 1 } },
  tables: ['mangle', 'security'],
  parse(given) {
    const context = given.required('--selctx');
    if (context.length > 255) throw new OptionError('SECMARK: the security context is too long');
    return { context };
  },
  print: ({ context }) => ` --selctx ${context}`,
  describe: ({ context }) => `security mark ${context}`,
  apply: ({ context }) => ({ kind: 'note', text: `security mark ${context}` }),
});
