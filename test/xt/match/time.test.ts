import { describe, expect, it } from 'vitest';
import { answerOf, readRule } from '../rows.ts';

const END = '--datestop 2038-01-19T03:14:07';

describe('-m time', () => {
  it.each([
    ['', END],
    ['--timestart 10:00', `--timestart 10:00:00 --timestop 23:59:59 ${END}`],
    ['--timestop 0:0', `--timestart 00:00:00 --timestop 00:00:00 ${END}`],
    ['--timestart 00:00 --timestop 23:59:59', END],
    ['--weekdays Sa,Su', `--weekdays Sat,Sun ${END}`],
    ['! --weekdays Mon,Tuesday', `--weekdays Wed,Thu,Fri,Sat,Sun ${END}`],
    ['--weekdays 1,9,3', `--weekdays Mon,Wed ${END}`],
    ['--weekdays Mo,Tu,We,Th,Fr,Sa,Su', END],
    ['--monthdays 01,,2,31', `--monthdays 1,2,31 ${END}`],
    ['--datestart 2021', `--datestart 2021-01-01T00:00:00 ${END}`],
    ['--datestart 2001-02-31', `--datestart 2001-03-03T00:00:00 ${END}`],
    ['--datestart 2001-00-03', `--datestart 2000-12-03T00:00:00 ${END}`],
    ['--datestart 2001-2-3T4:5:6 --datestop 2000', '--datestart 2001-02-03T04:05:06 --datestop 2000-01-01T00:00:00'],
    ['--timestart 22:00 --timestop 06:00 --contiguous', `--timestart 22:00:00 --timestop 06:00:00 ${END} --contiguous`],
    ['--localtz', `${END} --kerneltz`],
  ])('%s', (options, printed) => {
    expect(readRule(`-m time ${options}`)).toMatchObject({ text: `-m time ${printed}`, problems: [] });
  });

  it.each([
    '--timestart 24:00',
    '--timestart 10',
    '--timestart 10:00x',
    '--contiguous',
    '--weekdays 0',
    '--weekdays mon',
    '--weekdays Mon,,Tue',
    '--monthdays 32',
    '--monthdays 1st',
    '--datestart 2001-13',
    '--datestart 1969',
    '--datestart 2039',
    '--datestart 2001-02-03T24:05',
    '--datestart 1970-00-00',
    '--kerneltz --utc',
  ])('refuses %s', options => {
    expect(readRule(`-m time ${options}`).problems).not.toEqual([]);
  });

  // 2026-11-21 is a Saturday. xt_time.c: both ends belong to the span; equal ends are the whole day.
  it.each([
    ['--timestart 10:00 --timestop 11:00', '2026-11-21T10:00:00Z', true],
    ['--timestart 10:00 --timestop 11:00', '2026-11-21T11:00:00Z', true],
    ['--timestart 10:00 --timestop 11:00', '2026-11-21T11:00:01Z', false],
    ['--timestart 10:00 --timestop 10:00', '2026-11-21T17:00:00Z', true],
    ['--timestart 22:00 --timestop 06:00', '2026-11-21T23:00:00Z', true],
    ['--timestart 22:00 --timestop 06:00', '2026-11-21T12:00:00Z', false],
    ['--weekdays Sat', '2026-11-21T12:00:00Z', true],
    ['! --weekdays Sat', '2026-11-21T12:00:00Z', false],
    ['--weekdays Sun', '2026-11-22T12:00:00Z', true],
    ['--timestart 22:00 --timestop 06:00 --weekdays Fri', '2026-11-21T05:00:00Z', false],
    ['--timestart 22:00 --timestop 06:00 --weekdays Fri --contiguous', '2026-11-21T05:00:00Z', true],
    ['--timestart 22:00 --timestop 06:00 --weekdays Sat --contiguous', '2026-11-21T05:00:00Z', false],
    ['--monthdays 21', '2026-11-21T05:00:00Z', true],
    ['! --monthdays 21', '2026-11-21T05:00:00Z', false],
    ['--datestart 2026-11-21T05:00:00', '2026-11-21T05:00:00Z', true],
    ['--datestop 2026-11-21T05:00:00', '2026-11-21T05:00:01Z', false],
    ['--datestop 1970', '2026-11-21T05:00:01Z', false],
  ])('%s at %s', (options, at, expected) => {
    expect(answerOf(`-m time ${options}`, {}, { clock: new Date(at) })).toBe(expected);
  });

  it("needs a clock, and for --kerneltz the kernel's time zone", () => {
    expect(answerOf('-m time')).toMatchObject({ kind: 'unknown' });
    expect(answerOf('-m time --kerneltz', {}, { clock: new Date() })).toMatchObject({ kind: 'unknown' });
  });
});
