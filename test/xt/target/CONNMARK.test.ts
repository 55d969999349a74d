import { describe, expect, it } from 'vitest';
import { readTarget } from './effect.ts';

const PLACE = 'ip mangle OUTPUT';

describe('-j CONNMARK', () => {
  // Both columns were seen: the options with iptables 1.8.9, the marks with Linux 6.18 (mark 0x12345678 and connection
  // mark 0xf0f0f0f1 before).
  it.each([
    ['--save-mark --nfmask 0xffff00 --ctmask 0xff --left-shift-mark 4', 'ctmark', 0xf3b59000],
    ['--save-mark --nfmask 0xffff00 --ctmask 0xff --right-shift-mark 4', 'ctmark', 0xf0f3b560],
    ['--restore-mark --nfmask 0xff00ff --ctmask 0xffff0000 --right-shift-mark 8', 'mark', 0x12f0a600],
    ['--restore-mark --nfmask 0xffffffff --ctmask 0xffffffff --left-shift-mark 8', 'mark', 0xf0f0f100],
    ['--set-xmark 0x23/0x63 --right-shift-mark 5', 'ctmark', 0x07878785],
    ['--set-xmark 0x23/0x63 --left-shift-mark 5', 'ctmark', 0x1e1e1660],
  ])('%s', (options, field, value) => {
    const rule = readTarget(PLACE, `-j CONNMARK ${options}`);
    expect(rule.printed).toBe(`-j CONNMARK ${options}`);
    expect(rule.effectOn({ mark: 0x12345678 }, { mark: 0xf0f0f0f1 })).toEqual({
      kind: 'changes',
      changes: [{ kind: 'set', field, value }],
    });
  });

  it.each([
    ['--save-mark', '--save-mark --nfmask 0xffffffff --ctmask 0xffffffff'],
    ['--save-mark --mask 0xff', '--save-mark --nfmask 0xff --ctmask 0xff'],
    ['--set-mark 5 --ctmask 0xff', '--set-xmark 0x5/0xff'],
    ['--ctmask 0xff --set-mark 5', '--set-xmark 0x5/0xffffffff'],
    ['--and-mark 0xff', '--set-xmark 0x0/0xffffff00'],
    ['--or-mark 0x16', '--set-xmark 0x16/0x16'],
    ['--xor-mark 0xff', '--set-xmark 0xff/0x0'],
    ['--set-mark 1 --left-shift-mark 3 --right-shift-mark 3', '--set-xmark 0x1/0xffffffff --right-shift-mark 3'],
  ])('%s is saved as %s', (options, saved) => {
    expect(readTarget(PLACE, `-j CONNMARK ${options}`).printed).toBe(`-j CONNMARK ${saved}`);
  });

  it.each([
    '',
    '--mask 0xff',
    '--save-mark --restore-mark',
    '--save-mark --mask 0xff --ctmask 1',
    '--set-mark 1/ffff',
    '--set-mark 1 --left-shift-mark 32',
  ])('refuses %s', options => {
    expect(readTarget(PLACE, `-j CONNMARK ${options}`).printed).toBe('refused');
  });

  it('does nothing without a connection', () => {
    expect(readTarget(PLACE, '-j CONNMARK --restore-mark').effectOn()).toMatchObject({ kind: 'note' });
  });
});
