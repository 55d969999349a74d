import { FULL_MASK, hex } from '../net/mark.ts';
import { quoteWord } from '../xt/words.ts';

/** A phrase of `iptables -L` and the words of iptables-save that it stands for. */
interface Phrase {
  /** Sticky; it must end where a word ends. */
  readonly pattern: RegExp;
  words(match: RegExpExecArray): string | undefined;
}

const phrase = (pattern: string, words: Phrase['words']): Phrase => ({
  pattern: new RegExp(`${pattern}(?=\\s|$)`, 'y'),
  words,
});
/** The phrase of a target: it is the last thing of a line. */
const last = (pattern: string, words: Phrase['words']): Phrase => ({
  pattern: new RegExp(`${pattern}\\s*$`, 'y'),
  words,
});

/** `!5` as `! --option 5`. */
function option(name: string, value: string | undefined, inverted = false): string {
  if (value === undefined) return '';
  const bang = inverted || value.startsWith('!');
  return `${bang ? ' !' : ''} ${name} ${value.replace(/^!\s*/, '')}`;
}

const TCP_FLAGS = ['FIN', 'SYN', 'RST', 'PSH', 'ACK', 'URG'];

/** `0x17` as `FIN,SYN,RST,ACK`; names stay. */
function tcpFlags(text: string | undefined): string {
  if (text === undefined || !/^0x[0-9a-f]{1,2}$/i.test(text)) return text ?? '';
  const bits = Number(text);
  return TCP_FLAGS.filter((_, i) => bits & (1 << i)).join(',') || 'NONE';
}

function ports(match: RegExpExecArray): string {
  let out = ` -m ${match[1]}`;
  for (const word of (match[2] ?? '').split(' ')) {
    const [, side, value] = /^([sd])pts?:(.+)$/.exec(word) ?? [];
    const [, bang, mask, compare] = /^flags:(!?)([^/]+)\/(.+)$/.exec(word) ?? [];
    const [, number] = /^option=(!?\d+)$/.exec(word) ?? [];
    if (side !== undefined) out += option(side === 's' ? '--sport' : '--dport', value);
    else if (mask !== undefined) out += `${bang ? ' !' : ''} --tcp-flags ${tcpFlags(mask)} ${tcpFlags(compare)}`;
    else if (number !== undefined) out += option(match[1] === 'dccp' ? '--dccp-option' : '--tcp-option', number);
  }
  return out;
}

const icmp = (name: string, long: string) => (m: RegExpExecArray) =>
  ` -m ${name}${option(`--${long}`, m[2] === '255' ? 'any' : m[3] === undefined ? m[2] : `${m[2]}/${m[3]}`, m[1] === '!')}`;

/** Words that print as they are given, each with two dashes in front: `rpfilter loose validmark`. */
const dashed = (text: string | undefined): string =>
  (text ?? '')
    .split(/\s+/)
    .filter(word => word !== '')
    .map(word => (word === '!' || /^[\d.]+$/.test(word) ? ` ${word}` : ` --${word}`))
    .join('');

const COMPARE = new Map([
  ['==', 'eq'],
  ['!=', 'eq'],
  ['<', 'lt'],
  ['>', 'gt'],
]);
const RECENT = new Map([
  ['SET', '--set'],
  ['CHECK', '--rcheck'],
  ['UPDATE', '--update'],
  ['REMOVE', '--remove'],
]);

const PHRASES: readonly Phrase[] = [
  phrase('/\\* (.*?) ?\\*/', m => ` -m comment --comment ${quoteWord(m[1] ?? '')}`),
  phrase('(tcp|udp|udplite|sctp|dccp)((?: (?:[sd]pts?:|flags:|option=)\\S+)*)', ports),
  phrase('icmp ?(!?)type (\\d+)(?: code (\\d+))?', icmp('icmp', 'icmp-type')),
  phrase('ipv6-icmp ?(!?)type (\\d+)(?: code (\\d+))?', icmp('icmp6', 'icmpv6-type')),
  phrase('icmp (!?)([a-zA-Z][\\w-]*)', icmp('icmp', 'icmp-type')),
  phrase('ipv6-icmp (!?)([a-zA-Z][\\w-]*)', icmp('icmp6', 'icmpv6-type')),
  phrase('multiport (sports|dports|ports) +(!?\\S+)', m => ` -m multiport${option(`--${m[1]}`, m[2])}`),
  phrase('(mark|connmark) match +(! ?)?(\\S+)', m => ` -m ${m[1]}${option('--mark', m[3], m[2] !== undefined)}`),
  phrase(
    'ADDRTYPE match(?: src-type (\\S+))?(?: dst-type (\\S+))?( limit-in)?( limit-out)?',
    m =>
      ` -m addrtype${option('--src-type', m[1])}${option('--dst-type', m[2])}${m[3] ? ' --limit-iface-in' : ''}${
        m[4] ? ' --limit-iface-out' : ''
      }`,
  ),
  phrase('(! )?state (\\S+)', m => ` -m state${option('--state', m[2], m[1] !== undefined)}`),
  phrase(
    '((?:! )?ct(?:state|proto|orig(?:src|dst)(?:port)?|repl(?:src|dst)(?:port)?|status|expire|dir) \\S+(?: (?:! )?ct(?:state|proto|orig(?:src|dst)(?:port)?|repl(?:src|dst)(?:port)?|status|expire|dir) \\S+)*)',
    m => ` -m conntrack ${(m[1] ?? '').replace(/(^| )(! )?ct/g, '$1$2--ct')}`,
  ),
  phrase(
    'statistic mode random (! )?probability (\\S+)',
    m => ` -m statistic --mode random${option('--probability', m[2], m[1] !== undefined)}`,
  ),
  phrase(
    'statistic mode nth (! )?every (\\d+)(?: packet (\\d+))?',
    m => ` -m statistic --mode nth${option('--every', m[2], m[1] !== undefined)} --packet ${m[3] ?? 0}`,
  ),
  phrase(
    '(! )?recent: (SET|CHECK|UPDATE|REMOVE)(?: seconds: (\\d+))?( reap)?(?: hit_count: (\\d+))?( TTL-Match)? name: (\\S+) side: (source|dest)(?: mask: (\\S+))?',
    m =>
      ` -m recent${m[1] ? ' !' : ''} ${RECENT.get(m[2] ?? '')}${option('--seconds', m[3])}${m[4] ? ' --reap' : ''}${option(
        '--hitcount',
        m[5],
      )}${m[6] ? ' --rttl' : ''} --name ${quoteWord(m[7] ?? '')}${option('--mask', m[9])} --r${m[8]}`,
  ),
  phrase('limit: avg (\\S+) burst (\\d+)', m => ` -m limit --limit ${m[1]} --limit-burst ${m[2]}`),
  phrase(
    '(! )?match-set (\\S+) (\\S+)((?: return-nomatch| ! update-counters| ! update-subcounters| (?:! )?(?:packets|bytes)-(?:eq|lt|gt) \\d+)*)',
    m => ` -m set${m[1] ? ' !' : ''} --match-set ${quoteWord(m[2] ?? '')} ${m[3]}${dashed(m[4])}`,
  ),
  phrase('PHYSDEV match((?: (?:! )?--physdev-(?:is-(?:in|out|bridged)|(?:in|out) \\S+))+)', m => ` -m physdev${m[1]}`),
  phrase('(! )?owner (UID|GID) match (\\S+)( incl\\. suppl\\. groups)?', m => {
    const name = m[2] === 'UID' ? '--uid-owner' : '--gid-owner';
    return ` -m owner${option(name, m[3] === 'root' ? '0' : m[3], m[1] !== undefined)}${m[4] ? ' --suppl-groups' : ''}`;
  }),
  phrase('(! )?owner socket exists', m => ` -m owner${m[1] ? ' !' : ''} --socket-exists`),
  phrase('PKTTYPE (!?=) (\\S+)', m => ` -m pkttype${option('--pkt-type', m[2], m[1] === '!=')}`),
  phrase(
    '(source|destination) IP range (! )?(\\S+)',
    m => ` -m iprange${option(m[1] === 'source' ? '--src-range' : '--dst-range', m[3], m[2] !== undefined)}`,
  ),
  phrase('length (!?[\\d:]+)', m => ` -m length${option('--length', m[1])}`),
  phrase('MAC (! ?)?(\\S+)', m => ` -m mac${option('--mac-source', m[2], m[1] !== undefined)}`),
  phrase('(TTL|HL) match (?:TTL|HL) (==|!=|<|>) (\\d+)', m => {
    const name = (m[1] ?? '').toLowerCase();
    return ` -m ${name}${option(`--${name}-${COMPARE.get(m[2] ?? '')}`, m[3], m[2] === '!=')}`;
  }),
  phrase('tos match(!?)(0x[0-9a-f]+/0x[0-9a-f]+)', m => ` -m tos${option('--tos', m[2], m[1] === '!')}`),
  phrase('DSCP match (!?0x[0-9a-f]+)', m => ` -m dscp${option('--dscp', m[1])}`),
  phrase('socket((?: --(?:transparent|nowildcard|restore-skmark))*)', m => ` -m socket${m[1]}`),
  phrase('rpfilter((?: (?:loose|validmark|accept-local|invert))*)', m => ` -m rpfilter${dashed(m[1])}`),
  phrase('(! )?realm (\\S+)', m => ` -m realm${option('--realm', m[2], m[1] !== undefined)}`),
  phrase(
    'helper match (! )?"([^"]*)"',
    m => ` -m helper${option('--helper', quoteWord(m[2] ?? ''), m[1] !== undefined)}`,
  ),
  phrase(
    'STRING match +(! )?"([^"|]*)" ALGO name (\\w+)(?: FROM (\\d+))?(?: TO (\\d+))?( ICASE)?',
    m =>
      ` -m string${m[1] ? ' !' : ''} --string "${m[2]}" --algo ${m[3]}${option('--from', m[4])}${option('--to', m[5])}${
        m[6] ? ' --icase' : ''
      }`,
  ),
  phrase('u32 (! )?"([^"]*)"', m => ` -m u32${m[1] ? ' !' : ''} --u32 "${m[2]}"`),
  phrase('(cpu|cgroup) (! )?(\\d+)', m => ` -m ${m[1]}${option(`--${m[1]}`, m[3], m[2] !== undefined)}`),
  phrase(
    'connlabel (! )?(\\d+)( set)?',
    m => ` -m connlabel${m[1] ? ' !' : ''} --label "${m[2]}"${m[3] ? ' --set' : ''}`,
  ),
  phrase(
    '#conn (src|dst)/(\\d+) (<=|>) (\\d+)',
    m =>
      ` -m connlimit --connlimit-${m[3] === '>' ? 'above' : 'upto'} ${m[4]} --connlimit-mask ${m[2]} --connlimit-${m[1] === 'src' ? 's' : 'd'}addr`,
  ),
  phrase(
    '((?:! )?(?:src|dst)-group \\S+(?: (?:! )?dst-group \\S+)?)',
    m => ` -m devgroup ${(m[1] ?? '').replace(/(src|dst)-group/g, '--$1-group')}`,
  ),
  phrase('tcpmss match (!?[\\d:]+)', m => ` -m tcpmss${option('--mss', m[1])}`),
  phrase('nfacct-name +(\\S+)', m => ` -m nfacct --nfacct-name ${quoteWord(m[1] ?? '')}`),
];

/** All of them are (mark AND NOT mask) XOR value. */
function markTarget(match: RegExpExecArray): string {
  const [value = 0, mask = FULL_MASK] = (match[2] ?? '').split('/').map(Number);
  const bits: Readonly<Record<string, readonly [number, number]>> = {
    set: [value, mask],
    xset: [value, mask],
    and: [0, ~value >>> 0],
    or: [value, value],
    xor: [value, 0],
  };
  const [set, clear] = bits[match[1] ?? ''] ?? [value, mask];
  return ` --set-xmark ${hex(set)}/${hex(clear)}`;
}
const LOG_LEVELS = ['emerg', 'alert', 'crit', 'error', 'warn', 'notice', 'info', 'debug'];
const LOG_FLAGS = ['tcp-sequence', 'tcp-options', 'ip-options', 'uid', 'nflog', 'macdecode'];
const NAT_OPTIONS = '((?: (?:random|random-fully|persistent))*)';

const TARGETS: ReadonlyMap<string, readonly Phrase[]> = new Map([
  ['DNAT', [last(`to:(\\S+)${NAT_OPTIONS}`, m => ` --to-destination ${m[1]}${dashed(m[2])}`)]],
  ['SNAT', [last(`to:(\\S+)${NAT_OPTIONS}`, m => ` --to-source ${m[1]}${dashed(m[2])}`)]],
  ['NETMAP', [last('(?:to:)?([\\d.a-f:]+(?:/\\S+)?)', m => ` --to ${m[1]}`)]],
  [
    'MASQUERADE',
    [
      last(`masq ports: ([\\d-]+)${NAT_OPTIONS}`, m => ` --to-ports ${m[1]}${dashed(m[2])}`),
      last('((?:random|random-fully)(?: random-fully)?)', m => dashed(m[1])),
    ],
  ],
  [
    'REDIRECT',
    [
      last(`redir ports ([\\d-]+)${NAT_OPTIONS}`, m => ` --to-ports ${m[1]}${dashed(m[2])}`),
      last('(random)', m => dashed(m[1])),
    ],
  ],
  ['MARK', [last('MARK (set|xset|and|or|xor) (0x[0-9a-f]+(?:/0x[0-9a-f]+)?)', markTarget)]],
  [
    'CONNMARK',
    [
      last('CONNMARK (set|xset|and|or|xor) (0x[0-9a-f]+(?:/0x[0-9a-f]+)?)', markTarget),
      last('CONNMARK (save|restore)(?: mask (0x[0-9a-f]+))?', m => {
        const mask = m[2] ?? '0xffffffff';
        return ` --${m[1]}-mark --nfmask ${mask} --ctmask ${mask}`;
      }),
      last(
        'CONNMARK save nfmask (0x[0-9a-f]+) ctmask ~(0x[0-9a-f]+)',
        m => ` --save-mark --nfmask ${m[1]} --ctmask ${m[2]}`,
      ),
      last(
        'CONNMARK restore ctmask (0x[0-9a-f]+) nfmask ~(0x[0-9a-f]+)',
        m => ` --restore-mark --nfmask ${m[2]} --ctmask ${m[1]}`,
      ),
    ],
  ],
  ['REJECT', [last('reject-with (\\S+)', m => ` --reject-with ${m[1]}`)]],
  [
    'LOG',
    [
      last('LOG flags (\\d+) level (\\d+)(?: prefix "(.*)")?', m => {
        const flags = LOG_FLAGS.filter((_, i) => Number(m[1]) & (1 << i));
        return logWords(m[3], Number(m[2]), flags);
      }),
      last(`LOG level (\\w+)((?: (?:${LOG_FLAGS.join('|')}))*)(?: prefix "(.*)")?`, m => {
        const level = LOG_LEVELS.indexOf(m[1] ?? '');
        return level < 0
          ? undefined
          : logWords(
              m[3],
              level,
              (m[2] ?? '').split(' ').filter(f => f !== ''),
            );
      }),
    ],
  ],
  [
    'NFLOG',
    [
      last(
        '(?:nflog-prefix +("[^"]*"|\\S+) ?)?((?:nflog-(?:group|range|size|threshold) \\d+ ?)*)',
        m => `${m[1] === undefined ? '' : ` --nflog-prefix ${quoteWord(m[1].replace(/^"|"$/g, ''))}`}${dashed(m[2])}`,
      ),
    ],
  ],
  [
    'NFQUEUE',
    [
      last(
        'NFQUEUE (num|balance) ([\\d:]+)( bypass)?( cpu-fanout)?',
        m => ` --queue-${m[1]} ${m[2]}${m[3] ? ' --queue-bypass' : ''}${m[4] ? ' --queue-cpu-fanout' : ''}`,
      ),
    ],
  ],
  [
    'TPROXY',
    [
      last(
        'TPROXY redirect (\\S+):(\\d+) mark (\\S+)',
        m => ` --on-port ${m[2]} --on-ip ${m[1]} --tproxy-mark ${m[3]}`,
      ),
    ],
  ],
  [
    'CT',
    [
      last('CT notrack', () => ' --notrack'),
      last(
        'CT ((?:zone|zone-orig|zone-reply|helper|timeout|ctevents|expevents) \\S+(?: (?:zone|zone-orig|zone-reply|helper|timeout|ctevents|expevents) \\S+)*)',
        m => dashedPairs(m[1]),
      ),
    ],
  ],
  [
    'TCPMSS',
    [last('TCPMSS set (\\d+)', m => ` --set-mss ${m[1]}`), last('TCPMSS clamp to PMTU', () => ' --clamp-mss-to-pmtu')],
  ],
  [
    'CLASSIFY',
    [
      last(
        'CLASSIFY set ([0-9a-f]+):([0-9a-f]+)',
        m => ` --set-class ${m[1]?.padStart(4, '0')}:${m[2]?.padStart(4, '0')}`,
      ),
    ],
  ],
  ['TTL', [last('TTL (set to|increment by|decrement by) (\\d+)', m => ` --ttl-${m[1]?.slice(0, 3)} ${m[2]}`)]],
  ['HL', [last('HL (set to|increment by|decrement by) (\\d+)', m => ` --hl-${m[1]?.slice(0, 3)} ${m[2]}`)]],
  ['TOS', [last('TOS set (0x[0-9a-f]+/0x[0-9a-f]+)', m => ` --set-tos ${m[1]}`)]],
  ['DSCP', [last('DSCP set (0x[0-9a-f]+)', m => ` --set-dscp ${m[1]}`)]],
  ['TEE', [last('TEE gw:(\\S+)', m => ` --gateway ${m[1]}`)]],
  ['CHECKSUM', [last('CHECKSUM fill', () => ' --checksum-fill')]],
  [
    'SET',
    [
      last(
        '(add|del)-set (\\S+) (\\S+)( exist)?(?: timeout (\\d+))?',
        m => ` --${m[1]}-set ${quoteWord(m[2] ?? '')} ${m[3]}${m[4] ? ' --exist' : ''}${option('--timeout', m[5])}`,
      ),
    ],
  ],
]);

const dashedPairs = (text: string | undefined): string => (text ?? '').replace(/(^| )(\S+) (\S+)/g, ' --$2 $3');

function logWords(prefix: string | undefined, level: number, flags: readonly string[]): string {
  const names = flags.map(flag => ` --log-${flag}`).join('');
  const words = prefix === undefined ? '' : ` --log-prefix "${prefix.replace(/["'\\]/g, '\\$&')}"`;
  return `${words}${level === 4 ? '' : ` --log-level ${level}`}${names}`;
}

const FIRST_WORD = /\S+/y;

export interface ListedWords {
  /** ` -m mark --mark 0x1/0x1 -j MARK --set-xmark 0x1/0x1`. */
  readonly words: string;
  /** What no phrase is known for; it stands in `words` as an unread match. */
  readonly unread: string | undefined;
}

/**
 * Turns what `iptables -L` prints behind the addresses back into words of iptables-save. The phrases of matches come
 * first, in the order of the rule, then that of the target.
 */
export function wordsOfListing(text: string, target: string | undefined, jumps: boolean): ListedWords {
  const goto = /^\[goto\](?:\s|$)/.test(text);
  const own = jumps || target === undefined ? undefined : TARGETS.get(target);
  const rest = (goto ? text.slice(6) : text).trim();
  let words = '';
  let options = '';
  let unread = '';
  let at = 0;
  const take = (phrases: readonly Phrase[]): string | undefined => {
    for (const { pattern, words: make } of phrases) {
      pattern.lastIndex = at;
      const match = pattern.exec(rest);
      const made = match ? make(match) : undefined;
      if (!match || made === undefined || match[0] === '') continue;
      at += match[0].length;
      return made;
    }
    return undefined;
  };
  while (at < rest.length) {
    const ended = own && take(own);
    const made = ended === undefined && unread === '' ? take(PHRASES) : undefined;
    if (ended !== undefined) options = ended;
    else if (made !== undefined) words = joinOwner(words, made);
    else if (target === 'CT' && rest.slice(at) === 'NOTRACK') {
      return { words: `${words} -j NOTRACK`, unread: undefined };
    } else {
      FIRST_WORD.lastIndex = at;
      const word = FIRST_WORD.exec(rest)?.[0] ?? rest.slice(at);
      unread += `${unread === '' ? '' : ' '}${word}`;
      at += word.length;
    }
    while (rest[at] === ' ' || rest[at] === '\t') at++;
  }
  if (unread !== '') words += ` -m listed ${quoteWord(unread)}`;
  if (target !== undefined) words += ` ${goto ? '-g' : '-j'} ${target}${options}`;
  return { words, unread: unread === '' ? undefined : unread };
}

/** Matches that print one phrase an option: several in a row are one match of the rule. */
function joinOwner(words: string, made: string): string {
  for (const name of [' -m owner', ' -m iprange']) {
    if (!made.startsWith(name)) continue;
    const at = words.lastIndexOf(' -m ');
    const option = /--\S+/.exec(made)?.[0] ?? '';
    if (at >= 0 && words.startsWith(`${name} `, at) && !words.slice(at).includes(option))
      return words + made.slice(name.length);
  }
  return words + made;
}
