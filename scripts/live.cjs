// Stands in the bundle for src/capture/live.ts: ink awaits at its top, so it can only be imported, and a script of V8's
// code cache cannot import; a file of its own can.
const importFile = require('../bin/import.js');

exports.loadLive = async () => (await importFile('../dist/capture/progress-live.js')).liveProgress;
