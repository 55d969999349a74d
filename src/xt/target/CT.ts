import type { Change } from '../../model/effect.ts';
import { OptionError, type RuleContext, target } from '../extension.ts';
import type { Given } from '../given.ts';
import { parseInteger } from '../numbers.ts';

/** struct xt_ct_target_info_v1. */
export interface CtTargetOptions {
  readonly notrack: boolean;
  readonly helper: string;
  readonly timeout: string;
  readonly ctevents: readonly string[];
  readonly expevents: readonly string[];
  readonly zone: number;
  readonly zoneFromMark: boolean;
  readonly zoneDirection: 'both' | 'original' | 'reply';
}

const CT_EVENTS = [
  'new',
  'related',
  'destroy',
  'reply',
  'assured',
  'protoinfo',
  'helper',
  'mark',
  'natseqinfo',
  'secmark',
] as const;

/** In the order in which they are printed, whatever the rule's. */
function events(given: Given, option: string, known: readonly string[]): readonly string[] {
  const text = given.value(option);
  if (text === undefined) return [];
  const words = text.split(',');
  for (const word of words) if (!known.includes(word)) throw new OptionError(`Unknown event type "${word}"`);
  return known.filter(event => words.includes(event));
}

type Zone = Pick<CtTargetOptions, 'zone' | 'zoneFromMark' | 'zoneDirection'>;

/** The last number counts, `mark` stays, and both directions named are all directions (xt_CT.c). */
function zoneOf(given: Given): Zone {
  let zone = 0;
  let zoneFromMark = false;
  const directions = new Set<'original' | 'reply'>();
  for (const { name, args } of given.options) {
    if (!name.startsWith('--zone')) continue;
    const text = args[0] ?? '';
    const number = parseInteger(text, 0, 0xffff);
    if (text.toLowerCase() === 'mark') zoneFromMark = true;
    else if (number === undefined) throw new OptionError(`Cannot parse ${text} as a zone ID`);
    else zone = number;
    if (name === '--zone-orig') directions.add('original');
    if (name === '--zone-reply') directions.add('reply');
  }
  const [first] = directions;
  return { zone, zoneFromMark, zoneDirection: directions.size === 1 && first ? first : 'both' };
}

function parse(given: Given, { protocol, protocolInverted }: RuleContext): CtTargetOptions {
  const options: CtTargetOptions = {
    notrack: given.has('--notrack'),
    helper: given.value('--helper') ?? '',
    timeout: given.value('--timeout') ?? '',
    ctevents: events(given, '--ctevents', CT_EVENTS),
    expevents: events(given, '--expevents', ['new']),
    ...zoneOf(given),
  };
  if (options.helper.length > 15) throw new OptionError(`CT: no helper has the name "${options.helper}"`);
  if (options.timeout.length > 31) throw new OptionError(`CT: no timeout policy has the name "${options.timeout}"`);
  if (!options.notrack && (options.helper || options.timeout) && (protocol === 0 || protocolInverted))
    throw new OptionError('CT: a helper or a timeout policy needs a protocol without `!`');
  return options;
}

function zoneWords({ zone, zoneFromMark, zoneDirection }: CtTargetOptions): string {
  if (!zoneFromMark && zone === 0) return '';
  const option = { both: '--zone', original: '--zone-orig', reply: '--zone-reply' }[zoneDirection];
  return ` ${option} ${zoneFromMark ? 'mark' : zone}`;
}

function change({ notrack, helper, zone, zoneFromMark, zoneDirection }: CtTargetOptions): Change {
  if (notrack) return { kind: 'notrack' };
  return {
    kind: 'ct',
    zone: { id: zone, direction: zoneDirection },
    ...(helper !== '' && { helper }),
    ...(zoneFromMark && { zoneFromMark }),
  };
}

/** Prepares the connection that conntrack is about to look up or make. */
export const CT = target<CtTargetOptions>({
  name: 'CT',
  families: ['ip', 'ip6'],
  options: {
    '--notrack': { args: 0 },
    '--helper': { args: 1 },
    '--timeout': { args: 1 },
    '--ctevents': { args: 1 },
    '--expevents': { args: 1 },
    '--zone': { args: 1 },
    '--zone-orig': { args: 1 },
    '--zone-reply': { args: 1 },
  },
  tables: ['raw'],
  parse,
  print: options =>
    [
      options.notrack ? ' --notrack' : '',
      options.helper && ` --helper ${options.helper}`,
      options.timeout && ` --timeout ${options.timeout}`,
      options.ctevents.length > 0 ? ` --ctevents ${options.ctevents.join(',')}` : '',
      options.expevents.length > 0 ? ` --expevents ${options.expevents.join(',')}` : '',
      zoneWords(options),
    ].join(''),
  describe(options) {
    if (options.notrack) return 'not tracked';
    const { zone, zoneFromMark, zoneDirection, helper, timeout } = options;
    const parts = [
      ...(zoneFromMark || zone !== 0 ? [`zone ${zoneFromMark ? 'by mark' : zone}`] : []),
      ...(zoneDirection === 'both' ? [] : [`of the ${zoneDirection} direction`]),
      ...(helper === '' ? [] : [`helper ${helper}`]),
      ...(timeout === '' ? [] : [`timeout policy ${timeout}`]),
    ];
    return parts.length > 0 ? `conntrack ${parts.join(', ')}` : 'conntrack settings';
  },
  apply: options => ({ kind: 'changes', changes: [change(options)] }),
});
