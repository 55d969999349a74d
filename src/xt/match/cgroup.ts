import { unknown } from '../../model/truth.ts';
import { match } from '../extension.ts';
import { integerOption } from '../numbers.ts';
import { requireHook } from '../require.ts';

export type CgroupOptions =
  | { readonly kind: 'class'; readonly id: number; readonly inverted: boolean }
  | { readonly kind: 'path'; readonly path: string; readonly inverted: boolean };

/** Asks for the control group of the local socket that sent the packet or will get it. */
export const cgroup = match<CgroupOptions>({
  name: 'cgroup',
  families: ['ip', 'ip6'],
  options: { '--cgroup': { args: 1, invert: true }, '--path': { args: 1, invert: true } },
  parse(given, context) {
    given.oneOf('--cgroup', '--path');
    given.exclusive('--cgroup', '--path');
    requireHook('cgroup', context, ['input', 'output', 'postrouting']);
    return given.has('--cgroup')
      ? { kind: 'class', id: integerOption(given, '--cgroup'), inverted: given.inverted('--cgroup') }
      : { kind: 'path', path: given.required('--path'), inverted: given.inverted('--path') };
  },
  print: options =>
    `${options.inverted ? ' !' : ''} ${options.kind === 'class' ? `--cgroup ${options.id}` : `--path "${options.path}"`}`,
  describe: options =>
    `socket ${options.inverted ? 'not ' : ''}in cgroup ${options.kind === 'class' ? options.id : options.path}`,
  evaluate: (_options, _packet, { hook }) =>
    hook === 'forward' || hook === 'prerouting'
      ? false
      : unknown('the control group of the local socket is not known', 'cat /proc/PID/cgroup'),
});
