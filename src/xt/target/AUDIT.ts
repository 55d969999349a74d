import { OptionError, target } from '../extension.ts';

export interface AuditOptions {
  readonly type: string;
}

export const AUDIT = target<AuditOptions>({
  name: 'AUDIT',
  families: ['ip', 'ip6'],
  options: { '--type': { args: 1 } },
  parse(given) {
    const type = given.required('--type').toLowerCase();
    if (!['accept', 'drop', 'reject'].includes(type)) throw new OptionError(`Bad action type value "${type}"`);
    return { type };
  },
  print: ({ type }) => ` --type ${type}`,
  describe: ({ type }) => `audit record of type ${type}`,
  apply: ({ type }) => ({ kind: 'note', text: `audited as ${type}` }),
});
