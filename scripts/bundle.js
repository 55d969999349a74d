// Builds dist/chainwalk.cjs, the program in one file, and V8's code cache for it.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('..', import.meta.url));

const own = name => ({ path: `${root}scripts/${name}.cjs` });

/** Our own sources get the quick ones, and so do oclif and cli-table3; those, and other packages, the real ones. */
const quickPackages = {
  name: 'quick-packages',
  setup: ({ onResolve }) => {
    const from = (filter, importers, name) =>
      onResolve({ filter }, ({ importer }) => (importer.includes(importers) ? own(name) : undefined));
    from(/^string-width$/, `${root}src/`, 'string-width');
    from(/^string-width$/, '/cli-table3/', 'string-width');
    from(/^@oclif\/core$/, `${root}src/`, 'oclif');
    from(/^wsl-utils$/, OCLIF, 'wsl-utils');
  },
};

const OCLIF = '/@oclif/core/';

/** What oclif requires at each start and seldom uses is loaded when it is first used. */
const latePackages = {
  name: 'late-packages',
  setup: ({ onResolve, onLoad }) => {
    onResolve({ filter: /^(node:child_process|node:perf_hooks|node:readline|ejs|minimatch|tinyglobby)$/ }, args =>
      args.importer.includes(OCLIF) ? { path: args.path, namespace: 'late' } : undefined,
    );
    onLoad({ filter: /./, namespace: 'late' }, ({ path }) => ({
      contents: `
        const late = new Proxy({}, { get: (_, name) => require('${path}')[name] });
        module.exports = new Proxy(late, {
          get: (_, name) => (name === '__esModule' ? true : name === 'default' ? late : late[name]),
        });`,
      resolveDir: root,
    }));
  },
};

/** oclif sorts the commands by their names with localeCompare, which loads ICU's collation at each start. */
const plainOrder = {
  name: 'plain-order',
  setup: ({ onLoad }) =>
    onLoad({ filter: /@oclif\/core\/lib\/config\/plugin\.js$/ }, ({ path }) => {
      const [slow, quick] = ['a.id.localeCompare(b.id)', 'a.id < b.id ? -1 : 1'];
      const text = readFileSync(path, 'utf8');
      if (!text.includes(slow)) throw new Error(`${path}: no ${slow}; see whether oclif still sorts the commands so`);
      return { contents: text.replace(slow, quick) };
    }),
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
const LATER = new Map([
  ['./explaining.ts', 'src/commands/explain/explaining.ts'],
  ['./diffing.ts', 'src/commands/diffing.ts'],
]);
const nameOf = entry => entry.replace(/^.*\/(.*)\.ts$/, '$1');
const fileOf = name => `${root}dist/${name}.cjs`;
const later = {
  name: 'later',
  setup: ({ onResolve, onLoad }) => {
    onResolve({ filter: /^\.\// }, ({ path, kind }) =>
      kind === 'dynamic-import' && LATER.has(path) ? { path, namespace: 'later' } : undefined,
    );
    onLoad({ filter: /./, namespace: 'later' }, ({ path }) => ({
      contents: `module.exports = require('../bin/launch.js').load('${nameOf(LATER.get(path))}')`,
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
  plugins: [quickPackages, latePackages, plainOrder, live, later],
  logLevel: 'warning',
};
const bundles = [['chainwalk', 'src/commands/bundle.ts'], ...[...LATER.values()].map(entry => [nameOf(entry), entry])];
for (const [name, entry] of bundles) {
  const outfile = fileOf(name);
  await build({ ...options, entryPoints: [entry], outfile });
  const source = readFileSync(outfile, 'latin1');
  const id = createHash('sha256').update(source, 'latin1').digest('hex');
  writeFileSync(outfile, `// bundle ${id}\n${source}`, 'latin1');
}
for (const name of readdirSync(`${root}dist`)) if (/\.cache(?:\.\d+)?$/.test(name)) rmSync(`${root}dist/${name}`);
spawnSync(process.execPath, [`${root}scripts/warm-cache.cjs`], { stdio: ['ignore', 'ignore', 'inherit'] });
