import { allExtensions } from '../../../src/xt/registry.ts';
import { matchMakers } from './matches.ts';
import { PROTOCOL_MATCHES } from './options.ts';
import { TARGETS } from './targets.ts';

/** Why the generator makes no rule with an extension that the walk reads. */
const REASONS: ReadonlyMap<string, string> = new Map([
  ['bpf', 'the bytecode needs a compiler; rows of its own test it'],
  ['cgroup', 'the observer runs in one cgroup'],
  ['cluster', 'its hash has a seed of the kernel'],
  ['connbytes', 'turns accounting on for good, in every later ruleset'],
  ['connlabel', 'its names come from a file of the machine'],
  ['connlimit', 'counts connections as garbage collection leaves them'],
  ['cpu', 'which one is no property of the packet'],
  ['dccp', 'no such packets are made'],
  ['dst', 'no IPv6 extension headers are made'],
  ['eui64', 'needs addresses made of MACs'],
  ['frag', 'conntrack reassembles before most rules see fragments'],
  ['hashlimit', 'depends on time'],
  ['hbh', 'no IPv6 extension headers are made'],
  ['helper', 'no connection of the probes has a helper'],
  ['ipcomp', 'no such packets are made'],
  ['ipv6header', 'no IPv6 extension headers are made'],
  ['ipvs', 'the kernel of the lab has none'],
  ['l2tp', 'no such packets are made'],
  ['limit', 'depends on time'],
  ['mh', 'no IPv6 extension headers are made'],
  ['nfacct', 'needs objects that no iptables tool makes; always yes'],
  ['osf', 'needs a database of fingerprints'],
  ['policy', 'the lab has no IPsec; always the same answer'],
  ['rateest', 'depends on time'],
  ['realm', 'the lab routes without realms'],
  ['rt', 'no IPv6 extension headers are made'],
  ['srh', 'no IPv6 extension headers are made'],
  ['time', 'depends on time'],
  ['udplite', 'iptables has no options for it; multiport asks its ports'],
  ['unclean', 'no kernel has it'],
  ['AUDIT', 'writes to the log of audits of the whole machine'],
  ['CLUSTERIP', 'the kernel of the lab has none'],
  ['CONNSECMARK', 'the lab has no security module'],
  ['DNPT', 'stateless; rows of its own test it'],
  ['ECN', 'changes flags by which packets are told apart'],
  ['HMARK', 'its hash is of the kernel'],
  ['IDLETIMER', 'changes nothing of the packet'],
  ['LED', 'changes nothing of the packet'],
  ['QUEUE', 'the kernel has had none for long; NFQUEUE stands for it'],
  ['RATEEST', 'depends on time'],
  ['SECMARK', 'the lab has no security module'],
  ['SNPT', 'stateless; rows of its own test it'],
  ['SYNPROXY', 'answers by itself, with options of its own time'],
  ['TCPOPTSTRIP', 'no match asks what it changes'],
  ['TEE', 'makes a second packet that cannot be told apart'],
  ['ULOG', 'the kernel has had none for long; NFLOG stands for it'],
]);

/** The extensions of this version that no ruleset contains, each with the reason. */
export function absences(): string {
  const made = new Set([
    ...PROTOCOL_MATCHES,
    ...matchMakers([]).map(maker => maker.name),
    ...TARGETS.map(maker => maker.name),
  ]);
  const absent = new Set(
    allExtensions()
      .map(extension => extension.name)
      .filter(name => !made.has(name)),
  );
  return [...absent]
    .sort()
    .map(name => `  ${name}: ${REASONS.get(name) ?? 'NOBODY SAID WHY'}`)
    .join('\n');
}
