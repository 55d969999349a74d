import { OptionError, target } from '../extension.ts';
import { parseInteger } from '../numbers.ts';

export interface LedOptions {
  readonly trigger: string;
  /** Milliseconds; -1: for ever. */
  readonly delay: number;
  readonly alwaysBlink: boolean;
}

function delayOf(text: string | undefined): number {
  if (text === undefined) return 0;
  if (text.toLowerCase().startsWith('inf')) return -1;
  const delay = parseInteger(text, 0, 0x7fffffff);
  if (delay === undefined) throw new OptionError(`LED: bad value for option "--led-delay": ${text}`);
  return delay;
}

export const LED = target<LedOptions>({
  name: 'LED',
  families: ['ip', 'ip6'],
  options: { '--led-trigger-id': { args: 1 }, '--led-delay': { args: 1 }, '--led-always-blink': { args: 0 } },
  parse(given) {
    const trigger = given.required('--led-trigger-id');
    if (trigger === '' || trigger.length > 16) throw new OptionError('--led-trigger-id must have 1 to 16 characters');
    return { trigger, delay: delayOf(given.value('--led-delay')), alwaysBlink: given.has('--led-always-blink') };
  },
  print: ({ trigger, delay, alwaysBlink }) =>
    [
      ` --led-trigger-id "${trigger.replace(/["\\]/g, '\\$&')}"`,
      delay > 0 ? ` --led-delay ${delay}` : delay < 0 ? ' --led-delay inf' : '',
      alwaysBlink ? ' --led-always-blink' : '',
    ].join(''),
  describe: ({ trigger }) => `light the LED ${trigger}`,
  apply: ({ trigger }) => ({ kind: 'note', text: `LED ${trigger} lit` }),
});
