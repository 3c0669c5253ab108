import { UserError } from '@evalgraph/formats';
import { numberCell, type TableBlock, tableBlock, textCell } from '@evalgraph/report/data';
import { renderTerminal, screenOf } from '@evalgraph/report/terminal';
import { planPipeline } from '@evalgraph/runner';
import { requireAsLocked } from '@evalgraph/runner/locking';
import {
  lineProgress,
  plannedEngine,
  type Verification,
  type VerifiedFigure,
  verifyPipeline,
} from '@evalgraph/runner/run';
import type { Cli } from '../../command.ts';
import { forEachPipeline } from '../../each-pipeline.ts';
import { messages } from '../../messages.ts';

export interface VerifySettings {
  readonly cells: number;
  readonly seed: number;
  readonly tolerance: number | null;
}

export async function verifyPipelines(
  cli: Cli,
  { pipelines, ...settings }: VerifySettings & { readonly pipelines: readonly string[] },
): Promise<void> {
  await forEachPipeline(cli.root, pipelines, async (pipeline) => {
    await verify(cli, pipeline, settings);
    return [];
  });
}

/** @throws UserError where a figure is not what it was, or a cell could not be evaluated. */
export async function verify(
  { root, print }: Cli,
  pipeline: string,
  settings: VerifySettings,
): Promise<void> {
  const plan = planPipeline(root, pipeline, 'full');
  await requireAsLocked(root, plan);
  const progress = lineProgress({ write: print });
  const outcome = await verifyPipeline({ root, plan, engine: plannedEngine(plan), progress, ...settings });
  const header = ['cell', 'metric', 'committed', 'found', 'difference', 'verdict'];
  const block = tableBlock('Verified figures', header, outcome.figures.map(row));
  for (const line of renderTerminal([block], screenOf(process.stdout))) print(line);
  print('');
  const problems = problemsOf(pipeline, outcome);
  if (problems.length > 0) throw new UserError(problems);
  const exact = outcome.figures.filter(({ difference }) => difference === 0).length;
  print(
    `${pipeline}: ${outcome.figures.length} figures of ${outcome.cells} cells computed afresh: ${exact} equal to the last digit, ${outcome.figures.length - exact} within ${outcome.tolerance}.`,
  );
}

function row({ cell, metric, value, found, difference, ok }: VerifiedFigure): TableBlock['rows'][number] {
  return [
    textCell(cell),
    textCell(metric ?? 'perplexity'),
    numberCell(value.toPrecision(8), value),
    numberCell(found.toPrecision(8), found),
    numberCell(difference === 0 ? '0' : difference.toExponential(1), difference),
    textCell(ok ? 'ok' : 'DIFFERS'),
  ];
}

function problemsOf(pipeline: string, { figures, failed, tolerance }: Verification) {
  return [
    ...failed.map(({ cell, text }) => messages.notVerified(cell, text)),
    ...figures
      .filter(({ ok }) => !ok)
      .map(({ cell, metric, value, found }) =>
        messages.figureDiffers(pipeline, cell, metric ?? 'perplexity', value, found, tolerance),
      ),
  ];
}
