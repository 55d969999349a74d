import type { Outcome, PacketAnswer } from '../../src/cluster/answer.ts';
import type { Fields } from '../lab/fields.ts';

/** A frame that tcpdump saw on an interface of a host. */
export type Frame =
  | { readonly kind: 'first'; readonly at: string; readonly device: string; readonly from: string; readonly to: string }
  | { readonly kind: 'who-has'; readonly at: string; readonly asked: string; readonly by: string };

/** Between a first packet and its repetition, which takes another way where it skips the nat table, lies a second. */
const REPEATED_SECONDS = 0.5;

interface First {
  readonly frame: Extract<Frame, { kind: 'first' }>;
  /** In seconds of the day. */
  readonly time: number;
  /** Translation leaves it as it is: it tells which connection the frame is of. */
  readonly sequence: string;
}

/**
 * First packets (SYN, TFTP's request) of connections to a destination `10.0.0.1:80` before any is sent again, and the
 * questions of ARP.
 */
export function framesOf(program: Fields, destination: string | undefined): readonly Frame[] {
  const asked: Frame[] = [];
  const firsts: First[] = [];
  for (const wire of program.objects('wire')) {
    const [at, device] = [wire.text('at'), wire.text('interface')];
    for (const line of wire.texts('lines')) {
      const [, hours, minutes, seconds] = /^(\d\d):(\d\d):([\d.]+) /.exec(line) ?? [];
      const time = Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds);
      const [, address = '', by = ''] = /ARP .*Request who-has ([\d.]+) tell ([\d.]+),/.exec(line) ?? [];
      if (address !== '') asked.push({ kind: 'who-has', at, asked: address, by });
      const [, from = '', host = '', port = '', sequence = ''] =
        /, length \d+: ([\d.]+)\.\d+ > ([\d.]+)\.(\d+): (?:Flags \[S\], seq (\d+)|TFTP, .*RRQ)/.exec(line) ?? [];
      const to = `${host}:${port}`;
      if (from !== '') firsts.push({ frame: { kind: 'first', at, device, from, to }, time, sequence });
    }
  }
  const began = new Map<string, number>();
  for (const { frame, time, sequence } of firsts)
    if (frame.to === destination) began.set(sequence, Math.min(time, began.get(sequence) ?? time));
  const own = firsts.filter(
    ({ time, sequence }) => time - (began.get(sequence) ?? Number.NEGATIVE_INFINITY) < REPEATED_SECONDS,
  );
  return [...asked, ...own.map(({ frame }) => frame)];
}

/** The first frame of a captured host that no outcome has pass there with these addresses. */
export function unforeseen(
  frames: readonly Frame[],
  { packet, outcomes }: { readonly packet: PacketAnswer; readonly outcomes: readonly Outcome[] },
  hosts: ReadonlySet<string>,
): Frame | undefined {
  const foreseen = new Set(outcomes.flatMap(outcome => passing(packet, outcome)));
  return frames.find(
    frame => frame.kind === 'first' && hosts.has(frame.at) && !foreseen.has(`${frame.at} ${frame.from} ${frame.to}`),
  );
}

/** The packet's source and destination as it comes to each host, and as it leaves it. */
function passing({ source, destination }: PacketAnswer, { hops }: Outcome): string[] {
  let from = source.address;
  let to = `${destination.address}:${destination.port}`;
  return hops.flatMap(hop => {
    if (hop.around !== undefined) return [`${hop.node} ${from} ${to}`];
    const came = `${hop.node} ${from} ${to}`;
    for (const step of hop.steps) {
      if (step.kind !== 'translation') continue;
      if (step.field === 'source') from = step.to.address;
      else to = `${step.to.address}:${step.to.port}`;
    }
    return [came, `${hop.node} ${from} ${to}`];
  });
}
