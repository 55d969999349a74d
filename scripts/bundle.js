// Builds dist/chainwalk.cjs, the program in one file, and V8's code cache for it.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('..', import.meta.url));
const outfile = `${root}dist/chainwalk.cjs`;

/** Our own sources get the quick one; that one, and other packages, the real one. */
const quickStringWidth = {
  name: 'quick-string-width',
  setup: ({ onResolve }) =>
    onResolve({ filter: /^string-width$/ }, ({ importer }) =>
      importer.startsWith(`${root}src/`) ? { path: `${root}scripts/string-width.cjs` } : undefined,
    ),
};

/** What only an import can load. */
const live = {
  name: 'live',
  setup: ({ onResolve }) => {
    onResolve({ filter: /^\.\/live\.ts$/ }, ({ importer }) =>
      importer.startsWith(`${root}src/capture/`) ? { path: `${root}scripts/live.cjs` } : undefined,
    );
    onResolve({ filter: /^\.\.\/bin\/import\.js$/ }, ({ path }) => ({ path, external: true }));
  },
};

/**
 * What commands import when they run, in files of their own: a larger program, and a larger code cache, would start
 * slower. Such a file has its own copy of what it shares with the program.
 */
const LATER = new Map([['./explaining.ts', 'src/commands/explain/explaining.ts']]);
const fileOf = entry => entry.replace(/^.*\/(.*)\.ts$/, '$1.cjs');
const later = {
  name: 'later',
  setup: ({ onResolve, onLoad }) => {
    onResolve({ filter: /^\.\// }, ({ path, kind }) =>
      kind === 'dynamic-import' && LATER.has(path) ? { path, namespace: 'later' } : undefined,
    );
    onLoad({ filter: /./, namespace: 'later' }, ({ path }) => ({
      contents: `module.exports = require('./${fileOf(LATER.get(path))}')`,
      loader: 'js',
    }));
    onResolve({ filter: /./, namespace: 'later' }, ({ path }) => ({ path, external: true }));
  },
};

const options = {
  absWorkingDir: root,
  bundle: true,
  platform: 'node',
  format: 'cjs',
  target: 'node20',
  charset: 'ascii',
  minifySyntax: true,
  minifyWhitespace: true,
  // Loaded from node_modules by the commands that need them: the program starts without them.
  external: ['execa', 'ssh-config', 'ssh2', 'tar-stream', 'yaml'],
  plugins: [quickStringWidth, live, later],
  logLevel: 'warning',
};
await build({ ...options, entryPoints: ['src/commands/bundle.ts'], outfile });
for (const entry of LATER.values())
  await build({ ...options, entryPoints: [entry], outfile: `${root}dist/${fileOf(entry)}` });
const source = readFileSync(outfile, 'latin1');
const id = createHash('sha256').update(source, 'latin1').digest('hex');
writeFileSync(outfile, `// bundle ${id}\n${source}`, 'latin1');
for (const name of readdirSync(`${root}dist`)) if (/^chainwalk-.*\.cache/.test(name)) rmSync(`${root}dist/${name}`);
spawnSync(process.execPath, [`${root}scripts/warm-cache.cjs`], { stdio: ['ignore', 'ignore', 'inherit'] });
