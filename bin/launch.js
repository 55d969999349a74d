// Runs the program's bundle, with V8's code cache for it where this Node has made one.
const { readFileSync, renameSync, rmSync, writeFileSync } = require('node:fs');
const { join } = require('node:path');
const Module = require('node:module');
const { constants, Script } = require('node:vm');

const ROOT = join(__dirname, '..');
const BUNDLE = join(ROOT, 'dist', 'chainwalk.cjs');
/** V8 refuses a cache of another version or with other flags; the id tells whether it is of this bundle. */
const CACHE = join(ROOT, 'dist', `chainwalk-${process.versions.v8}-${process.arch}.cache`);
const ID = /^\/\/ bundle ([0-9a-f]{64})\n/;
const ID_LENGTH = 64;

function read() {
  try {
    return readFileSync(BUNDLE, 'latin1');
  } catch {
    process.stderr.write('chainwalk: dist/ is not built: run npm ci, or npm run build\n');
    process.exit(2);
  }
}

function readCache(id) {
  try {
    const bytes = readFileSync(CACHE);
    return bytes.latin1Slice(0, ID_LENGTH) === id ? bytes.subarray(ID_LENGTH) : undefined;
  } catch {
    return undefined;
  }
}

/** Where nothing may be written the program starts slower, and is otherwise the same. */
function writeCache(id, script) {
  const own = `${CACHE}.${process.pid}`;
  try {
    writeFileSync(own, Buffer.concat([Buffer.from(id, 'latin1'), script.createCachedData()]), { flag: 'wx' });
    renameSync(own, CACHE);
  } catch {
    rmSync(own, { force: true });
  }
}

/** The bundle's exports, and whether its code cache was used. */
function load() {
  const source = read();
  const id = ID.exec(source)?.[1] ?? '';
  const cachedData = readCache(id);
  const script = new Script(Module.wrap(source), {
    filename: BUNDLE,
    cachedData,
    importModuleDynamically: constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
  });
  const bundle = new Module(BUNDLE, module);
  bundle.filename = BUNDLE;
  bundle.paths = [];
  require.cache[BUNDLE] = bundle; // oclif requires it for the commands
  script.runInThisContext()(bundle.exports, Module.createRequire(BUNDLE), bundle, BUNDLE, join(ROOT, 'dist'));
  bundle.loaded = true;
  const cached = cachedData !== undefined && script.cachedDataRejected === false;
  return { bundle: bundle.exports, cached, writeCache: () => writeCache(id, script) };
}

/** What oclif is to know of the program: the commands are in the bundle. */
function about() {
  const pjson = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
  pjson.oclif.commands.target = './dist/chainwalk.cjs';
  globalThis.oclif = { ...globalThis.oclif, enableAutoTranspile: false };
  return { root: ROOT, pjson };
}

async function launch() {
  const { bundle, cached, writeCache } = load();
  await bundle.main(about());
  if (!cached) writeCache();
}

module.exports = { about, launch, load };
