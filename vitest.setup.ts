/** One temporary folder for all tests of a run, removed when they end. */
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { ensureBuilt } from './build/fresh.js';

export function setup(project: TestProject): () => void {
  ensureBuilt();
  project.onTestsRerun(() => Promise.resolve(ensureBuilt()));
  const folder = mkdtempSync(join(tmpdir(), 'evalgraph-tests-'));
  // Some tests run programs as another user.
  chmodSync(folder, 0o755);
  // Workers inherit it, and os.tmpdir() reads it.
  process.env['TMPDIR'] = folder;
  // Programs that tests start strip and compile a source once for all of them; an edited source has another hash.
  process.env['NODE_COMPILE_CACHE'] ??= join(folder, 'compiled');
  return () => rmSync(folder, { recursive: true, force: true });
}
