/** The result files of a pipeline, held against the store: what was edited, cut or half restored is not what was computed. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { MAX_RECORD_BYTES, readRegularSync, sha256Hex } from '@evalgraph/formats';
import type { Cell, Plan } from '@evalgraph/runner/plan';
import { localiseFiles, RESULTS_FILE, RUN_FILE, withManifest } from '@evalgraph/runner/results';
import { restoreCell } from '@evalgraph/runner/run';
import { damageOf, entryFolder, MAX_STORED_BYTES, readStored } from '@evalgraph/runner/store';
import type { Finding } from './finding.ts';

export interface ResultsCheck {
  /** Cells whose files were compared with the store's. */
  readonly checked: number;
  readonly findings: readonly Finding[];
}

/** A cell without files, of another key or of another store is not looked at: `plan` and `why` say what it lacks. */
export async function checkResults(
  { cells, pipeline }: Plan,
  place: { readonly root: string; readonly store: string },
): Promise<ResultsCheck> {
  const context = { ...place, pipeline: pipeline.name };
  const findings: Finding[] = [];
  let checked = 0;
  for (const cell of cells) {
    const stored = await storedFiles(cell, place);
    if (stored === null) continue;
    checked += 1;
    const changed = [...withManifest(localiseFiles(stored, cell, pipeline.name))]
      .filter(([name]) => name !== RUN_FILE)
      .find(([name, content]) => !isSame(join(place.root, cell.output, name), content));
    if (changed === undefined) continue;
    findings.push({
      what: `${cell.output}/${changed[0]}: not what the store holds of this cell`,
      remedy: "npx evalgraph doctor --repair puts the store's files in its place",
      repair: async () => {
        await restoreCell(cell, context);
        return `${cell.output}: as the store holds it`;
      },
    });
  }
  return { checked, findings };
}

/** null: nothing to compare. */
async function storedFiles(
  { key, output }: Cell,
  { root, store }: { readonly root: string; readonly store: string },
): Promise<ReadonlyMap<string, Buffer> | null> {
  const results = join(root, output, RESULTS_FILE);
  if (key === null || !existsSync(results) || keyIn(results, key) === 'another') return null;
  const folder = entryFolder(store, key);
  // What is damaged there, the check of the store says; reading it would move it away.
  if (
    !existsSync(folder) ||
    damageOf(folder, (file) => sha256Hex(readRegularSync(file, MAX_STORED_BYTES))) !== null
  )
    return null;
  return readStored(store, key);
}

/** Results of another key are out of date, not damaged; what has no key any more is. */
function keyIn(path: string, key: string): 'this' | 'another' {
  let text: string;
  try {
    text = readRegularSync(path, MAX_RECORD_BYTES).toString('utf8');
  } catch {
    // A folder in its place, or nothing that may be read: damaged, and so not another key's.
    return 'this';
  }
  const found = /"key": "([0-9a-f]{64})"/.exec(text)?.[1];
  return found === undefined || found === key ? 'this' : 'another';
}

function isSame(path: string, content: string | Uint8Array): boolean {
  try {
    return readRegularSync(path, MAX_STORED_BYTES).equals(Buffer.from(content));
  } catch {
    // Missing, a folder, or not to be read: in any case not what the store holds.
    return false;
  }
}
