import type { Namespace } from '../model/namespace.ts';
import type { Chain, Rule, RuleList, Table } from '../model/ruleset.ts';
import { InputError } from '../model/source.ts';
import { parseIptablesSave } from '../read/iptables-save.ts';
import type { AssumptionAnswer } from './answer.ts';
import { SplicedRules } from './spliced-rules.ts';
import { type AddedNft, parseAddedNft, withNft, withoutNft } from './whatif-nft.ts';

/** Rules that a person takes out or puts in, in the words that they were given in. */
export interface Edits {
  readonly without: readonly string[];
  readonly with: readonly string[];
}

export interface Edited {
  readonly nodes: readonly Namespace[];
  /** What was changed, as assumptions of the answer. */
  readonly changes: readonly AssumptionAnswer[];
}

/**
 * The nodes with rules taken out or put in. Numbers of rules stay those of the dump. Throws InputError for a rule that
 * is not there or cannot be read.
 */
export function editRules(nodes: readonly Namespace[], edits: Edits): Edited {
  let edited = nodes;
  const changes: AssumptionAnswer[] = [];
  for (const words of edits.without) {
    const removed = takeOut(edited, words);
    edited = removed.nodes;
    changes.push({ what: removed.what, change: '--without' });
  }
  for (const words of edits.with) {
    const added = putIn(edited, words);
    edited = added.nodes;
    changes.push({ what: added.what, change: '--with' });
  }
  return { nodes: edited, changes };
}

interface Change {
  readonly nodes: readonly Namespace[];
  readonly what: string;
}

/** `NODE: ` before a rule: of that node alone. */
function ofNode(
  nodes: readonly Namespace[],
  words: string,
): { readonly names: ReadonlySet<string>; readonly rest: string } {
  const [, name, rest = ''] = /^([^\s:]+): +(.*)$/.exec(words) ?? [];
  if (name === undefined) return { names: new Set(nodes.map(node => node.name)), rest: words.trim() };
  if (!nodes.some(node => node.name === name)) throw new InputError(`'${words}': there is no node ${name}`);
  return { names: new Set([name]), rest };
}

type Wanted = (table: Table, chain: Chain) => Iterable<number>;

function takeOut(nodes: readonly Namespace[], words: string): Change {
  const { names, rest } = ofNode(nodes, words);
  const wanted = wantedBy(rest);
  const found: string[] = [];
  const edited = nodes.map(node =>
    names.has(node.name)
      ? editTables(node, table => {
          const own = withoutNft(table, rest);
          if (own || table.owner === 'nft') {
            for (const place of own?.found ?? []) found.push(`${node.name}: ${place}`);
            return own?.table ?? table;
          }
          const chains = new Map<string, Chain>();
          for (const chain of table.chains.values()) {
            const places = new Set(wanted(table, chain));
            if (places.size === 0) continue;
            for (const place of places)
              found.push(`${node.name}: ${table.name} ${chain.name} ${chain.rules.at(place).number}`);
            const kept = Array.from({ length: chain.rules.length }, (_, i) => i).filter(i => !places.has(i));
            chains.set(chain.name, { ...plain(chain), rules: new SplicedRules(chain.rules, kept) });
          }
          return chains.size > 0 ? withChains(table, chains) : table;
        })
      : node,
  );
  if (found.length === 0)
    throw new InputError(
      `--without: no rule is '${words}'; name it as the output does: 'nat KUBE-POSTROUTING 3', FILE:LINE, '-A CHAIN ...' as iptables-save prints it, or 'ip kube-proxy services handle 7' of nft`,
    );
  const named = [...new Set(found)];
  return { nodes: edited, what: `without ${named.slice(0, 5).join(', ')}${named.length > 5 ? '...' : ''}` };
}

function wantedBy(words: string): Wanted {
  const [, table, chain, number] = /^(\S+) (\S+) (\d+)$/.exec(words) ?? [];
  if (table !== undefined && chain !== undefined)
    return (of, { name, rules }) =>
      of.name === table && name === chain ? places(rules, rule => rule.number === Number(number)) : [];
  const [, file, line] = /^(.+):(\d+)$/.exec(words) ?? [];
  if (file !== undefined && !words.startsWith('-'))
    return (of, { rules }) =>
      of.source.file === file
        ? places(rules, rule => rule.source.file === file && rule.source.line === Number(line))
        : [];
  const [, inTable, text = words] = /^-t (\S+) (.*)$/.exec(words.replace(/^ip6?tables +/, '')) ?? [];
  const [, inChain] = /^-A (\S+)/.exec(text) ?? [];
  const same = text.replace(/\s+/g, ' ').trim();
  return (of, { name, rules }) =>
    name === inChain && (inTable === undefined || inTable === of.name) ? places(rules, rule => rule.text === same) : [];
}

function* places(rules: RuleList, is: (rule: Rule) => boolean): Iterable<number> {
  for (let i = 0; i < rules.length; i++) if (is(rules.at(i))) yield i;
}

const FORM =
  "write it as for iptables: '-t nat -I POSTROUTING 1 -s 10.0.0.0/8 -j ACCEPT', or as for nft: 'insert rule ip filter forward tcp dport 80 drop'; with 'NODE: ' before it for one node alone";

function putIn(nodes: readonly Namespace[], words: string): Change {
  const { names, rest } = ofNode(nodes, words);
  const ofNft = parseAddedNft(rest);
  if (ofNft) return putInNft(nodes, names, ofNft, words);
  const [, program = 'iptables', tableName = 'filter', action = '', chainName = '', number, options = ''] =
    /^(?:(ip6?tables)\S* +)?(?:-t +(\S+) +)?-([AI]) +(\S+)(?: +(\d+))?(?: +(.*))?$/.exec(rest) ?? [];
  if (action === '' || (action === 'A' && number !== undefined))
    throw new InputError(`--with: '${words}' is no rule; ${FORM}`);
  const family = program === 'ip6tables' ? ('ip6' as const) : ('ip' as const);
  const text = `-A ${chainName}${options === '' ? '' : ` ${options}`}`;
  const done: string[] = [];
  const edited = nodes.map(node => {
    if (!names.has(node.name)) return node;
    const target = tableOf(node, family, tableName, chainName);
    const known = BUILT_IN.get(tableName)?.includes(chainName) || target?.chains.has(chainName);
    if (!known) return node;
    const rule = readRule(text, words, family, tableName, chainName, target);
    done.push(node.name);
    if (!target) return { ...node, ruleset: { ...node.ruleset, tables: [...node.ruleset.tables, rule.table] } };
    return editTables(node, table => {
      if (table !== target) return table;
      const chain = table.chains.get(chainName) ?? rule.chain;
      const at = action === 'A' ? chain.rules.length : Math.min(Number(number ?? 1), chain.rules.length + 1) - 1;
      const order: (number | Rule)[] = Array.from({ length: chain.rules.length }, (_, i) => i);
      order.splice(at, 0, { ...rule.rule, number: at + 1 });
      return withChains(
        table,
        new Map([[chainName, { ...plain(chain), rules: new SplicedRules(chain.rules, order) }]]),
      );
    });
  });
  if (done.length === 0) throw new InputError(`--with: '${words}': no table ${tableName} has a chain ${chainName}`);
  return {
    nodes: edited,
    what: `with ${program} -t ${tableName} ${rest.slice(rest.indexOf(`-${action}`))} on ${done.join(', ')}`,
  };
}

function putInNft(nodes: readonly Namespace[], names: ReadonlySet<string>, added: AddedNft, words: string): Change {
  const { verb, family, table: name, chain, at, text } = added;
  const done: string[] = [];
  const edited = nodes.map(node => {
    if (!names.has(node.name)) return node;
    let isHere = false;
    const changed = editTables(node, table => {
      const own = table.owner === 'nft' ? withNft(table, added, words) : undefined;
      isHere ||= own !== undefined;
      return own ?? table;
    });
    if (isHere) done.push(node.name);
    return isHere ? changed : node;
  });
  if (done.length === 0)
    throw new InputError(`--with: '${words}': no table ${family} ${name} of nft has a chain ${chain}`);
  const place = at ? ` ${at.key} ${at.number}` : '';
  return {
    nodes: edited,
    what: `with nft ${verb} rule ${family} ${name} ${chain}${place} ${text} on ${done.join(', ')}`,
  };
}

/** The table that a rule goes into: of two owners' the one that has the chain, and of those the longer. */
function tableOf({ ruleset }: Namespace, family: 'ip' | 'ip6', name: string, chain: string): Table | undefined {
  const length = (table: Table) => table.chains.get(chain)?.rules.length ?? -1;
  return ruleset.tables
    .filter(table => table.family === family && table.name === name && table.owner !== 'nft')
    .sort((a, b) => length(b) - length(a))[0];
}

/** Reads the rule as a dump of its own, in which the chains of the node are there. */
function readRule(
  text: string,
  words: string,
  family: 'ip' | 'ip6',
  table: string,
  chain: string,
  target: Table | undefined,
): { readonly rule: Rule; readonly chain: Chain; readonly table: Table } {
  const builtIn = BUILT_IN.get(table);
  if (!builtIn) throw new InputError(`--with: '${words}': there is no table ${table}`);
  const [, jump] = /(?:^| )-(?:j|g) (\S+)/.exec(text) ?? [];
  const own = [chain, jump].filter(name => name !== undefined && !builtIn.includes(name) && target?.chains.has(name));
  const declared = [...builtIn.map(name => `:${name} ACCEPT [0:0]`), ...own.map(name => `:${name} - [0:0]`)];
  const dump = `*${table}\n${declared.join('\n')}\n${text}\nCOMMIT\n`;
  const { tables, remarks } = parseIptablesSave(dump, '--with', { family, ...(target && { owner: target.owner }) });
  const [made] = tables;
  const found = made?.chains.get(chain);
  const rule = found && found.rules.length === 1 ? found.rules.at(0) : undefined;
  const problem = [...remarks, ...(made?.remarks ?? [])].find(({ severity }) => severity === 'error');
  if (!made || !found || !rule || problem)
    throw new InputError(`--with: '${words}': ${problem?.text ?? 'is no rule'}; ${FORM}`);
  return { rule: { ...plainRule(rule), text }, chain: found, table: made };
}

const BUILT_IN: ReadonlyMap<string, readonly string[]> = new Map([
  ['raw', ['PREROUTING', 'OUTPUT']],
  ['mangle', ['PREROUTING', 'INPUT', 'FORWARD', 'OUTPUT', 'POSTROUTING']],
  ['nat', ['PREROUTING', 'INPUT', 'OUTPUT', 'POSTROUTING']],
  ['filter', ['INPUT', 'FORWARD', 'OUTPUT']],
  ['security', ['INPUT', 'FORWARD', 'OUTPUT']],
]);

const plain = ({ name, base, counters, rules, source }: Chain): Chain => ({ name, base, counters, rules, source });

const plainRule = ({ number, statements, comment, counters, source, text }: Rule): Rule => ({
  number,
  statements,
  comment,
  counters,
  source,
  text,
});

const editTables = (node: Namespace, edit: (table: Table) => Table): Namespace => ({
  ...node,
  ruleset: { ...node.ruleset, tables: node.ruleset.tables.map(edit) },
});

/** The table with some chains in the place of its own; jumps find them by name. */
function withChains(table: Table, replaced: ReadonlyMap<string, Chain>): Table {
  const { family, name, owner, source, cutOff } = table;
  const chains = new Map<string, Chain>();
  for (const [key, chain] of table.chains) chains.set(key, replaced.get(key) ?? chain);
  for (const [key, chain] of replaced) chains.set(key, chain);
  return {
    family,
    name,
    owner,
    source,
    ...(cutOff && { cutOff }),
    chains,
    byName: true,
    get remarks() {
      return table.remarks ?? [];
    },
  };
}
