import { ANOTHER_POD, type Replaced, seeded } from './ruleset.ts';

const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
const dotted = (n: number) => `${n >>> 24}.${(n >>> 16) & 255}.${(n >>> 8) & 255}.${n & 255}`;

const BASE: readonly (readonly [name: string, type: string, hook: string, priority: string, prio: number])[] = [
  ['nat-prerouting', 'nat', 'prerouting', 'dstnat', -100],
  ['nat-output', 'nat', 'output', '-100', -100],
  ['nat-postrouting', 'nat', 'postrouting', 'srcnat', 100],
];

type Json = { readonly [key: string]: unknown };

interface Rule {
  readonly text: string;
  readonly expr: readonly Json[];
}

const field = (protocol: string, name: string): Json => ({ payload: { protocol, field: name } });
const match = (left: Json, right: unknown, op = '=='): Json => ({ match: { op, left, right } });
const meta = (key: string): Json => ({ meta: { key } });
const jump = (target: string): Json => ({ jump: { target } });
const goTo = (target: string): Json => ({ goto: { target } });
const MARK = 0x4000;
const key: Json = { concat: [field('ip', 'daddr'), meta('l4proto'), field('th', 'dport')] };

const jumping = (target: string): Rule => ({ text: `jump ${target}`, expr: [jump(target)] });

const FIXED: readonly (readonly [name: string, rules: readonly Rule[]])[] = [
  [
    'services',
    [
      {
        text: 'ip daddr . meta l4proto . th dport vmap @service-ips',
        expr: [{ vmap: { key, data: '@service-ips' } }],
      },
    ],
  ],
  [
    'masquerading',
    [
      {
        text: 'meta mark & 0x00004000 == 0x00000000 return',
        expr: [match({ '&': [meta('mark'), MARK] }, 0), { return: null }],
      },
      {
        text: 'meta mark set meta mark ^ 0x00004000',
        expr: [{ mangle: { key: meta('mark'), value: { '^': [meta('mark'), MARK] } } }],
      },
      { text: 'masquerade fully-random', expr: [{ masquerade: { flags: 'fully-random' } }] },
    ],
  ],
  [
    'mark-for-masquerade',
    [
      {
        text: 'meta mark set meta mark | 0x00004000',
        expr: [{ mangle: { key: meta('mark'), value: { '|': [meta('mark'), MARK] } } }],
      },
    ],
  ],
];

function endpointRules(pod: string): readonly Rule[] {
  return [
    {
      text: `ip saddr ${pod} jump mark-for-masquerade`,
      expr: [match(field('ip', 'saddr'), pod), jump('mark-for-masquerade')],
    },
    {
      text: `meta l4proto tcp dnat to ${pod}:8080`,
      expr: [match(meta('l4proto'), 'tcp'), { dnat: { addr: pod, port: 8080 } }],
    },
  ];
}

function serviceRules(address: string, endpoints: readonly string[]): readonly Rule[] {
  const numgen = { numgen: { mode: 'random', mod: endpoints.length, offset: 0 } };
  const pods = { prefix: { addr: '10.128.0.0', len: 9 } };
  return [
    {
      text: `ip daddr ${address} tcp dport 80 ip saddr != 10.128.0.0/9 jump mark-for-masquerade`,
      expr: [
        match(field('ip', 'daddr'), address),
        match(field('tcp', 'dport'), 80),
        match(field('ip', 'saddr'), pods, '!='),
        jump('mark-for-masquerade'),
      ],
    },
    {
      text: `numgen random mod ${endpoints.length} vmap { ${endpoints.map((name, i) => `${i} : goto ${name}`).join(', ')} }`,
      expr: [{ vmap: { key: numgen, data: { set: endpoints.map((name, i) => [i, goTo(name)]) } } }],
    },
  ];
}

/** Services in kube-proxy's nftables mode as of 1.31, as `nft list ruleset` of 1.0.6 prints them, and as `nft -j` does. */
export function kubeProxyNft(
  services: number,
  endpoints: number,
  seed = 1,
  replaced?: Replaced,
): { text: string; json: string } {
  const random = seeded(seed);
  const hash = () => Array.from({ length: 8 }, () => LETTERS[Math.floor(random() * 32)]).join('');
  const table = { family: 'ip', table: 'kube-proxy' };
  const chains: (readonly [name: string, rules: readonly Rule[]])[] = [...FIXED];
  const elements: string[] = [];
  const pairs: unknown[] = [];
  for (let s = 0; s < services; s++) {
    const name = `namespace-${s % 97}/service-${s}/tcp/http`;
    const address = dotted(0x0a600000 + s + 10);
    const service = `service-${hash()}-${name}`;
    const names: string[] = [];
    for (let e = 0; e < endpoints; e++) {
      const another = replaced?.service === s && replaced.endpoint === e;
      const pod = another ? ANOTHER_POD : dotted(0x0a800000 + s * endpoints + e + 10);
      const endpoint = `endpoint-${hash()}-${name}__${pod}/8080`;
      names.push(endpoint);
      chains.push([endpoint, endpointRules(pod)]);
    }
    chains.push([service, serviceRules(address, names)]);
    elements.push(`${address} . tcp . 80 : goto ${service}`);
    pairs.push([{ concat: [address, 'tcp', 80] }, goTo(service)]);
  }
  const bases = BASE.map(
    ([name]) => [name, [jumping(name === 'nat-postrouting' ? 'masquerading' : 'services')]] as const,
  );
  let handle = 1;
  const items: Json[] = [
    { metainfo: { version: '1.0.6', release_name: 'Lester Gooch #5', json_schema_version: 1 } },
    { table: { family: 'ip', name: 'kube-proxy', handle: handle++ } },
    {
      map: {
        ...table,
        name: 'service-ips',
        type: ['ipv4_addr', 'inet_proto', 'inet_service'],
        handle: handle++,
        map: 'verdict',
        elem: pairs,
      },
    },
  ];
  const rules: Json[] = [];
  const text = [
    'table ip kube-proxy {',
    '\tmap service-ips {',
    '\t\ttype ipv4_addr . inet_proto . inet_service : verdict',
    `\t\telements = { ${elements.join(',\n\t\t\t     ')} }`,
    '\t}',
  ];
  for (const [name, own] of [...bases, ...chains]) {
    const [, type, hook, priority, prio] = BASE.find(([base]) => base === name) ?? [];
    const base = type === undefined ? {} : { type, hook, prio, policy: 'accept' };
    items.push({ chain: { ...table, name, handle: handle++, ...base } });
    text.push('', `\tchain ${name} {`);
    if (type !== undefined) text.push(`\t\ttype ${type} hook ${hook} priority ${priority}; policy accept;`);
    for (const rule of own) {
      text.push(`\t\t${rule.text}`);
      rules.push({ rule: { ...table, chain: name, handle: handle++, expr: rule.expr } });
    }
    text.push('\t}');
  }
  text.push('}', '');
  return { text: text.join('\n'), json: JSON.stringify({ nftables: [...items, ...rules] }) };
}
