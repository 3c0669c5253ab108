/** `evalgraph verify`: are the committed figures still what the engine computes? */

import { type Problem, UserError } from '@evalgraph/formats';
import { numberCell, type TableBlock, tableBlock, textCell } from '@evalgraph/report/data';
import { renderTerminal, screenOf } from '@evalgraph/report/terminal';
import { checkPipelineName, pipelineNames, planPipeline } from '@evalgraph/runner';
import { requireAsLocked } from '@evalgraph/runner/locking';
import {
  lineProgress,
  plannedEngine,
  type Verification,
  type VerifiedFigure,
  verifyPipeline,
} from '@evalgraph/runner/run';
import { readArguments } from '../arguments.ts';
import type { Print } from '../command.ts';
import { messages } from '../messages.ts';

const USAGE = 'verify [pipeline…] [--cells n|all] [--seed n] [--tolerance x]';
const DEFAULT_CELLS = 6;

export async function verifyCommand(root: string, args: readonly string[], print: Print): Promise<void> {
  const { names, values } = readArguments(args, USAGE, [], ['cells', 'seed', 'tolerance']);
  const wanted = names.length > 0 ? names.map((name) => checkPipelineName(root, name)) : pipelineNames(root);
  const settings = {
    cells: values.get('cells') === 'all' ? Infinity : numberOf(values, 'cells', DEFAULT_CELLS),
    seed: numberOf(values, 'seed', 0),
    tolerance: values.has('tolerance') ? numberOf(values, 'tolerance', 0) : null,
  };
  const problems: Problem[] = [];
  for (const pipeline of wanted) {
    try {
      await verify(root, pipeline, settings, print);
    } catch (error) {
      // One pipeline's problems do not keep the others from being looked at.
      if (!(error instanceof UserError)) throw error;
      problems.push(...error.problems);
    }
  }
  if (problems.length > 0) throw new UserError(problems);
}

export interface VerifySettings {
  readonly cells: number;
  readonly seed: number;
  readonly tolerance: number | null;
}

/** @throws UserError where a figure is not what it was, or a cell could not be evaluated. */
export async function verify(
  root: string,
  pipeline: string,
  settings: VerifySettings,
  print: Print,
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

function numberOf(values: ReadonlyMap<string, string>, name: string, byDefault: number): number {
  const text = values.get(name);
  if (text === undefined) return byDefault;
  const value = Number(text);
  const whole = name !== 'tolerance';
  const fits =
    Number.isFinite(value) && value >= 0 && (!whole || Number.isInteger(value)) && text.trim() !== '';
  if (!fits || (name === 'cells' && value === 0)) {
    throw new UserError(
      messages.badFlagNumber(
        `--${name}`,
        text,
        name === 'cells' ? 'a whole number from 1, or all' : whole ? 'a whole number' : 'a number from 0',
      ),
    );
  }
  return value;
}
