import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import type { Loader } from './generate/scenario.ts';
import type { Observation, Probe, Snapshot } from './observation.ts';
import type { Evidence, Recording } from './session.ts';

const FOLDER = new URL('../../fixtures/kernel/', import.meta.url);

/** What a kernel did, kept to be held against the walk where there is no root. Files are lists of lines. */
export interface Fixture {
  readonly about: string;
  readonly kernel: string;
  readonly loader: Loader;
  readonly probes: readonly Probe[];
  readonly observed: readonly Observation[];
  readonly registered: Snapshot['registered'];
  readonly recent: Snapshot['recent'];
  readonly files: Readonly<Record<string, readonly string[]>>;
  /** The connection tables when all packets were sent. */
  readonly after: Readonly<Record<string, readonly string[]>>;
}

const CONNECTIONS = /^conntrack-/;
/** Of some 700 settings those that have to do with a packet's way. */
const SETTINGS =
  /\b(\w*forward\w*|rp_filter|accept_local|route_localnet|src_valid_mark|send_redirects|nf_conntrack_(tcp_\w+|checksum|acct)|bridge-nf-call-\w+|osrelease|conf\.\w+\.(arp_\w+|accept_source_route)|neigh\.\w+\.(mcast|app)_solicit)\b/;

/** Files of programs that say nothing of rules and ways, and what differs each time. */
const LEFT_OUT = new Set(['ss']);

export function fixtureOf(about: string, kernel: string, recording: Recording): Fixture {
  const { scenario, snapshot, sent, after } = recording;
  const { registered, recent } = snapshot;
  return {
    about,
    kernel,
    loader: scenario.loader,
    probes: scenario.probes,
    observed: sent.observed,
    registered,
    recent,
    files: linesOf(snapshot, name => !LEFT_OUT.has(name)),
    after: linesOf(after, name => CONNECTIONS.test(name)),
  };
}

function linesOf({ files }: Snapshot, keep: (name: string) => boolean): Record<string, string[]> {
  const kept = Object.entries(files).filter(([name]) => keep(name));
  return Object.fromEntries(
    kept.map(([name, text]) => {
      const lines = text.split('\n').filter(line => line !== '');
      return [name, name === 'sysctl' ? lines.filter(line => SETTINGS.test(line.split(' ')[0] ?? '')) : lines];
    }),
  );
}

const textsOf = (files: Fixture['files']): Record<string, string> =>
  Object.fromEntries(Object.entries(files).map(([name, lines]) => [name, lines.map(line => `${line}\n`).join('')]));

/** A fixture as if it had just been recorded. */
export const evidenceOf = ({ probes, observed, registered, recent, files, after }: Fixture): Evidence => ({
  scenario: { probes },
  snapshot: { files: textsOf(files), registered, recent },
  sent: { observed },
  after: { files: textsOf(after) },
});

export function writeFixture(name: string, fixture: Fixture): void {
  mkdirSync(FOLDER, { recursive: true });
  writeFileSync(new URL(`${name}.json`, FOLDER), `${JSON.stringify(fixture, null, 1)}\n`);
}

export function fixtures(): { readonly name: string; readonly fixture: Fixture }[] {
  return readdirSync(FOLDER)
    .filter(file => file.endsWith('.json'))
    .sort()
    .map(file => {
      const fixture: Fixture = JSON.parse(readFileSync(new URL(file, FOLDER), 'utf8'));
      return { name: file.slice(0, -'.json'.length), fixture };
    });
}
