import type { Tuple } from '../../model/conntrack.ts';
import type { Address } from '../../net/address.ts';
import { type Offer, TCP, UDP } from '../../net/packet.ts';
import { setupNat } from '../nat/setup.ts';
import type { Pass } from '../pass.ts';
import { type Connection, has, NAT_MASK, STATUS, type Tracked, zoneIn } from './connection.ts';
import { sameTuple } from './tuple.ts';

/** A connection that a helper waits for (struct nf_conntrack_expect): its first packet is RELATED to the master. */
export interface Expectation {
  /** Its source port may be any. */
  readonly tuple: Omit<Tuple, 'sport' | 'icmp'>;
  readonly zone: number;
  /** The master's mark, which the new connection takes over. */
  readonly mark: number;
  /** Where the master is translated the new connection is, too (nf_nat_follow_master). */
  readonly follow: { readonly source: Address; readonly destination: Address; readonly port: number } | undefined;
  /** What a translating SIP helper remembers instead; RTP of both sides is told apart by it (nf_nat_sip_expected). */
  readonly media?: {
    /** By its original tuple, as copies of a connection have it, too. */
    readonly master: Tuple;
    /** Where the side that offered it waits indeed. */
    readonly saved: { readonly address: Address; readonly port: number };
    /** Who sends it by the master, and what the master translates that to. */
    readonly sender: Address;
    readonly seenAs: Address;
  };
}

/** Helpers by the ports that kernels before 6.0 gave them by themselves (net.netfilter.nf_conntrack_helper). */
const BY_PORT: readonly (readonly [protocol: number, port: number, helper: string])[] = [
  [UDP, 69, 'tftp'],
  [TCP, 21, 'ftp'],
  [UDP, 5060, 'sip'],
  [TCP, 5060, 'sip'],
];

/** What the helper of a packet's connection does with it as the packet leaves or is delivered (nf_confirm). */
export function help(pass: Pass, tracked: Tracked): void {
  const { connection, state, direction } = tracked;
  if (state === 'related' && direction === 'reply') return;
  if (connection.helper === undefined && !has(connection, STATUS.CONFIRMED | STATUS.EXPECTED)) assignByPort(pass);
  const { request } = pass.packet;
  if (connection.helper === 'tftp' && request === 'tftp') expectData(pass, tracked);
  if (connection.helper === 'ftp' && typeof request === 'object') expectOffered(pass, tracked, request);
  if (connection.helper === 'sip' && typeof request === 'object') expectMedia(pass, tracked, request);
}

/** A request makes the server's answer expected, from whatever port it comes (net/netfilter/nf_conntrack_tftp.c). */
function expectData(pass: Pass, { connection }: Tracked): void {
  const { original, reply, mark, zone } = connection;
  const { saddr, daddr, protocol, dport } = reply;
  const follow =
    has(connection, NAT_MASK) && original.sport !== undefined
      ? { source: original.daddr, destination: original.saddr, port: original.sport }
      : undefined;
  const followed = follow && translates(pass, 'tftp') ? follow : undefined;
  pass.table.expect({
    tuple: { saddr, daddr, protocol, dport },
    zone: zoneIn(zone, 'original'),
    mark,
    follow: followed,
  });
}

/**
 * What one side offers (the server by PASV, the client by PORT) makes the other side's connection to it expected, and where
 * the master is translated, so is the address in the offer (net/netfilter/nf_conntrack_ftp.c, nf_nat_ftp.c). An offer of
 * somebody else's address is let be (loose=0).
 */
function expectOffered(pass: Pass, { connection, direction, state }: Tracked, { address, port }: Offer): void {
  const { mark, zone } = connection;
  const [own, other] =
    direction === 'reply' ? [connection.reply, connection.original] : [connection.original, connection.reply];
  if (state !== 'established' || (address ?? own.saddr) !== own.saddr) return;
  const { saddr, daddr, protocol } = other;
  const isTranslated = has(connection, NAT_MASK) && translates(pass, 'ftp');
  const follow = isTranslated ? { source: own.daddr, destination: own.saddr, port } : undefined;
  if (follow && address !== undefined) pass.packet.request = { address: daddr, port };
  pass.table.expect({ tuple: { saddr, daddr, protocol, dport: port }, zone: zoneIn(zone, 'original'), mark, follow });
}

/**
 * The SDP of one side makes RTP and RTCP of the other side expected, and where the master is translated, so is the address
 * in it (net/netfilter/nf_conntrack_sip.c, nf_nat_sip.c). SDP of somebody else's address is let be (sip_direct_media=1).
 */
function expectMedia(pass: Pass, { connection, direction }: Tracked, { address, port }: Offer): void {
  const { mark, zone } = connection;
  const [own, other] =
    direction === 'reply' ? [connection.reply, connection.original] : [connection.original, connection.reply];
  pass.assume({
    what: 'the SIP helper expects media of the signalling addresses alone (sip_direct_media=1)',
    change: 'no flag',
  });
  if (address !== own.saddr) return;
  const isTranslated = has(connection, NAT_MASK) && translates(pass, 'sip');
  const daddr = isTranslated ? other.daddr : address;
  if (isTranslated) pass.packet.request = { address: daddr, port };
  const rtp = port & ~1;
  for (const dport of [rtp, rtp + 1])
    pass.table.expect({
      tuple: { saddr: other.saddr, daddr, protocol: UDP, dport },
      zone: zoneIn(zone, 'original'),
      mark,
      follow: undefined,
      ...(isTranslated && {
        media: {
          master: connection.original,
          saved: { address, port: dport },
          sender: other.saddr,
          seenAs: own.daddr,
        },
      }),
    });
}

/**
 * Whether the helper's NAT module is there: no rule loads it. Where the modules were captured and conntrack is one, or the
 * kernel's configuration was too, that tells. Without it what is expected is not translated as its master is.
 */
function translates(pass: Pass, helper: string): boolean {
  const name = `nf_nat_${helper}`;
  const isThere = !lacks(pass, name);
  const what = isThere
    ? `the NAT module of the ${helper.toUpperCase()} helper is there (${name})`
    : `${name} is not loaded: the data are not translated as the request is`;
  if (!isKnown(pass, name))
    pass.assume({
      what,
      change: isThere ? '-f a file with the output of `lsmod`' : `\`modprobe ${name}\` on the node`,
    });
  return isThere;
}

const isKnown = ({ compiled }: Pass, module: string): boolean => {
  const { modules, builtInModules } = compiled.namespace;
  return modules?.has(module) === true || builtInModules?.has(module) === true;
};

const lacks = (pass: Pass, module: string): boolean => {
  const { modules, builtInModules } = pass.compiled.namespace;
  const tells = modules !== undefined && (modules.has('nf_conntrack') || builtInModules !== undefined);
  return tells && !isKnown(pass, module);
};

function assignByPort(pass: Pass): void {
  const { flow, compiled } = pass;
  if (!flow || compiled.sysctls.get('net.netfilter.nf_conntrack_helper') !== '1') return;
  const { protocol, sport } = flow.connection.reply;
  const [, , helper] = BY_PORT.find(([ofProtocol, port]) => ofProtocol === protocol && port === sport) ?? [];
  if (helper === undefined || lacks(pass, `nf_conntrack_${helper}`)) return;
  flow.connection.helper = helper;
  flow.connection.status |= STATUS.HELPER;
}

/** nf_nat_follow_master: from whom the master's sender asked, to the address and port that it asked from. */
export function followMaster(pass: Pass, { connection, expected }: Tracked): void {
  const { table, decide } = pass;
  if (expected?.media) followSignalling(pass, connection, expected.media);
  if (!expected?.follow) return;
  const { source, destination, port } = expected.follow;
  setupNat(connection, { minAddress: source, maxAddress: source }, 'source', table, decide, undefined);
  const range = { minAddress: destination, maxAddress: destination, minPort: port, maxPort: port };
  setupNat(connection, range, 'destination', table, decide, undefined);
}

/**
 * nf_nat_sip_expected: RTP goes to where it is waited for. It comes from where its sender is expected to get RTP, too, so
 * that one connection has both ways; else from the address that the master gives the sender.
 */
function followSignalling(
  { table, decide }: Pass,
  connection: Connection,
  { master, saved, sender, seenAs }: NonNullable<Expectation['media']>,
): void {
  const exactly = ({ address, port }: typeof saved) => ({
    minAddress: address,
    maxAddress: address,
    minPort: port,
    maxPort: port,
  });
  const { saddr, sport } = connection.original;
  setupNat(connection, exactly(saved), 'destination', table, decide, undefined);
  const pair = table
    .expectations()
    .find(
      ({ media }) =>
        media && sameTuple(media.master, master) && media.saved.address === saddr && media.saved.port === sport,
    );
  const range = pair
    ? exactly({ address: pair.tuple.daddr, port: pair.tuple.dport ?? 0 })
    : saddr === sender
      ? { minAddress: seenAs, maxAddress: seenAs }
      : undefined;
  if (range) setupNat(connection, range, 'source', table, decide, undefined);
}

export const fits = ({ tuple, zone }: Expectation, packet: Tuple, inZone: number): boolean =>
  zone === inZone &&
  tuple.saddr === packet.saddr &&
  tuple.daddr === packet.daddr &&
  tuple.protocol === packet.protocol &&
  tuple.dport === packet.dport;
