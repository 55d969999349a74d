import { Box, type Instance, render, Text } from 'ink';
import { createElement, type ReactNode } from 'react';
import { safe } from '../render/safe.ts';
import type { HostProgress } from './host.ts';
import type { Progress } from './progress.ts';

type Shown = HostProgress | { readonly state: 'waiting'; readonly bytes: 0 };
type State = Shown['state'];

const COLORS: Readonly<Record<State, string>> = {
  waiting: 'gray',
  connecting: 'yellow',
  running: 'cyan',
  complete: 'green',
  partial: 'yellow',
  failed: 'red',
};
const MARKS: Readonly<Record<State, string>> = {
  waiting: ' ',
  connecting: '·',
  running: '>',
  complete: '✓',
  partial: '!',
  failed: '✗',
};
/** Who is under way is shown first, then who failed; who waits comes last. */
const ORDER: readonly State[] = ['running', 'connecting', 'failed', 'partial', 'complete', 'waiting'];
const TICK = 100;

/** A line a host, as many as fit, and one that counts the others. */
function view(hosts: ReadonlyMap<string, Shown>, rows: number): ReactNode {
  const all = [...hosts].sort(([, a], [, b]) => ORDER.indexOf(a.state) - ORDER.indexOf(b.state));
  const room = Math.max(3, rows - 2);
  const shown = all.length <= room ? [...hosts] : all.slice(0, room - 1);
  const others = all.length <= room ? [] : all.slice(room - 1);
  const width = Math.min(30, Math.max(...shown.map(([name]) => safe(name).length)));
  const lines = shown.map(([name, progress]) => line(name, progress, width));
  const counts = ORDER.flatMap(state => {
    const count = others.filter(([, progress]) => progress.state === state).length;
    return count === 0 ? [] : [`${count} ${state}`];
  });
  if (others.length > 0)
    lines.push(createElement(Text, { key: '', dimColor: true }, `and ${others.length} more: ${counts.join(', ')}`));
  return createElement(Box, { flexDirection: 'column' }, lines);
}

function line(name: string, progress: Shown, width: number): ReactNode {
  const { state, bytes } = progress;
  const problem = 'problem' in progress ? progress.problem : undefined;
  const file = 'file' in progress && state === 'running' ? progress.file : undefined;
  const size = bytes === 0 ? '' : `${(bytes / 1000).toFixed(0)} kB`;
  const facts = [state.padEnd(10), size.padStart(8), problem ?? file ?? ''].join(' ');
  return createElement(
    Text,
    { key: name, wrap: 'truncate' },
    createElement(Text, { color: COLORS[state] }, `${MARKS[state]} `),
    safe(name).padEnd(width),
    '  ',
    safe(facts),
  );
}

/** Draws to a terminal, ten times a second at most; the last picture stays. */
export function liveProgress(hosts: readonly string[], terminal: NodeJS.WriteStream): Progress {
  const known = new Map<string, Shown>(hosts.map(host => [host, { state: 'waiting', bytes: 0 }]));
  const picture = () => view(known, terminal.rows ?? 24);
  const instance: Instance = render(picture(), { stdout: terminal, patchConsole: false });
  let timer: NodeJS.Timeout | undefined;
  const draw = () => {
    timer = undefined;
    instance.rerender(picture());
  };
  return {
    tell(host, progress) {
      known.set(host, progress);
      timer ??= setTimeout(draw, TICK);
    },
    async end() {
      clearTimeout(timer);
      draw();
      instance.unmount();
      await instance.waitUntilExit();
    },
  };
}
