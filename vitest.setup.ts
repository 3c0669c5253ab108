/** One temporary folder for all tests of a run, removed when they end. */
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export function setup(): () => void {
  const folder = mkdtempSync(join(tmpdir(), 'evalgraph-tests-'));
  // Some tests run programs as another user.
  chmodSync(folder, 0o755);
  // Workers inherit it, and os.tmpdir() reads it.
  process.env['TMPDIR'] = folder;
  return () => rmSync(folder, { recursive: true, force: true });
}
