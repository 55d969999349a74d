#!/usr/bin/env node
// The sources as they are, without building them.
const { readFileSync } = require('node:fs');
const { join } = require('node:path');

async function run() {
  const { register } = await import('tsx/esm/api');
  register();
  const { main } = await import('../src/commands/main.ts');
  const root = join(__dirname, '..');
  const pjson = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  pjson.oclif.commands.target = './src/commands/index.ts';
  await main({ root, pjson });
}

run();
