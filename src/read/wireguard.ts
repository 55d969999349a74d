import type { AllowedAddresses, WireGuard, WireGuardPeer } from '../model/wireguard.ts';
import { parseAddress } from '../net/address.ts';
import { parsePrefix } from '../net/prefix.ts';
import { excerpt, linesOf, numberOf, type Reading, Remarks, wordsOf } from './reading.ts';

/** The listings of `wg show all` that a snapshot keeps, by the names of their files. */
const LISTING = /wg-(allowed-ips|endpoints|listen-port|fwmark|public-key)\./;

type Draft = { -readonly [K in keyof WireGuard]: WireGuard[K] } & { readonly drafts: Map<string, PeerDraft> };
type PeerDraft = { -readonly [K in keyof WireGuardPeer]: WireGuardPeer[K] };

/** Lays together what the listings say of each device, in any order. */
export class WireGuards {
  private readonly devices = new Map<string, Draft>();
  private seen = false;

  /** One listing of `wg show all`, with the beginning of each public key, or `peer` and a number, in its place. */
  add(text: string, file: string): Reading<undefined> {
    const remarks = new Remarks(file);
    const listing = LISTING.exec(file)?.[1];
    this.seen = true;
    for (const { text: line, number } of linesOf(text)) {
      const [device = '', ...rest] = wordsOf(line);
      const source = { file, line: number };
      const bad = this.take(listing, this.device(device), rest, source);
      if (bad !== undefined) remarks.error(number, `not of ${listing ?? 'a listing'} of wg: ${excerpt(bad)}`);
    }
    return { value: undefined, remarks: remarks.list };
  }

  /** Undefined where no listing was read. */
  finish(): ReadonlyMap<string, WireGuard> | undefined {
    if (!this.seen) return undefined;
    const done = [...this.devices].map(([name, { drafts, ...draft }]): [string, WireGuard] => [
      name,
      { ...draft, peers: [...drafts.values()] },
    ]);
    return new Map(done);
  }

  /** What of the line is no such value. */
  private take(
    listing: string | undefined,
    draft: Draft,
    words: readonly string[],
    source: AllowedAddresses['source'],
  ): string | undefined {
    const [first = ''] = words;
    switch (listing) {
      case 'listen-port': {
        const port = numberOf(first);
        if (port === undefined || port > 65535) return first;
        draft.listenPort = port;
        return undefined;
      }
      case 'fwmark': {
        const mark = first === 'off' ? 0 : numberOf(first);
        if (mark === undefined) return first;
        draft.fwmark = mark;
        return undefined;
      }
      case 'public-key':
        if (first !== '' && first !== '(none)' && isKey(first)) draft.key = first;
        return undefined;
      case 'endpoints': {
        const endpoint = words[1] === '(none)' ? 'none' : endpointOf(words[1] ?? '');
        if (endpoint === undefined) return words.join(' ');
        peerOf(draft, first).endpoint = endpoint === 'none' ? endpoint : { ...endpoint, source };
        return undefined;
      }
      case 'allowed-ips': {
        const texts = words.slice(1).filter(word => word !== '(none)');
        const allowed = texts.flatMap((text): AllowedAddresses[] => {
          const prefix = parsePrefix(text);
          return prefix ? [{ prefix, source }] : [];
        });
        if (words.length < 2 || allowed.length < texts.length) return words.join(' ');
        peerOf(draft, first).allowed = allowed;
        return undefined;
      }
      default:
        return words.join(' ');
    }
  }

  private device(name: string): Draft {
    const known = this.devices.get(name);
    if (known) return known;
    const made: Draft = { device: name, peers: [], drafts: new Map() };
    this.devices.set(name, made);
    return made;
  }
}

const isKey = (text: string): boolean => !/^peer\d+$/.test(text);

function peerOf({ drafts }: Draft, key: string): PeerDraft {
  const known = drafts.get(key);
  if (known) return known;
  const made: PeerDraft = { key, known: isKey(key) };
  drafts.set(key, made);
  return made;
}

/** `10.0.0.2:51820`, `[fd00::2]:51820`, `[fe80::2%eth0]:51820`. */
function endpointOf(text: string) {
  const [, six, four, portText] = /^(?:\[([^\]%]+)(?:%[^\]]*)?\]|([\d.]+)):(\d{1,5})$/.exec(text) ?? [];
  const address = parseAddress(six ?? four ?? '');
  const port = numberOf(portText);
  return address === undefined || port === undefined || port > 65535 ? undefined : { address, port };
}
