import type { Namespace } from '../model/namespace.ts';
import type { Remark } from '../model/source.ts';
import type { HostAbout } from '../read/about.ts';
import type { Snapshot } from '../read/snapshot.ts';

/** What `chainwalk snapshot verify` prints with --json. */
export interface VerifyAnswer {
  readonly schema: 'chainwalk.verify/1';
  readonly version: string;
  readonly path: string;
  readonly complete: boolean;
  readonly missing: readonly MissingAnswer[];
  /** Seconds between the first and the last dump of a host, where snapshot.json says it. */
  readonly skew?: number;
  /** What of the files was not read. */
  readonly remarks: readonly Remark[];
}

export interface MissingAnswer {
  readonly folder: string;
  readonly what: string;
  readonly howToLearn: string;
}

interface Need {
  readonly what: string;
  readonly howToLearn: string;
  readonly has: (namespace: Namespace) => boolean;
}

/** What a walk over a node asks for, and the command that prints it. */
const NEEDS: readonly Need[] = [
  { what: 'rules', howToLearn: 'iptables-save -c', has: ({ ruleset }) => ruleset.tables.length > 0 },
  { what: 'addresses', howToLearn: 'ip addr', has: ({ interfaces }) => interfaces !== undefined },
  { what: 'routes', howToLearn: 'ip route show table all', has: ({ routes }) => routes !== undefined },
  { what: 'routing rules', howToLearn: 'ip rule', has: ({ rules }) => rules !== undefined },
  { what: 'neighbours', howToLearn: 'ip neigh', has: ({ neighbours }) => neighbours !== undefined },
  { what: 'connections', howToLearn: 'conntrack -L', has: ({ conntrack }) => conntrack !== undefined },
  { what: 'sysctls', howToLearn: 'sysctl -a', has: ({ sysctls }) => sysctls !== undefined },
];
/** Of a host outside only these decide. */
const OUTSIDE = ['addresses', 'routes', 'neighbours'];
/** Commands that snapshot.json tells of: where one listed nothing, or there was nothing to list, there is nothing. */
const TOLD = new Map([
  ['rules', /^(?:ip6?tables|nft)/],
  ['connections', /conntrack/],
]);

/** Holds a snapshot against what a walk needs of it. */
export function verifySnapshot(
  snapshot: Snapshot,
  place: { readonly version: string; readonly path: string },
): VerifyAnswer {
  const { nodes, outside, hosts } = snapshot;
  const missing = [
    ...failures(hosts),
    ...[...nodes].flatMap(([name, namespace]) => missingOf(`nodes/${name}`, namespace, NEEDS, hosts)),
    ...[...outside].flatMap(([name, namespace]) =>
      missingOf(
        `outside/${name}`,
        namespace,
        NEEDS.filter(({ what }) => OUTSIDE.includes(what)),
        hosts,
      ),
    ),
  ];
  const remarks = [
    ...snapshot.remarks,
    ...[...nodes.values(), ...outside.values()].flatMap(host => host.remarks),
  ].filter(remark => !hosts.some(({ folder }) => folder === remark.file));
  const starts = hosts.flatMap(({ start, folder }) =>
    start === '' || folder === 'cluster' ? [] : [Date.parse(start)],
  );
  return {
    schema: 'chainwalk.verify/1',
    ...place,
    complete: missing.length === 0 && remarks.every(({ severity }) => severity !== 'error'),
    missing,
    ...(starts.length > 1 && { skew: (Math.max(...starts) - Math.min(...starts)) / 1000 }),
    remarks,
  };
}

const failures = (hosts: readonly HostAbout[]): MissingAnswer[] =>
  hosts
    .filter(({ state }) => state === 'partial' || state === 'failed')
    .map(({ folder, state, problem }) => ({
      folder,
      what: state === 'failed' ? 'everything' : 'a part',
      howToLearn: `capture it again: ${problem}`,
    }));

function missingOf(
  folder: string,
  namespace: Namespace,
  needs: readonly Need[],
  hosts: readonly HostAbout[],
): MissingAnswer[] {
  const commands = hosts.find(host => host.folder === folder)?.commands ?? [];
  const told = commands.filter(({ status, notRun }) => status === 0 || notRun !== undefined).map(({ file }) => file);
  return needs
    .filter(({ what, has }) => !has(namespace) && !told.some(file => TOLD.get(what)?.test(file)))
    .map(({ what, howToLearn }) => ({ folder, what, howToLearn }));
}
