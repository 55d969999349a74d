import { describe, expect, it } from 'vitest';
import { answerOf, readRule } from '../rows.ts';

describe('-m sctp', () => {
  it.each([
    ['--destination-port 80: --sport 5', '--sport 5 --dport 80:65535'],
    ['--dport 0:65535', '--dport 0:65535'],
    ['--dport 80:80', '--dport 80'],
    ['! --chunk-types ALL INIT,DATA,SACK', '! --chunk-types all DATA,INIT,SACK'],
    ['--chunk-types any all', '--chunk-types any ALL'],
    ['--chunk-types only NONE', '--chunk-types only NONE'],
    ['--chunk-types any DATA:UBEi', '--chunk-types any DATA:iUBE'],
    ['--chunk-types any DATA:U,DATA:b', '--chunk-types any DATA:Ub'],
    ['--chunk-types any SHUTDOWN_COMPLETE:t,DATA:B', '--chunk-types any DATA:B,SHUTDOWN_COMPLETE:t'],
    ['--chunk-types any I_DATA:ubeI', '--chunk-types any I_DATA'],
    ['--chunk-types any ASCONF,PAD,ASCONF_ACK,FORWARD_TSN', '--chunk-types any ASCONF_ACK,PAD,FORWARD_TSN,ASCONF'],
  ])('%s', (options, printed) => {
    expect(readRule(`-p sctp ${options}`)).toMatchObject({ text: `-p sctp -m sctp ${printed}`, problems: [] });
  });

  it.each([
    '-m sctp --dport 80',
    '-p sctp --dport http',
    '-p sctp --dport 80:70',
    '-p sctp --chunk-types some DATA',
    '-p sctp --chunk-types any BOGUS',
    '-p sctp --chunk-types any INIT:T',
    '-p sctp --chunk-types any DATA:X',
    '-p sctp --chunk-types any DATA --chunk-types all INIT',
  ])('refuses %s', words => {
    expect(readRule(words).problems).not.toEqual([]);
  });

  it.each([
    ['--dport 80', 132, true],
    ['! --dport 80', 132, false],
    ['! --sport 0:65535', 132, false],
    ['--dport 80', 6, false],
    ['--dport 81 --chunk-types any INIT', 132, false],
  ])('%s against protocol %d', (options, protocol, expected) => {
    expect(answerOf(`-p sctp ${options}`, { protocol })).toBe(expected);
  });

  it('does not know the chunks', () => {
    expect(answerOf('-p sctp --chunk-types any INIT', { protocol: 132 })).toMatchObject({ kind: 'unknown' });
  });
});
