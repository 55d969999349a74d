import { type Truth, unknown } from '../../model/truth.ts';
import { match, OptionError } from '../extension.ts';
import type { Given } from '../given.ts';

export interface TimeOptions {
  /** Seconds since 1970. */
  readonly dateStart: number;
  readonly dateStop: number;
  /** Seconds of the day. */
  readonly timeStart: number;
  readonly timeStop: number;
  /** Bit 1 is Monday, bit 7 Sunday. */
  readonly weekdays: number;
  /** Bit 1 is the first. */
  readonly monthdays: number;
  readonly contiguous: boolean;
  readonly kernelTimezone: boolean;
}

const END_OF_TIME = 0x7fffffff;
const DAY = 86400;
const ALL_WEEKDAYS = 0xfe;
const ALL_MONTHDAYS = 0xfffffffe;
const NAMES = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'] as const;
const DATE = /^\s*\+?(\d{1,6})(?:-(\d{0,4})(?:-(\d{0,4})(?:T(\d{0,4})(?::(\d{0,4})(?::(\d{0,4}))?)?)?)?)?$/;

/** `YYYY[-MM[-DD[Thh[:mm[:ss]]]]]`; month and day 0 are the last of the year or month before. */
function parseDate(text: string): number {
  const refuse = () => new OptionError(`Invalid date "${text}" specified. Should be YYYY[-MM[-DD[Thh[:mm[:ss]]]]]`);
  const parts = DATE.exec(text);
  if (!parts) throw refuse();
  const part = (index: number, absent: number) => (parts[index] === undefined ? absent : Number(parts[index]));
  const [year, month, day] = [part(1, 0), part(2, 1), part(3, 1)];
  const [hour, minute, second] = [part(4, 0), part(5, 0), part(6, 0)];
  if (year < 1970 || year > 2038 || month > 12 || day > 31 || hour > 23 || minute > 59 || second > 59) throw refuse();
  const seconds = Date.UTC(year, month - 1, day, hour, minute, second) / 1000;
  if (seconds < 0) throw refuse();
  return seconds;
}

/** `hh:mm[:ss]`. */
function parseDaytime(text: string): number {
  const parts = /^\s*\+?(\d{0,4}):(\d{0,4})(?::(\d{0,4}))?$/.exec(text);
  const [hour, minute, second] = [Number(parts?.[1]), Number(parts?.[2]), Number(parts?.[3] ?? 0)];
  if (!parts || hour > 23 || minute > 59 || second > 59)
    throw new OptionError(`invalid time "${text}" specified, should be hh:mm[:ss] format and within the boundaries`);
  return hour * 3600 + minute * 60 + second;
}

/** Numbers from 1, or names of which two letters count; a number above 7 is taken and names no day. */
function parseWeekdays(text: string): number {
  let mask = 0;
  const parts = text.split(',');
  if (parts[parts.length - 1] === '') parts.pop();
  for (const part of parts) {
    const index = NAMES.findIndex(name => part.startsWith(name.slice(0, 2)));
    const number = index >= 0 ? index + 1 : /^\d{0,9}$/.test(part) ? Number(part) : undefined;
    if (number === undefined) throw new OptionError(`${part} is not a valid day specifier`);
    if (number === 0) throw new OptionError('No, the week does NOT begin with Sunday.');
    mask |= (1 << (number & 31)) & 0xff;
  }
  return mask;
}

/** Of each part two characters count; 0 is taken and is no day. */
function parseMonthdays(text: string): number {
  let mask = 0;
  for (const part of text.split(',').filter(part => part !== '')) {
    const day = part.slice(0, 2);
    if (!/^[ +]?\d+$/.test(day) || Number(day) > 31) throw new OptionError(`${day} is not a valid day for --monthdays`);
    mask |= 1 << Number(day);
  }
  return mask >>> 0;
}

function parse(given: Given): TimeOptions {
  given.exclusive('--utc', '--localtz', '--kerneltz');
  const one = (name: string, read: (text: string) => number, absent: number): number => {
    const text = given.value(name);
    return text === undefined ? absent : read(text);
  };
  const mask = (name: string, read: (text: string) => number, all: number): number =>
    (one(name, read, all) ^ (given.inverted(name) ? all : 0)) >>> 0;
  const timeStart = one('--timestart', parseDaytime, 0);
  const timeStop = one('--timestop', parseDaytime, DAY - 1);
  if (given.has('--contiguous') && timeStart < timeStop)
    throw new OptionError('time: --contiguous only makes sense when stoptime is smaller than starttime');
  return {
    dateStart: one('--datestart', parseDate, 0),
    dateStop: one('--datestop', parseDate, END_OF_TIME),
    timeStart,
    timeStop,
    weekdays: mask('--weekdays', parseWeekdays, ALL_WEEKDAYS),
    monthdays: mask('--monthdays', parseMonthdays, ALL_MONTHDAYS),
    contiguous: given.has('--contiguous'),
    kernelTimezone: given.has('--kerneltz') || given.has('--localtz'),
  };
}

const printDate = (seconds: number): string => new Date(seconds * 1000).toISOString().slice(0, 19);
const printDaytime = (seconds: number): string => printDate(seconds).slice(11);
const bits = (mask: number): number[] => Array.from({ length: 31 }, (_, i) => i + 1).filter(bit => mask & (1 << bit));
const printWeekdays = (mask: number): string => NAMES.filter((_, i) => mask & (2 << i)).join(',');

function print(options: TimeOptions): string {
  const { dateStart, dateStop, timeStart, timeStop, weekdays, monthdays } = options;
  let out = '';
  if (timeStart !== 0 || timeStop !== DAY - 1)
    out += ` --timestart ${printDaytime(timeStart)} --timestop ${printDaytime(timeStop)}`;
  if (monthdays !== ALL_MONTHDAYS) out += ` --monthdays ${bits(monthdays).join(',')}`;
  if (weekdays !== ALL_WEEKDAYS) out += ` --weekdays ${printWeekdays(weekdays)}`;
  if (dateStart !== 0) out += ` --datestart ${printDate(dateStart)}`;
  if (dateStop !== 0) out += ` --datestop ${printDate(dateStop)}`;
  if (options.kernelTimezone) out += ' --kerneltz';
  return options.contiguous ? `${out} --contiguous` : out;
}

/** net/netfilter/xt_time.c time_mt, for a time in UTC. */
function holds(options: TimeOptions, now: number): boolean {
  const { dateStart, dateStop, timeStart, timeStop, weekdays, monthdays, contiguous } = options;
  if (now < dateStart || now > dateStop) return false;
  const daytime = now % DAY;
  const overnight = timeStart >= timeStop;
  if (overnight ? daytime < timeStart && daytime > timeStop : daytime < timeStart || daytime > timeStop) return false;
  const day = new Date((now - (overnight && contiguous && daytime <= timeStop ? DAY : 0)) * 1000);
  return Boolean(weekdays & (1 << (day.getUTCDay() || 7)) && monthdays & (1 << day.getUTCDate()));
}

export const time = match<TimeOptions>({
  name: 'time',
  families: ['ip', 'ip6'],
  options: {
    '--datestart': { args: 1 },
    '--datestop': { args: 1 },
    '--timestart': { args: 1 },
    '--timestop': { args: 1 },
    '--contiguous': { args: 0 },
    '--weekdays': { args: 1, invert: true },
    '--monthdays': { args: 1, invert: true },
    '--localtz': { args: 0 },
    '--utc': { args: 0 },
    '--kerneltz': { args: 0 },
  },
  parse,
  print,
  describe(options) {
    const { dateStart, dateStop, timeStart, timeStop, weekdays, monthdays } = options;
    const parts: string[] = [];
    if (timeStart !== 0 || timeStop !== DAY - 1)
      parts.push(`from ${printDaytime(timeStart)} to ${printDaytime(timeStop)}`);
    if (weekdays !== ALL_WEEKDAYS) parts.push(`on ${printWeekdays(weekdays) || 'no day'}`);
    if (monthdays !== ALL_MONTHDAYS) parts.push(`on day ${bits(monthdays).join(', ') || 'none'}`);
    if (dateStart !== 0) parts.push(`from ${printDate(dateStart)}`);
    if (dateStop !== END_OF_TIME) parts.push(`until ${printDate(dateStop)}`);
    return parts.join(', ') || 'at any time';
  },
  evaluate(options, _packet, world): Truth {
    if (!world.clock) return unknown('the time of the packet is not known', 'tell the time');
    if (options.kernelTimezone) return unknown("the kernel's time zone is not known");
    return holds(options, Math.floor(world.clock.getTime() / 1000));
  },
});
