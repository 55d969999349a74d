// Runs the program's bundle and what it loads later, with V8's code caches for them where this Node has made some.
const { readFileSync, renameSync, rmSync, writeFileSync } = require('node:fs');
const { join } = require('node:path');
const Module = require('node:module');
const { constants, Script } = require('node:vm');

const ROOT = join(__dirname, '..');
const PROGRAM = 'chainwalk';
const bundleOf = name => join(ROOT, 'dist', `${name}.cjs`);
/** V8 refuses a cache of another version or with other flags; the id tells whether it is of this bundle. */
const cacheOf = name => join(ROOT, 'dist', `${name}-${process.versions.v8}-${process.arch}.cache`);
const ID = /^\/\/ bundle ([0-9a-f]{64})\n/;
const ID_LENGTH = 64;

/** The bundles that were loaded, and whether there are code caches for them. */
const loaded = new Map();

function read(name) {
  try {
    return readFileSync(bundleOf(name), 'latin1');
  } catch {
    process.stderr.write('chainwalk: dist/ is not built: run npm ci, or npm run build\n');
    process.exit(2);
  }
}

function readCache(name, id) {
  try {
    const bytes = readFileSync(cacheOf(name));
    return bytes.latin1Slice(0, ID_LENGTH) === id ? bytes.subarray(ID_LENGTH) : undefined;
  } catch {
    return undefined;
  }
}

/** Where nothing may be written the program starts slower, and is otherwise the same. */
function writeCache(name, id, script) {
  const own = `${cacheOf(name)}.${process.pid}`;
  try {
    writeFileSync(own, Buffer.concat([Buffer.from(id, 'latin1'), script.createCachedData()]), { flag: 'wx' });
    renameSync(own, cacheOf(name));
  } catch {
    rmSync(own, { force: true });
  }
}

/** The exports of a bundle. */
function load(name) {
  const known = loaded.get(name);
  if (known) return known.bundle.exports;
  const filename = bundleOf(name);
  const source = read(name);
  const id = ID.exec(source)?.[1] ?? '';
  const cachedData = readCache(name, id);
  const script = new Script(Module.wrap(source), {
    filename,
    cachedData,
    importModuleDynamically: constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
  });
  const bundle = new Module(filename, module);
  bundle.filename = filename;
  bundle.paths = [];
  require.cache[filename] = bundle; // oclif requires the program for the commands
  const cached = cachedData !== undefined && script.cachedDataRejected === false;
  loaded.set(name, { bundle, cached, write: () => writeCache(name, id, script) });
  script.runInThisContext()(bundle.exports, Module.createRequire(filename), bundle, filename, join(ROOT, 'dist'));
  bundle.loaded = true;
  return bundle.exports;
}

/** What oclif is to know of the program: the commands are in the bundle. */
function about() {
  const pjson = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
  pjson.oclif.commands.target = './dist/chainwalk.cjs';
  globalThis.oclif = { ...globalThis.oclif, enableAutoTranspile: false };
  return { root: ROOT, pjson };
}

/** Runs the command line. */
const run = () => load(PROGRAM).main(about());

/** Writes the caches of what has run, where there were none. */
function writeCaches() {
  for (const one of loaded.values()) {
    if (!one.cached) one.write();
    one.cached = true;
  }
}

async function launch() {
  await run();
  writeCaches();
}

module.exports = { launch, load, run, writeCaches };
