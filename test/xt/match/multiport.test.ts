import { describe, expect, it } from 'vitest';
import { answerOf, readRule } from '../rows.ts';

describe('-m multiport', () => {
  it.each([
    ['-p tcp -m multiport --destination-ports http,https', '-p tcp -m multiport --dports 80,443'],
    ['-p tcp -m multiport --dport 80,443', '-p tcp -m multiport --dports 80,443'],
    ['-p udp -m multiport ! --sports 80:90', '-p udp -m multiport ! --sports 80:90'],
    [
      '-p tcp -m multiport --ports 1:2,3:4,5:6,7:8,9:10,11:12,13:14,15',
      '-p tcp -m multiport --ports 1:2,3:4,5:6,7:8,9:10,11:12,13:14,15',
    ],
    ['-p udplite -m multiport --dports 0x50,010', '-p udplite -m multiport --dports 80,8'],
  ])('%s', (words, printed) => {
    expect(readRule(words)).toMatchObject({ text: printed, problems: [] });
  });

  it.each([
    '-p tcp -m multiport',
    '-m multiport --dports 80',
    '-p icmp -m multiport --dports 80',
    '! -p tcp -m multiport --dports 80',
    '-p tcp -m multiport --ports 90:80',
    '-p tcp -m multiport --ports 80:80',
    '-p tcp -m multiport --ports 80:',
    '-p tcp -m multiport --ports 80,,81',
    '-p tcp -m multiport --ports 1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16',
    '-p tcp -m multiport --ports 1:2,3:4,5:6,7:8,9:10,11:12,13:14,15:16',
    '-p tcp -m multiport --dports 80 --sports 81',
    '-p sctp -m multiport --dports http',
  ])('refuses %s', words => {
    expect(readRule(words).problems).not.toEqual([]);
  });

  it.each([
    ['--dports 22,80', true],
    ['! --dports 22,80', false],
    ['--sports 22,80', false],
    ['--ports 79:81', true],
    ['! --ports 1:40000', false],
    ['! --sports 1:3,5000', true],
  ])('%s from 40000 to 80', (options, expected) => {
    expect(answerOf(`-p tcp -m multiport ${options}`)).toBe(expected);
  });

  it('knows nothing of later fragments', () => {
    expect(answerOf('-p tcp -m multiport ! --dports 22', { fragment: 'later' })).toBe(false);
  });
});
