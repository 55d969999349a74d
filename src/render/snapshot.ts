import stringWidth from 'string-width';
import type { HostAnswer, SnapshotAnswer } from '../check/snapshot.ts';
import { safe } from './safe.ts';
import { type RenderOptions, type Theme, themeOf } from './theme.ts';
import { hang, wrap } from './wrap.ts';

/** A snapshot for a person: when it was taken, and a line a host; with `details` every command that did not go well. */
export function renderSnapshot(answer: SnapshotAnswer, { columns, color }: RenderOptions, details = false): string {
  const theme = themeOf(color);
  const { path, start, tool, hosts } = answer;
  const taken =
    start === undefined ? 'without snapshot.json' : `${seconds(start)}${tool === undefined ? '' : ` by ${tool}`}`;
  const lines = [...wrap(safe(`${path}: ${taken}`), columns), ''];
  const names = hosts.map(host => safe(host.folder.startsWith('outside/') ? `${host.name} (outside)` : host.name));
  const widest = Math.min(30, Math.max(0, ...names.map(name => stringWidth(name))));
  for (const [i, host] of hosts.entries()) {
    const name = names[i] ?? '';
    const lead = stringWidth(name) > widest ? name : name + ' '.repeat(widest - stringWidth(name));
    const state = host.state.padEnd(9);
    const facts = [`${host.files} files, ${size(host.bytes)}`, ...timing(host), ...(host.how ? [safe(host.how)] : [])];
    lines.push(
      ...hang(`${lead}  ${state}`, facts.join(', '), columns).map((line, n) =>
        n === 0 ? paint(line, host, theme) : line,
      ),
    );
    if (host.problem !== undefined) lines.push(...hang('  ', safe(host.problem), columns, theme.bad));
    if (details) for (const line of incidents(host, columns, theme)) lines.push(line);
  }
  return `${lines.join('\n')}\n`;
}

function paint(line: string, { state }: HostAnswer, theme: Theme): string {
  const color = state === 'complete' ? theme.good : state === 'unknown' ? theme.quiet : theme.bad;
  return line.replace(state, word => color(word));
}

function timing({ start, end, clockAhead }: HostAnswer): string[] {
  const took = start === undefined || end === undefined ? Number.NaN : (Date.parse(end) - Date.parse(start)) / 1000;
  const parts = Number.isFinite(took) ? [`${took.toFixed(1)} s`] : [];
  if (clockAhead !== undefined && Math.abs(clockAhead) >= 2)
    parts.push(`its clock is ${Math.abs(clockAhead).toFixed(0)} s ${clockAhead > 0 ? 'ahead' : 'behind'}`);
  return parts;
}

function incidents({ incidents }: HostAnswer, columns: number, theme: Theme): string[] {
  return incidents.flatMap(({ file, notRun, status, stderr, cutOff }) => {
    const why =
      notRun ?? (cutOff ? 'cut off' : `exit status ${status}${stderr === undefined ? '' : `: ${firstLine(stderr)}`}`);
    return hang('    ', safe(`${file}: ${why}`), columns, theme.quiet);
  });
}

const firstLine = (text: string): string => text.split('\n', 1)[0] ?? '';
const seconds = (time: string): string => time.replace(/\.\d+Z$/, 'Z').replace('T', ' ');

const size = (bytes: number): string => {
  if (bytes < 1000) return `${bytes} bytes`;
  return bytes < 999_500 ? `${(bytes / 1000).toFixed(bytes < 10_000 ? 1 : 0)} kB` : `${(bytes / 1e6).toFixed(1)} MB`;
};
