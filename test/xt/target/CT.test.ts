import { describe, expect, it } from 'vitest';
import { readTarget } from './effect.ts';

const PLACE = 'ip raw PREROUTING';

describe('-j CT and -j NOTRACK', () => {
  // As iptables 1.8.9 saves them.
  it.each([
    ['-j NOTRACK', undefined],
    ['-j CT', undefined],
    ['-j CT --notrack --zone-orig 5', undefined],
    ['-j CT --zone 0x10', '-j CT --zone 16'],
    ['-j CT --zone 0', '-j CT'],
    ['-j CT --zone Mark', '-j CT --zone mark'],
    ['-j CT --zone-orig 5 --zone-reply 6', '-j CT --zone 6'],
    ['-j CT --zone mark --zone-orig 7', '-j CT --zone-orig mark'],
    ['-j CT --ctevents mark,new', '-j CT --ctevents new,mark'],
    ['-p tcp -j CT --helper ftp --zone 4 --ctevents new', '-p tcp -j CT --helper ftp --ctevents new --zone 4'],
    ['-p tcp -j CT --helper ""', '-p tcp -j CT'],
  ])('%s', (words, saved) => {
    expect(readTarget(PLACE, words).printed).toBe(saved ?? words);
  });

  it.each([
    [PLACE, '-j CT --zone 65536'],
    [PLACE, '-j CT --zone -1'],
    [PLACE, '-j CT --ctevents NEW'],
    [PLACE, '-j CT --ctevents new,'],
    [PLACE, '-j CT --expevents new,related'],
    [PLACE, '-j CT --helper ftp'],
    [PLACE, '! -p tcp -j CT --helper ftp'],
    [PLACE, '-j NOTRACK --zone 5'],
    ['ip mangle PREROUTING', '-j CT --zone 5'],
    ['ip filter INPUT', '-j NOTRACK'],
  ])('%s refuses %s', (place, words) => {
    expect(readTarget(place, words).printed).toBe('refused');
  });

  it.each([
    ['-j NOTRACK', { kind: 'notrack' }],
    ['-p tcp -j CT --notrack --helper ftp', { kind: 'notrack' }],
    ['-p tcp -j CT --helper ftp', { kind: 'ct', zone: { id: 0, direction: 'both' }, helper: 'ftp' }],
    ['-j CT --zone-reply 7', { kind: 'ct', zone: { id: 7, direction: 'reply' } }],
    ['-j CT --zone-orig mark', { kind: 'ct', zone: { id: 0, direction: 'original' }, zoneFromMark: true }],
  ])('%s', (words, change) => {
    expect(readTarget(PLACE, words).effectOn()).toEqual({ kind: 'changes', changes: [change] });
  });
});
