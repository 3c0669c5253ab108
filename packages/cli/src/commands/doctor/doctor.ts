/** `evalgraph doctor [pipeline…] [--repair]`: the machine, every locked file in full, results, the store; mends what it can. */

import { bytesText, type Problem, UserError } from '@evalgraph/formats';
import { planPipeline } from '@evalgraph/runner';
import { addedFiles, lockProblems } from '@evalgraph/runner/locking';
import type { Plan } from '@evalgraph/runner/plan';
import { storeFolder } from '@evalgraph/spec';
import type { Cli, Print } from '../../command.ts';
import { checkFiles } from '../../doctor/files.ts';
import type { Finding } from '../../doctor/finding.ts';
import { checkMachine } from '../../doctor/machine.ts';
import { checkResults } from '../../doctor/results.ts';
import { checkStore } from '../../doctor/store.ts';
import { namedPipelines } from '../../each-pipeline.ts';
import { messages } from '../../messages.ts';

export interface DoctorArguments {
  /** Empty: every pipeline. */
  readonly pipelines: readonly string[];
  readonly repair: boolean;
}

/** @throws UserError with everything that is damaged and was not mended. */
export async function examine({ root, print }: Cli, { pipelines, repair }: DoctorArguments): Promise<void> {
  const problems: Problem[] = [];
  const plans = namedPipelines(root, pipelines).flatMap((name) => planned(root, name, problems));
  const store = storeFolder(root);
  const machine = checkMachine(store, plans);
  for (const line of machine.lines) print(line);
  problems.push(...machine.problems.map(messages.machine));
  const findings: Finding[] = [];
  for (const plan of plans) {
    const check = await checkFiles(plan, { root, note: print });
    const absent =
      check.absent === 0 ? '' : `, ${check.absent} of the hub not on this disk (fetched when needed)`;
    print(
      `${plan.pipeline.name}: ${check.checked} locked files read (${bytesText(check.bytes)})${absent}; ${damaged(check.findings)}`,
    );
    const results = await checkResults(plan, { root, store });
    print(
      `${plan.pipeline.name}: ${results.checked} results held against the store; ${damaged(results.findings)}`,
    );
    problems.push(...lockProblems(plan), ...addedFiles(plan));
    findings.push(...check.findings, ...results.findings);
  }
  const stored = checkStore(store);
  print(
    `store: ${stored.results} results, ${stored.responses} responses, ${stored.journals} journals; ${damaged(stored.findings)}`,
  );
  findings.push(...stored.findings);
  for (const finding of findings) problems.push(...(await treat(finding, repair, print)));
  if (problems.length > 0) throw new UserError(problems);
}

/** A pipeline that cannot be planned keeps none of the others from being looked at. */
function planned(root: string, name: string, problems: Problem[]): readonly Plan[] {
  try {
    return [planPipeline(root, name, 'full')];
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    problems.push(...error.problems);
    return [];
  }
}

async function treat(finding: Finding, mend: boolean, print: Print): Promise<readonly Problem[]> {
  if (!mend || finding.repair === null) return [messages.damaged(finding.what, finding.remedy)];
  try {
    print(`repaired ${await finding.repair()}`);
    return [];
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return error.problems;
  }
}

function damaged(findings: readonly Finding[]): string {
  return findings.length === 0 ? 'all as they should be' : `${findings.length} damaged`;
}
