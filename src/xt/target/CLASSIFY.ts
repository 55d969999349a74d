import { OptionError, target } from '../extension.ts';

/** The class as the packet's priority: major in the upper half, minor in the lower. */
export interface ClassifyOptions {
  readonly priority: number;
}

/** Two hexadecimal numbers as sscanf reads them: what follows is left alone, and only 16 bits of each are kept. */
function parseClass(text: string): number {
  const parts = /^\s*([+-]?)(?:0[xX])?([0-9a-fA-F]{1,64}):\s*([+-]?)(?:0[xX])?([0-9a-fA-F]{1,64})/.exec(text);
  if (!parts) throw new OptionError(`Bad class value "${text}"`);
  const number = (sign = '', digits = '') =>
    Number(BigInt.asUintN(16, BigInt(`0x${digits}`) * (sign === '-' ? -1n : 1n)));
  return number(parts[1], parts[2]) * 0x10000 + number(parts[3], parts[4]);
}

const className = (priority: number): string => {
  const part = (value: number) => value.toString(16).padStart(4, '0');
  return `${part(priority >>> 16)}:${part(priority & 0xffff)}`;
};

export const CLASSIFY = target<ClassifyOptions>({
  name: 'CLASSIFY',
  families: ['ip', 'ip6'],
  options: { '--set-class': { args: 1 } },
  hooks: ['output', 'forward', 'postrouting'],
  parse: given => ({ priority: parseClass(given.required('--set-class')) }),
  print: ({ priority }) => ` --set-class ${className(priority)}`,
  describe: ({ priority }) => `traffic class ${className(priority)}`,
  apply: ({ priority }) => ({ kind: 'changes', changes: [{ kind: 'set', field: 'priority', value: priority }] }),
});
