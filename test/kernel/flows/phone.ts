import { createSocket } from 'node:dgram';
import { setTimeout as sleep } from 'node:timers/promises';
import { DATA_PORT } from '../../../src/cluster/app/protocol.ts';
import { CALLER_RTP } from '../../../src/cluster/app/sip.ts';

/**
 * A SIP phone in a network namespace, which names its own address in SDP. `callee ADDRESS` answers every INVITE, `caller
 * ADDRESS PORT TARGET FIRST` sends one; then both send RTP for a while to what the other's SDP names, FIRST (`callee`,
 * `caller`, `nobody`: none is sent) well before the other. What each got is told on standard output, one line of JSON for
 * each call.
 */
export interface Heard {
  /** The Call-ID: whom the caller called, from where. */
  readonly call?: string;
  /** Where the other side's SDP, as it arrived, wants RTP; absent: no message came. */
  readonly named?: string;
  /** The address that RTP came from, the first; absent: none came. */
  readonly from?: string;
}

export const SIP_PORT = 5060;
/** Milliseconds. */
const TALK = 1000;
const EVERY = 50;
/** How long the second waits with its RTP. */
const LATER = 500;

if (process.argv[1] === import.meta.filename) await main();

async function main(): Promise<void> {
  const [role = '', own = '', port = '', target = '', order = ''] = process.argv.slice(2);
  const calls = role === 'caller';
  const [signals, rtp] = [createSocket('udp4'), createSocket('udp4')];
  const rtpPort = calls ? CALLER_RTP : DATA_PORT;
  let heard: string | undefined;
  let isAnswered = false;
  rtp.on('message', (_, from) => {
    heard ??= from.address;
  });
  const talk = async (message: string) => {
    if (!calls) heard = undefined;
    const [, address = ''] = /^c=IN IP4 (\S+)/m.exec(message) ?? [];
    const [, media = ''] = /^m=audio (\d+)/m.exec(message) ?? [];
    const [, first] = /^Subject: (\S+)/m.exec(message) ?? [];
    if (first !== role) await sleep(LATER);
    for (let past = first === 'nobody' ? TALK : 0; past < TALK; past += EVERY) {
      rtp.send(Buffer.alloc(172, 0x80), Number(media), address, () => {});
      await sleep(EVERY);
    }
    const [, call = ''] = /^Call-ID: (\S+)/m.exec(message) ?? [];
    say({ call, named: `${address}:${media}`, ...(heard !== undefined && { from: heard }) });
  };
  signals.on('message', (bytes, from) => {
    const message = bytes.toString();
    if (calls) {
      if (isAnswered || !message.startsWith('SIP/2.0 200')) return;
      isAnswered = true;
      void talk(message).then(() => process.exit());
      return;
    }
    if (!message.startsWith('INVITE')) return;
    const copied = message.split('\r\n').filter(line => /^(?:Via|From|To|Call-ID|CSeq|Subject):/.test(line));
    signals.send(withSdp(['SIP/2.0 200 OK', ...copied], own, SIP_PORT, rtpPort), from.port, from.address);
    void talk(message);
  });
  await new Promise<void>(resolve => rtp.bind(rtpPort, resolve));
  await new Promise<void>(resolve => signals.bind(calls ? Number(port) : SIP_PORT, resolve));
  if (!calls) {
    say({ ready: true });
    return;
  }
  const lines = [
    `INVITE sip:bob@${target}:${SIP_PORT} SIP/2.0`,
    `Via: SIP/2.0/UDP ${own}:${port};rport;branch=z9hG4bK1`,
    `From: <sip:alice@${own}:${port}>;tag=1`,
    `To: <sip:bob@${target}>`,
    `Call-ID: ${callId(own, target, order)}`,
    'CSeq: 1 INVITE',
    `Subject: ${order}`,
  ];
  signals.send(withSdp(lines, own, Number(port), rtpPort), SIP_PORT, target, () => {});
  await sleep(TALK);
  if (isAnswered) return;
  say({});
  process.exit();
}

export function callId(from: string, to: string, first: string): string {
  return `${from}-${to}-${first}`;
}

function say(value: Heard | { readonly ready: true }): void {
  process.stdout.write(`${JSON.stringify(value)}\n`);
}

function withSdp(lines: readonly string[], own: string, port: number, rtpPort: number): string {
  const sdp = ['v=0', `o=- 1 1 IN IP4 ${own}`, 's=-', `c=IN IP4 ${own}`, 't=0 0', `m=audio ${rtpPort} RTP/AVP 0`, ''];
  const body = sdp.join('\r\n');
  const more = [
    `Contact: <sip:phone@${own}:${port}>`,
    'Content-Type: application/sdp',
    `Content-Length: ${body.length}`,
  ];
  return [...lines, ...more, '', body].join('\r\n');
}
