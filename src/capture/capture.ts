import type { SizedFile } from '../check/snapshot.ts';
import { type HostAbout, SNAPSHOT_FORMAT, type SnapshotAbout } from '../read/about.ts';
import { type CapturedHost, captureHost, type HostOptions, type HostProgress } from './host.ts';
import type { Store } from './store.ts';
import type { Sources } from './targets.ts';

export interface CaptureOptions extends HostOptions {
  /** Hosts at the same time. */
  readonly parallel: number;
  readonly tool: string;
}

/** Captures all hosts and writes the snapshot; one that fails is told of in `snapshot.json` and does not stop the others. */
export async function capture(
  { targets, hosts: ready, cluster }: Sources,
  store: Store,
  options: CaptureOptions,
  onProgress: (host: string, progress: HostProgress) => void,
): Promise<{ about: SnapshotAbout; files: readonly SizedFile[] }> {
  const start = new Date().toISOString();
  const written: SizedFile[] = [];
  const write = async ({ about, files }: CapturedHost): Promise<HostAbout> => {
    for (const [path, bytes] of files) {
      await store.write(path, bytes);
      written.push({ path, size: bytes.length });
    }
    return about;
  };
  const taken: HostAbout[] = [];
  for (const host of ready) taken.push(await write(host));
  const [objects, hosts] = await Promise.all([
    cluster?.().then(write),
    inParallel(targets, options.parallel, async target =>
      write(await captureHost(target, options, progress => onProgress(target.name, progress))),
    ),
  ]);
  const about: SnapshotAbout = {
    format: SNAPSHOT_FORMAT,
    tool: options.tool,
    start,
    end: new Date().toISOString(),
    hosts: [...taken, ...hosts],
    ...(objects && { cluster: objects }),
  };
  await store.write('snapshot.json', `${JSON.stringify(about, null, 1)}\n`);
  await store.finish();
  return { about, files: written };
}

/** At most `limit` at a time, the results in the order of the values. */
async function inParallel<T, R>(values: readonly T[], limit: number, run: (value: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  const waiting = values.entries();
  const worker = async () => {
    for (const [i, value] of waiting) results[i] = await run(value);
  };
  await Promise.all(Array.from({ length: Math.min(limit, values.length) }, worker));
  return results;
}
