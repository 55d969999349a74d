import { Args, Flags } from '@oclif/core';
import type { TraceAnswer } from '../cluster/answer.ts';
import { APPS } from '../cluster/app/app.ts';
import { clusterOf } from '../cluster/cluster.ts';
import {
  parseDestination,
  parseEndpoint,
  parseIcmpType,
  parseNumber,
  parsePort,
  parseTcpFlags,
  type TraceRequest,
} from '../cluster/request.ts';
import { senderOf } from '../cluster/sender.ts';
import { exitCodeOf, trace } from '../cluster/trace.ts';
import { editRules } from '../cluster/whatif.ts';
import type { CtState } from '../model/conntrack.ts';
import { InputError } from '../model/source.ts';
import { type Address, parseAddress } from '../net/address.ts';
import { renderTrace, TRACE_FORMATS, type TraceFormat } from '../render/trace.ts';
import { AnsweringCommand } from './answering.ts';
import { readEvidence } from './evidence.ts';
import { evidenceFlags } from './evidence-flags.ts';

const CT_STATES: readonly CtState[] = ['new', 'established', 'related', 'invalid', 'untracked'];

export class Trace extends AnsweringCommand {
  static override summary = 'Where does this packet go, and which rule decides it?';
  static override description =
    `Walks one packet through the rules, routes and connections of the nodes as they were captured, \
in the order of the kernel, from host to host, and its answer back. Nothing is sent. What the files do not say is assumed, and the output lists it with the \
flag that says otherwise.

Exit codes: 0 delivered in every outcome (or left what was captured, which the output says), 1 not delivered in some \
or all, or not answered, 2 wrong use or unreadable input, 3 undecided.`;
  static override examples = [
    {
      description: 'a client asks a load balancer address: to which node, to which pod, and back',
      command: '<%= config.bin %> trace 10.10.100.197 10.10.100.240:80/udp --snapshot DIR',
    },
    {
      description: 'the same where nothing tells to which node the packet comes',
      command: '<%= config.bin %> trace 10.10.100.197 10.10.100.240:80/udp --node n2 --in eth0 --snapshot DIR',
    },
    {
      description: 'the rules of one node, and what more there is of it',
      command: '<%= config.bin %> trace 10.0.0.1 10.96.0.10:53/udp -f iptables.txt -f ip-addr.txt',
    },
    {
      description: 'straight from a node',
      command: 'iptables-save | <%= config.bin %> trace 10.0.0.1 10.96.0.10:53/udp -f - --local 192.168.0.2',
    },
    {
      description: 'IPv6',
      command: '<%= config.bin %> trace fd00::1 [fd00:10:96::a]:53/udp --snapshot DIR',
    },
  ];
  static override args = {
    source: Args.string({
      description: 'who sends: 10.0.0.1, 10.0.0.1:40000, [fd00::1]:40000, or the name of a captured host or a pod',
      required: true,
    }),
    destination: Args.string({
      description: 'to whom: 10.96.0.10:53/udp, [fd00::1]:53/tcp, 10.0.0.1/icmp; tcp where no protocol is said',
      required: true,
    }),
  };
  static override flags = {
    ...evidenceFlags,
    local: Flags.string({
      multiple: true,
      multipleNonGreedy: true,
      description: "an address of the node's own, where no ip addr is at hand; may be repeated",
      helpValue: 'ADDRESS',
      helpGroup: 'EVIDENCE',
    }),
    node: Flags.string({
      description: 'the node that the packet comes to or starts from',
      helpValue: 'NAME',
      helpGroup: 'START',
    }),
    in: Flags.string({ description: 'the interface that it comes in by', helpValue: 'INTERFACE', helpGroup: 'START' }),
    'from-node': Flags.boolean({ description: 'the node itself sends it', helpGroup: 'START' }),
    sport: Flags.string({ description: 'source port, by default 40000', helpValue: 'PORT', helpGroup: 'PACKET' }),
    mark: Flags.string({ description: 'mark that it starts with', helpValue: 'NUMBER', helpGroup: 'PACKET' }),
    ttl: Flags.string({ description: 'TTL or hop limit, by default 64', helpValue: 'NUMBER', helpGroup: 'PACKET' }),
    tos: Flags.string({ description: 'TOS or traffic class, by default 0', helpValue: 'NUMBER', helpGroup: 'PACKET' }),
    'tcp-flags': Flags.string({
      description: 'SYN by default; SYN,ACK; none; all',
      helpValue: 'FLAGS',
      helpGroup: 'PACKET',
    }),
    'icmp-type': Flags.string({
      description: 'echo request by default',
      helpValue: 'TYPE[/CODE]',
      helpGroup: 'PACKET',
    }),
    ct: Flags.string({
      description: 'state of its connection, instead of what the captured table says',
      options: [...CT_STATES],
      helpGroup: 'CHOICES',
    }),
    endpoint: Flags.string({
      description: 'only the outcomes in which this backend answers',
      helpValue: 'ADDRESS[:PORT]',
      helpGroup: 'CHOICES',
    }),
    reply: Flags.boolean({
      description: 'walk the answer back, too; with a snapshot and no --node it is, unless --no-reply',
      allowNo: true,
      helpGroup: 'CHOICES',
    }),
    without: Flags.string({
      multiple: true,
      multipleNonGreedy: true,
      description:
        "with this rule taken out: 'nat KUBE-POSTROUTING 3', FILE:LINE, '-A CHAIN ...', of nft also 'ip TABLE CHAIN handle 7'; 'NODE: ' before it limits it",
      helpValue: 'RULE',
      helpGroup: 'CHOICES',
    }),
    with: Flags.string({
      multiple: true,
      multipleNonGreedy: true,
      description:
        "with this rule put in: '-t nat -I POSTROUTING 1 -s 10.0.0.0/8 -j ACCEPT', of nft 'insert rule ip filter forward tcp dport 80 drop'",
      helpValue: 'RULE',
      helpGroup: 'CHOICES',
    }),
    app: Flags.string({
      options: [...APPS],
      description: 'walk the flow of its data, too, with the expectation of a helper where one is assigned',
      helpGroup: 'CHOICES',
    }),
    format: Flags.string({ options: [...TRACE_FORMATS], default: 'summary', description: 'how much to tell' }),
  };

  async run(): Promise<TraceAnswer> {
    const { args, flags } = await this.parse(Trace);
    const { endpoint, protocol } = parseDestination(args.destination);
    // Only a snapshot has names for senders: what is no address is told before anything is read.
    if (flags.snapshot === undefined) parseEndpoint(args.source, 'source');
    const { nodes, outside, pods, objects, logs, remarks } = await readEvidence({
      snapshot: flags.snapshot,
      files: flags.file ?? [],
      local: (flags.local ?? []).map(localAddress),
      node: flags.node,
    });
    const edited = editRules(nodes, { without: flags.without ?? [], with: flags.with ?? [] });
    const cluster = clusterOf(edited.nodes, objects, remarks, { outside, pods, logs, changes: edited.changes });
    const { source, host } = senderOf(cluster, args.source, endpoint.address);
    const sport = flags.sport === undefined ? source.port : parsePort(flags.sport, '--sport');
    const node = flags.node ?? host?.name;
    const app = APPS.find(known => known === flags.app);
    const request: TraceRequest = {
      source: { address: source.address, ...(sport !== undefined && { port: sport }) },
      destination: endpoint,
      protocol,
      ...(flags.snapshot !== undefined && node !== undefined && { node }),
      ...(flags.in !== undefined && { in: flags.in }),
      ...(flags['from-node'] && { fromNode: true }),
      ...(flags.mark !== undefined && { mark: parseNumber(flags.mark, 0xffffffff, '--mark') }),
      ...(flags.ttl !== undefined && { ttl: parseNumber(flags.ttl, 255, '--ttl') }),
      ...(flags.tos !== undefined && { tos: parseNumber(flags.tos, 255, '--tos') }),
      ...(flags['tcp-flags'] !== undefined && { tcpFlags: parseTcpFlags(flags['tcp-flags']) }),
      ...(flags['icmp-type'] !== undefined && { icmp: parseIcmpType(flags['icmp-type']) }),
      ...(isCtState(flags.ct) && { ct: flags.ct }),
      ...(flags.endpoint !== undefined && { endpoint: parseEndpoint(flags.endpoint, '--endpoint') }),
      ...(app && { app }),
      ...((flags.reply ?? (flags.snapshot !== undefined && flags.node === undefined)) && { reply: true }),
    };
    const answer = trace(cluster, request, { version: this.config.version });
    const format: TraceFormat = TRACE_FORMATS.find(known => known === flags.format) ?? 'summary';
    if (!this.jsonEnabled()) process.stdout.write(renderTrace(answer, format, this.renderOptions(flags)));
    process.exitCode = exitCodeOf(answer);
    return answer;
  }
}

const isCtState = (word: string | undefined): word is CtState => CT_STATES.some(state => state === word);

function localAddress(text: string): Address {
  const address = parseAddress(text);
  if (address === undefined) throw new InputError(`--local: '${text}' is not an address`);
  return address;
}
