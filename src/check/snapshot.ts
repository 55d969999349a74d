import type { CommandAbout, HostAbout, HostState, SnapshotAbout } from '../read/about.ts';

/** What `chainwalk capture` and `chainwalk snapshot show` print with --json. */
export interface SnapshotAnswer {
  readonly schema: 'chainwalk.snapshot/1';
  readonly version: string;
  /** The folder or archive. */
  readonly path: string;
  /** Of snapshot.json; absent where there is none. */
  readonly format?: number;
  readonly tool?: string;
  readonly start?: string;
  readonly end?: string;
  readonly hosts: readonly HostAnswer[];
}

export interface HostAnswer {
  readonly name: string;
  readonly folder: string;
  readonly how?: string;
  /** `unknown` where no snapshot.json says it. */
  readonly state: HostState | 'unknown';
  readonly problem?: string;
  readonly identity?: string;
  readonly start?: string;
  readonly end?: string;
  readonly clock?: string;
  /** The host's clock less that of the machine that captured, in seconds. */
  readonly clockAhead?: number;
  readonly user?: number;
  readonly files: number;
  readonly bytes: number;
  /** That failed, were not run, or were cut off. */
  readonly incidents: readonly CommandAbout[];
}

export interface SizedFile {
  readonly path: string;
  readonly size: number;
}

const FOLDER = /^(?:.*\/)?((?:nodes|outside)\/[^/]+|cluster)\//;

/** What is in a snapshot: what snapshot.json says, and the files that are there. */
export function describeSnapshot(
  about: SnapshotAbout | undefined,
  files: readonly SizedFile[],
  place: { readonly version: string; readonly path: string },
): SnapshotAnswer {
  const sizes = new Map<string, { files: number; bytes: number }>();
  for (const { path, size } of files) {
    const folder = FOLDER.exec(path)?.[1];
    if (folder === undefined) continue;
    const known = sizes.get(folder) ?? { files: 0, bytes: 0 };
    sizes.set(folder, { files: known.files + 1, bytes: known.bytes + size });
  }
  const told = about ? [...about.hosts, ...(about.cluster ? [about.cluster] : [])] : [];
  const hosts = told.map(host => hostAnswer(host, sizes.get(host.folder)));
  const untold = [...sizes].filter(([folder]) => !told.some(host => host.folder === folder)).sort(byFolder);
  return {
    schema: 'chainwalk.snapshot/1',
    ...place,
    ...(about && { format: about.format, tool: about.tool, start: about.start, end: about.end }),
    hosts: [
      ...hosts,
      ...untold.map(([folder, size]) => ({
        name: folder.slice(folder.indexOf('/') + 1),
        folder,
        state: 'unknown' as const,
        ...size,
        incidents: [],
      })),
    ],
  };
}

const byFolder = ([a]: readonly [string, object], [b]: readonly [string, object]): number => (a < b ? -1 : 1);

function hostAnswer(host: HostAbout, size = { files: 0, bytes: 0 }): HostAnswer {
  const { commands, ...rest } = host;
  const ahead = host.clock === undefined ? Number.NaN : (Date.parse(host.clock) - Date.parse(host.start)) / 1000;
  return {
    ...rest,
    ...(Number.isFinite(ahead) && { clockAhead: Number(ahead.toFixed(1)) }),
    ...size,
    incidents: commands.filter(({ status = 0, notRun, cutOff }) => status !== 0 || notRun !== undefined || cutOff),
  };
}

/** 4 where something is missing that was to be captured. */
export const exitCodeOfSnapshot = ({ hosts }: SnapshotAnswer): number =>
  hosts.some(({ state }) => state === 'partial' || state === 'failed') ? 4 : 0;
