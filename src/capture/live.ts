import type { Progress } from './progress.ts';

type Live = (hosts: readonly string[], terminal: NodeJS.WriteStream) => Progress;

/** What draws is loaded only where it draws; the bundle has its own way to (`scripts/live.cjs`). */
export const loadLive = async (): Promise<Live> => (await import('./progress-live.ts')).liveProgress;
