#!/usr/bin/env node
/** Starts evalgraph. Plain JavaScript, so that an old Node prints a sentence instead of a syntax error. */
import { existsSync } from 'node:fs';

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
if (major < 22 || (major === 22 && minor < 18)) {
  process.stderr.write(
    `evalgraph needs Node 22.18 or later; this is ${process.version}.\n` +
      'Start it as: npx evalgraph ... (npm ci installs Node 24 in node_modules, and npx uses it)\n',
  );
  process.exit(1);
}
if (existsSync(new URL('../src', import.meta.url))) {
  const { ensureBuilt } = await import('../../../build/fresh.js');
  try {
    ensureBuilt();
  } catch (error) {
    process.stderr.write(`${error.message}\n`);
    process.exit(1);
  }
}
const { main } = await import('../dist/main.js');
process.exitCode = await main(process.argv.slice(2));
