import type { World } from './world.ts';

type Release = readonly [major: number, minor: number, patch: number];

/**
 * Whether the node's kernel is this release or later (`kernel.osrelease`): one of the mainline, or of a stable series that
 * took the change over. Undefined: it was not captured.
 */
export function isSince(world: Pick<World, 'sysctl'>, mainline: Release, ...stable: Release[]): boolean | undefined {
  const [, ...parts] = /^(\d+)\.(\d+)(?:\.(\d+))?/.exec(world.sysctl('kernel.osrelease') ?? '') ?? [];
  if (parts.length === 0) return undefined;
  const [major = 0, minor = 0, patch = 0] = parts.map(part => Number(part ?? 0));
  const series = stable.find(one => one[0] === major && one[1] === minor);
  if (series) return patch >= series[2];
  const [wantedMajor, wantedMinor, wantedPatch] = mainline;
  if (major !== wantedMajor) return major > wantedMajor;
  return minor === wantedMinor ? patch >= wantedPatch : minor > wantedMinor;
}
