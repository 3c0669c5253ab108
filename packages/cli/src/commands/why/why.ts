/** `evalgraph why <cell>`: which part of a cell's key differs from its stored result's. */

import { type JsonValue, shape, suggest, UserError } from '@evalgraph/formats';
import { checkPipelineName, planPipeline } from '@evalgraph/runner';
import { openLockCheck } from '@evalgraph/runner/locking';
import { chosenBecause } from '@evalgraph/runner/locks';
import type { Cell, Plan } from '@evalgraph/runner/plan';
import { compareKeyParts, type KeyDifference } from '@evalgraph/runner/plan';
import { cellPlace, KEY_FILE, readPlacedRecord } from '@evalgraph/runner/results';
import { readStored } from '@evalgraph/runner/store';
import { storeFolder } from '@evalgraph/spec';
import type { Cli, Print } from '../../command.ts';
import { messages } from '../../messages.ts';
import { explainStage, isStageName } from './stage.ts';

export interface WhyArguments {
  /** The name of a cell or a stage: `demo/wanda-50/demo_arc`, `story/base:train`. */
  readonly name: string;
  readonly quick: boolean;
}

export async function explainKey({ root, print }: Cli, { name, quick }: WhyArguments): Promise<void> {
  if (isStageName(name)) return explainStage(root, name, print);
  const { plan, cell } = findCell(root, name, quick);
  print(`${name}`);
  const { refused } = cell.checkpoint;
  if (refused !== null) throw new UserError(refused);
  const because = chosenBecause(root, name.split('/')[0] ?? '');
  if (because !== null && cell.work.kind !== 'imported') print(`  ${because}`);
  if (cell.key === null || cell.keyParts === null) {
    const { made, lock } = cell.checkpoint;
    print(
      made !== null && lock === null
        ? `  its weights are not made yet: npx nx run ${made.project}:${made.target}`
        : '  not locked: npx evalgraph lock',
    );
    return;
  }
  const differing = await openLockCheck(root, plan).of(cell);
  if (differing.length > 0) throw new UserError(differing);
  print(`  key ${cell.key}`);
  if (cell.work.kind === 'imported') {
    print(`  imported: nothing is computed; its results stand in ${cell.checkpoint.lockFile}`);
    return;
  }
  const before = await storedParts(root, name.split('/')[0] ?? '', cell);
  const inStore = (await readStored(storeFolder(root), cell.key)) !== null;
  if (before === null) {
    print(
      inStore ? '  no result in results/, but the store has it' : '  no result yet: it would be evaluated',
    );
    return;
  }
  const differences = compareKeyParts(before, cell.keyParts);
  if (differences.length === 0) {
    print('  up to date: the stored result has this key');
    return;
  }
  for (const difference of differences) printDifference(difference, print);
  print(`  ${consequence(differences, inStore)}`);
}

function findCell(root: string, name: string, quick: boolean): { readonly plan: Plan; readonly cell: Cell } {
  const [pipeline = '', ...rest] = name.split('/');
  const plan = planPipeline(root, checkPipelineName(root, pipeline), quick ? 'quick' : 'full');
  const wanted = rest.join('/');
  const cell = plan.cells.find(({ id }) => id === wanted);
  if (cell !== undefined) return { plan, cell };
  const near = suggest(
    wanted,
    plan.cells.map(({ id }) => id),
  );
  throw new UserError(
    messages.unknownCell(name, near === null ? null : `${pipeline}/${near}`, plan.cells.length),
  );
}

function storedParts(root: string, pipeline: string, cell: Cell): Promise<JsonValue | null> {
  return readPlacedRecord(cellPlace(root, pipeline, cell), KEY_FILE, shape.json) as Promise<JsonValue | null>;
}

function printDifference({ path, before, now }: KeyDifference, print: Print): void {
  print(`  ${path}`);
  print(`    stored ${before}`);
  print(`    now    ${now}`);
}

function consequence(differences: readonly KeyDifference[], inStore: boolean): string {
  if (inStore) return 'The store has a result for the new key: nothing would be computed.';
  const scoringOnly = differences.every(({ path }) => path === 'scoring' || path.startsWith('scoring.'));
  return scoringOnly
    ? 'Only the scoring differs: stored responses would be scored again, no token computed.'
    : 'What is asked of the model differs: it would be evaluated again.';
}
