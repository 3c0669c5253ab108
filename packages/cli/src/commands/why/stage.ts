/** `evalgraph why <project>:<stage>`: which part of a stage's key differs from what its folder was made of. */

import { suggest, UserError } from '@evalgraph/formats';
import { checkPipelineName, loadLocked, stageProjectName } from '@evalgraph/runner';
import { openDigestMemo } from '@evalgraph/runner/locks';
import { compareKeyParts } from '@evalgraph/runner/plan';
import { stageKeys } from '@evalgraph/runner/stages';
import type { Stage } from '@evalgraph/spec';
import { verifiedFile } from '@evalgraph/spec';
import type { Print } from '../../command.ts';
import { messages } from '../../messages.ts';

/** `story/base:train`. */
export function isStageName(name: string): boolean {
  return /:(corpus|pack|init|train|prune)$/.test(name);
}

/** @throws UserError where there is no such stage, or what it reads is not there. */
export async function explainStage(root: string, name: string, print: Print): Promise<void> {
  const pipeline = loadLocked(root, checkPipelineName(root, name.split('/')[0] ?? ''));
  const targetOf = (stage: Stage): string => `${stageProjectName(pipeline.name, stage)}:${stage.kind}`;
  const stage = pipeline.stages.find((one) => targetOf(one) === name);
  if (stage === undefined) {
    const known = pipeline.stages.map(targetOf);
    throw new UserError(messages.unknownStage(name, suggest(name, known), known));
  }
  const memo = openDigestMemo(verifiedFile(root));
  const { signal } = new AbortController();
  const { now, before, isDone } = await stageKeys(stage, {
    root,
    pipeline,
    memo,
    env: process.env,
    signal,
    note: print,
  });
  print(name);
  if (before === null) {
    print('  nothing is there: it would be made');
    return;
  }
  const differences = compareKeyParts(before, now);
  for (const { path, before: then, now: here } of differences) {
    print(`  ${path}`);
    print(`    made of ${then}`);
    print(`    now     ${here}`);
  }
  if (differences.length > 0) print('  what is there would be put aside, and this made');
  else
    print(isDone ? '  made already: what is there has this key' : '  begun under this key: it would go on');
}
