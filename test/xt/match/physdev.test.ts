import { describe, expect, it } from 'vitest';
import { answerOf, readRule } from '../rows.ts';

const BRIDGED = { physIn: 'veth1', physOut: 'veth2', bridged: true };
const PORT_UNKNOWN = expect.objectContaining({ reason: 'the port of the bridge was not captured' });
const ROUTED = { physIn: 'veth1' };

describe('-m physdev', () => {
  it.each([
    ['--physdev-out eth+ --physdev-in eth1', '--physdev-in eth1 --physdev-out eth+'],
    [
      '! --physdev-is-bridged ! --physdev-out eth0 ! --physdev-is-out ! --physdev-in eth1 ! --physdev-is-in',
      '! --physdev-is-in ! --physdev-in eth1 ! --physdev-is-out ! --physdev-out eth0 ! --physdev-is-bridged',
    ],
  ])('%s', (options, printed) => {
    expect(readRule(`-m physdev ${options}`)).toMatchObject({ text: `-m physdev ${printed}`, problems: [] });
  });

  it('is refused without options, and in OUTPUT for a port out that is not bridged', () => {
    const output = { chain: 'OUTPUT', hook: 'output' } as const;
    expect(readRule('-m physdev').problems).not.toEqual([]);
    expect(readRule('-m physdev --physdev-in sixteencharsxyzw').problems).not.toEqual([]);
    expect(readRule('-m physdev --physdev-out eth0', output).problems).not.toEqual([]);
    expect(readRule('-m physdev --physdev-out eth0 --physdev-is-bridged', output).problems).toEqual([]);
  });

  // xt_physdev.c; the rows without a bridge were counted on Linux 6.18.
  it.each([
    ['--physdev-in eth0', {}, false],
    ['! --physdev-in eth0', {}, true],
    ['! --physdev-is-in ! --physdev-in eth0', {}, true],
    ['! --physdev-is-bridged', {}, true],
    ['--physdev-is-bridged --physdev-out eth0', {}, false],
    ['--physdev-is-bridged', BRIDGED, true],
    ['--physdev-is-bridged', ROUTED, false],
    ['! --physdev-is-bridged', ROUTED, true],
    ['--physdev-in veth+', ROUTED, true],
    ['! --physdev-in veth1', ROUTED, false],
    ['--physdev-out veth2', BRIDGED, true],
    ['! --physdev-out veth2', BRIDGED, false],
    ['! --physdev-out veth2', ROUTED, false],
    ['--physdev-is-in --physdev-is-out', BRIDGED, true],
    ['--physdev-is-in --physdev-is-out', ROUTED, false],
    ['--physdev-is-in --physdev-is-bridged', { bridged: true }, true],
    ['--physdev-in veth1', { bridged: true }, PORT_UNKNOWN],
    ['! --physdev-out veth2', { physIn: 'veth1', bridged: true }, PORT_UNKNOWN],
    ['--physdev-in veth3 --physdev-out veth2', { physIn: 'veth1', bridged: true }, false],
  ])('%s against %o', (options, packet, expected) => {
    expect(answerOf(`-m physdev ${options}`, packet)).toEqual(expected);
  });
});
