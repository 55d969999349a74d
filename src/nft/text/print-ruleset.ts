import { printFlowtable } from '../object/flowtable.ts';
import { printObject } from '../object/objects.ts';
import { Printer, type PrintStyle } from '../printer.ts';
import { printPriority } from '../priority.ts';
import type { NftBaseChain, NftChain, NftRule, NftRuleset, NftSet, NftTable } from '../ruleset.ts';
import type { DataType } from '../type/datatype.ts';
import { typesNamed, valueTypesNamed } from '../type/types.ts';

/** Prints a ruleset as `nft list ruleset` of 1.0.6 does, but for what a style says. */
export function printRuleset({ tables }: NftRuleset, style: PrintStyle = {}): string {
  return tables.map(table => new TablePrinter(table, style).print()).join('');
}

class TablePrinter {
  private readonly table: NftTable;
  private readonly printer: Printer;

  constructor(table: NftTable, style: PrintStyle) {
    this.table = table;
    this.printer = new Printer(table.family, style);
  }

  private handle(handle: number | undefined): string {
    return this.printer.style.handles && handle !== undefined ? ` # handle ${handle}` : '';
  }

  print(): string {
    const { family, name, handle, flags, comment, parts } = this.table;
    const lines = [`table ${family} ${name} {${this.handle(handle)}`];
    if (flags.length > 0) lines.push(`\tflags ${flags.join(',')}`);
    if (comment !== undefined) lines.push(`\tcomment "${comment}"`);
    for (const [i, part] of parts.entries()) {
      if (i > 0 || flags.length > 0) lines.push('');
      lines.push(...this.part(part));
    }
    return `${lines.join('\n')}\n}\n`;
  }

  private part(part: NftTable['parts'][number]): readonly string[] {
    if (part.kind === 'chain') return this.chain(part);
    if (part.kind === 'set') return this.set(part);
    const lines = part.kind === 'flowtable' ? printFlowtable(part) : printObject(part, this.printer);
    return this.braces(`${part.kind} ${part.name}`, 'handle' in part ? part.handle : undefined, lines);
  }

  private braces(head: string, handle: number | undefined, lines: readonly string[]): readonly string[] {
    return [`\t${head} {${this.handle(handle)}`, ...lines.map(line => `\t\t${line}`), '\t}'];
  }

  private chain({ name, handle, comment, base, rules }: NftChain): readonly string[] {
    const lines: string[] = [];
    if (comment !== undefined) lines.push(`comment "${comment}"`);
    if (base) lines.push(this.base(base));
    for (const rule of rules) lines.push(this.rule(rule) + this.handle(rule.handle));
    return this.braces(`chain ${name}`, handle, lines);
  }

  /** nft prints what iptables-nft owns in ways of its own, and the reader keeps it. */
  private rule(rule: NftRule): string {
    return this.table.owner === 'iptables-nft' ? rule.text : this.printer.rule(rule);
  }

  private base({ type, hook, priority, policy, devices }: NftBaseChain): string {
    const [first, ...others] = devices;
    const on =
      first === undefined ? '' : others.length === 0 ? ` device "${first}"` : ` devices = { ${devices.join(', ')} }`;
    const name = this.printer.style.numeric ? priority : printPriority(priority, this.table.family, hook);
    return `type ${type} hook ${hook}${on} priority ${name}; policy ${policy};`;
  }

  private set(set: NftSet): readonly string[] {
    const { name, handle, map, policy, size, count, flags, statements, timeout, gcInterval, comment } = set;
    const lines = [typeLine(set)];
    if (policy === 'memory') lines.push('policy memory');
    if (size !== undefined) lines.push(`size ${size}${count === undefined ? '' : `\t# count ${count}`}`);
    const shown = timeout === undefined ? flags : flags.filter(flag => flag !== 'timeout');
    if (shown.length > 0) lines.push(`flags ${flags.join(',')}`);
    for (const statement of statements) lines.push(this.printer.statement(statement));
    if (set.autoMerge) lines.push('auto-merge');
    if (timeout !== undefined) lines.push(`timeout ${this.printer.duration(timeout)}`);
    if (gcInterval !== undefined) lines.push(`gc-interval ${this.printer.duration(gcInterval)}`);
    if (comment !== undefined) lines.push(`comment "${comment}"`);
    if (set.elements.length > 0) lines.push(this.elements(set));
    return this.braces(`${map ? 'map' : 'set'} ${name}`, handle, lines);
  }

  private elements({ type, map, elements }: NftSet): string {
    const [keys, values] = [typesNamed(type), valueTypesNamed(map)];
    const each = perLine(keys);
    let text = '';
    let count = 0;
    for (const element of elements) {
      if (count > 0) text += count % each === 0 ? ',\n\t\t\t     ' : ', ';
      text += this.printer.element(element, keys, values);
      count++;
    }
    return `elements = { ${text} }`;
  }
}

function typeLine({ type, map, typeOf }: NftSet): string {
  if (typeOf !== undefined) return `typeof ${typeOf}`;
  return `type ${type.join(' . ')}${map ? ` : ${map.join(' . ')}` : ''}`;
}

const FIVE: ReadonlySet<string> = new Set([
  'nf_proto',
  'integer',
  'arp_op',
  'inet_proto',
  'inet_service',
  'tcp_flag',
  'dccp_pkttype',
  'mark',
  'iface_index',
  'classid',
  'uid',
  'gid',
  'ct_dir',
]);
const TWO: ReadonlySet<string> = new Set(['ipv4_addr', 'ct_state', 'ct_status', 'pkt_type']);

/** nft puts as many elements of a set on a line (calculate_delim of its expression.c). */
function perLine([type, ...others]: readonly DataType[]): number {
  if (!type || others.length > 0) return 1;
  return FIVE.has(type.name) ? 5 : TWO.has(type.name) ? 2 : 1;
}
