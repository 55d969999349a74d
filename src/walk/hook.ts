import type { Nat } from '../model/effect.ts';
import type { IpHook } from '../model/ruleset.ts';
import { unknown } from '../model/truth.ts';
import { ICMP, ICMPV6, SCTP, TCP } from '../net/packet.ts';
import { type ChainResult, walkChain } from './chain.ts';
import { has } from './conntrack/connection.ts';
import { followMaster } from './conntrack/expect.ts';
import { track } from './conntrack/track.ts';
import { type HookChain, presumed } from './hooks.ts';
import { keyOfRange, manipAt, rangeFor } from './nat/bind.ts';
import type { Manip } from './nat/range.ts';
import { doneBit, setupNat } from './nat/setup.ts';
import { translate, translateError } from './nat/translate.ts';
import { chainsInOrder, entriesInOrder } from './order.ts';
import type { End, Pass } from './pass.ts';
import { reject } from './reject.ts';
import type { RulePosition, Translation } from './trace.ts';

/** Asked after a chain or function that may change where a sent packet goes; an End where it goes nowhere. */
export type Reroute = (why: 'route-chain' | 'nat') => End | undefined;

/** Runs all that hangs on a hook. Undefined: the packet goes on. */
export function runHook(pass: Pass, hook: IpHook, reroute?: Reroute): End | undefined {
  pass.enter(hook);
  let last: HookChain | undefined;
  for (const entry of entriesInOrder(pass, pass.compiled.hooks[pass.family][hook])) {
    let end: End | undefined;
    if (entry.kind === 'conntrack') end = attach(pass);
    else if (entry.kind === 'nat') end = runNat(pass, entry.chains) ?? reroute?.('nat');
    else {
      assumeOrder(pass, last, entry.chain);
      last = entry.chain;
      end = runFilter(pass, entry.chain, reroute);
    }
    if (end) return end;
  }
  pass.leave();
  return undefined;
}

/** nft lists tables in the order in which they were made; a chain may be younger than its table. */
function assumeOrder({ hook, assume }: Pass, first: HookChain | undefined, second: HookChain): void {
  if (!first || !presumed(first, second)) return;
  const name = ({ table, chain }: HookChain) => `${table.family} ${table.name} ${chain.name}`;
  assume({
    what: `in ${hook} ${name(first)} runs before ${name(second)}: of one priority the table listed last runs first`,
    change: '-f a file with the output of `nft list hooks`',
  });
}

/**
 * ipt_mangle_out, ip6t_mangle_out and nf_route_table_hook: IPv6 looks at the hop limit, too. nf_tables routes again what its
 * chain accepted, and not what it gave to a queue.
 */
function runFilter(pass: Pass, hookChain: HookChain, reroute: Reroute | undefined): End | undefined {
  const { mark, tos, ttl, saddr, daddr } = pass.bare;
  const result = walkChain(pass, hookChain);
  const end = endOf(pass, result, hookChain);
  if (end || !hookChain.reroutes || !reroute) return end;
  if (result.kind === 'accept' && result.bypassed && hookChain.table.owner !== 'iptables-legacy') return undefined;
  const { bare } = pass;
  const sameTtl = bare.ttl === ttl || bare.family === 'ip';
  const same = bare.mark === mark && bare.tos === tos && bare.saddr === saddr && bare.daddr === daddr;
  return same && sameTtl ? undefined : reroute('route-chain');
}

/** Anything but accept ends the packet's way. */
export function endOf(pass: Pass, result: ChainResult, { table, chain }: HookChain): End | undefined {
  if (result.kind === 'accept') return undefined;
  if (result.kind === 'end') return result.end;
  if (result.kind === 'reject') return reject(pass, result.reject, result.at);
  if (result.kind === 'nat')
    return { disposition: 'undecided', reason: 'a NAT target outside of the nat table', decidedBy: result.at };
  if (!result.at) return { disposition: 'dropped', reason: `policy of ${table.name} ${chain.name} is DROP` };
  return { disposition: 'dropped', reason: 'dropped by a rule', decidedBy: result.at };
}

/** nf_conntrack_in: only packets that have no connection yet are looked up. */
function attach(pass: Pass): End | undefined {
  const { hook, compiled } = pass;
  if (hook !== 'prerouting' && hook !== 'output') return undefined;
  if (pass.tracked === undefined) {
    pass.tracked = track(pass.bare, pass.table, {
      hook,
      sysctl: compiled.sysctls.get,
      template: pass.template,
      assume: pass.assumeState,
    });
    if (pass.flow) followMaster(pass, pass.flow);
  }
  assumeNumbers(pass);
  pass.noteConnection();
  return hook === 'prerouting' ? offloaded(pass) : undefined;
}

/** A flowtable sends the packets of its connections on from ingress, past all rules, but for those that end one. */
function offloaded(pass: Pass): End | undefined {
  if (!pass.flow?.connection.entry?.offload) return undefined;
  const reason = 'the connection is offloaded to a flowtable, which sends its packets on past the rules';
  const passes = pass.guess(unknown(reason, '`conntrack -L` while the connection is not offloaded'));
  return passes ? undefined : { disposition: 'undecided', reason };
}

/** No dump holds a connection's windows or tags: a packet that a captured one finds is taken to keep to them. */
function assumeNumbers({ flow, packet, assume }: Pass): void {
  if (!flow?.connection.entry || (packet.protocol !== TCP && packet.protocol !== SCTP)) return;
  const what = packet.protocol === TCP ? 'TCP sequence numbers are in the windows' : 'SCTP tag is the one';
  assume({ what: `the packet's ${what} of its captured connection`, change: '--ct invalid' });
}

/** nf_nat_inet_fn: rules are asked once a connection and side, then every packet is translated. */
function runNat(pass: Pass, chains: readonly HookChain[]): End | undefined {
  const { flow, packet, hook } = pass;
  if (!flow) return pass.template && pass.tracked === undefined ? askInVain(pass, chains) : undefined;
  const manip = manipAt(hook);
  if (flow.state === 'related' && (packet.protocol === ICMP || packet.protocol === ICMPV6)) {
    const from = addressOf(pass, manip);
    const result = translateError(packet, flow, manip);
    if (result === 'drop')
      return {
        disposition: 'nat-dropped',
        reason: 'NAT drops a redirect about a connection that it translates, or may yet',
      };
    if (result === 'changed') noteTranslation(pass, manip, from, undefined, undefined);
    return undefined;
  }
  let nat: { readonly nat: Nat; readonly at: RulePosition } | undefined;
  const { saddr, sport, daddr, dport } = pass.bare;
  if (flow.state !== 'established' && !has(flow.connection, doneBit(manip))) {
    let last: HookChain | undefined;
    for (const chain of chainsInOrder(pass, chains)) {
      assumeOrder(pass, last, chain);
      last = chain;
      const result = walkChain(pass, chain);
      if (result.kind === 'nat') {
        nat = result;
        break;
      }
      const end = endOf(pass, result, chain);
      if (end) return end;
    }
    const end = bind(pass, manip, nat);
    if (end) return end;
  } else if (
    hook === 'postrouting' &&
    flow.direction === 'original' &&
    flow.connection.masqueradeDevice !== undefined &&
    packet.oif !== flow.connection.masqueradeDevice
  ) {
    pass.table.remove(flow.connection);
    return {
      disposition: 'nat-dropped',
      reason: `the connection was masqueraded for ${flow.connection.masqueradeDevice}, not ${packet.oif}`,
    };
  }
  const { recorder } = pass;
  const written = recorder ? recorder.unasked(() => translate(packet, flow, manip)) : translate(packet, flow, manip);
  if (!written) return undefined;
  const from = manip === 'source' ? { address: saddr, port: sport } : { address: daddr, port: dport };
  noteTranslation(pass, manip, from, nat?.nat, nat?.at);
  return undefined;
}

/** A template counts as confirmed: what rules say of it translates nothing (nf_nat_setup_info). */
function askInVain(pass: Pass, chains: readonly HookChain[]): End | undefined {
  for (const chain of chainsInOrder(pass, chains)) {
    const result = walkChain(pass, chain);
    const end = result.kind === 'nat' ? undefined : endOf(pass, result, chain);
    if (end) return end;
  }
  return undefined;
}

function bind(
  pass: Pass,
  manip: Manip,
  found: { readonly nat: Nat; readonly at: RulePosition } | undefined,
): End | undefined {
  const { flow, table, decide } = pass;
  if (!flow) return undefined;
  if (!found) {
    setupNat(flow.connection, undefined, manip, table, decide, undefined);
    return undefined;
  }
  const range = pass.ask('range', found.nat, rangeFor, keyOfRange);
  const decidedBy = found.at;
  if ('kind' in range) {
    pass.unknowns.push({ why: range, at: found.at });
    return { disposition: 'undecided', reason: range.reason, decidedBy };
  }
  if ('drop' in range) {
    pass.amendLast('drop');
    return { disposition: 'nat-dropped', reason: range.drop, decidedBy };
  }
  if (found.nat.type === 'masquerade') flow.connection.masqueradeDevice = pass.packet.oif;
  pass.recorder?.bound(manip, { ...range, type: found.nat.type });
  setupNat(flow.connection, range, manip, table, decide, found.at);
  return undefined;
}

const addressOf = ({ bare }: Pass, manip: Manip): Translation['from'] =>
  manip === 'source' ? { address: bare.saddr, port: bare.sport } : { address: bare.daddr, port: bare.dport };

function noteTranslation(
  pass: Pass,
  manip: Manip,
  from: Translation['from'],
  nat: Nat | undefined,
  at: RulePosition | undefined,
): void {
  const type = nat?.type ?? (pass.flow?.direction === 'reply' ? 'reply' : 'established');
  const to = addressOf(pass, manip);
  pass.steps.push({ kind: 'translation', hook: pass.hook, type, field: manip, from, to, at });
}
