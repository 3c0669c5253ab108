/** `evalgraph show [pipeline]`: the scores that are there, in the terminal. */

import { UserError } from '@evalgraph/formats';
import { formatCount, formatLimit, type ReportData, reportData } from '@evalgraph/report/data';
import { pipelineNames } from '@evalgraph/runner';
import type { Plan } from '@evalgraph/runner/plan';
import { collectReport } from '@evalgraph/runner/reporting';
import { plannedEngine } from '@evalgraph/runner/run';
import { readArguments } from '../arguments.ts';
import type { Print } from '../command.ts';
import { openShown } from '../shown-run.ts';
import { comparisonsView, seriesComparisonsView } from '../terminal/comparisons-view.ts';
import { messages } from '../terminal/messages.ts';
import { onePipeline } from '../terminal/one-pipeline.ts';
import { perplexitiesView } from '../terminal/perplexities-view.ts';
import { scoresView } from '../terminal/scores-view.ts';
import { paint, type Screen, screenOf } from '../terminal/screen.ts';
import { safeLine, wrap } from '../terminal/text.ts';

const USAGE = 'show [pipeline] [--metric m] [--quick]';

export async function showCommand(root: string, args: readonly string[], print: Print): Promise<void> {
  const { names, flags, values } = readArguments(args, USAGE, ['quick'], ['metric']);
  const screen = screenOf(process.stdout);
  const name = onePipeline(pipelineNames(root), names, USAGE, args);
  const { plan, note } = await openShown(root, name, flags.has('quick'));
  if (note !== null) {
    for (const line of wrap(note, screen.width)) print(paint(screen, 'yellow', line));
  }
  for (const line of await show(root, plan, values.get('metric') ?? null, screen)) print(line);
}

/** @throws UserError where nothing has been evaluated yet. */
export async function show(
  root: string,
  plan: Plan,
  metric: string | null,
  screen: Screen,
): Promise<readonly string[]> {
  const input = await collectReport(root, plan, plannedEngine(plan), { partial: true });
  const others = input.comparisons.length + (input.seriesComparisons ?? []).length;
  if (input.cells.length + others === 0) {
    throw new UserError(messages.nothingYet([plan.pipeline.name], `${plan.pipeline.name}:report`));
  }
  const data = reportData(input);
  return [
    ...head(data, plan, screen),
    ...(data.tasks.length === 0 ? [] : scoresView(data, screen, metric)),
    ...(metric === null ? perplexitiesView(data, screen) : []),
    ...(metric === null ? comparisonsView(input.comparisons, screen) : []),
    ...(metric === null ? seriesComparisonsView(input.seriesComparisons ?? [], screen) : []),
  ];
}

function head({ input, tasks }: ReportData, plan: Plan, screen: Screen): readonly string[] {
  const { engine } = input.computed;
  const checkpoints = input.models.reduce((sum, model) => sum + model.checkpoints.length, 0);
  const facts = [
    safeLine(input.pipeline.name) + (plan.variant === 'quick' ? ' (quick)' : ''),
    `${formatCount(checkpoints)} checkpoints of ${input.models.map(({ name }) => safeLine(name)).join(', ')}`,
    `${formatCount(input.tasks.length)} tasks`,
    engine.name === 'imported'
      ? 'imported results'
      : `engine ${safeLine(engine.name)} ${safeLine(engine.dtype)}`,
  ];
  const limited =
    input.pipeline.limit === null
      ? []
      : [
          `† Limited run: ${formatLimit(input.pipeline.limit)}. A test of the setup, not comparable with full runs.`,
        ];
  const count = input.missing.length;
  const missing =
    count === 0
      ? []
      : [
          `${formatCount(count)} of ${formatCount(plan.cells.length + plan.comparisons.length)} results ${count === 1 ? 'is' : 'are'} still to come: ${evalCommand(plan)}`,
        ];
  const untouched = input.tasks.filter((task) => !tasks.some(({ column }) => column.cell === task));
  const nothing =
    untouched.length === 0 ? [] : [`No result at any checkpoint yet: ${untouched.map(safeLine).join(', ')}`];
  const lines = (texts: readonly string[], style: 'dim' | 'yellow'): readonly string[] =>
    texts.flatMap((text) => wrap(text, screen.width)).map((line) => paint(screen, style, line));
  return [
    paint(screen, 'bold', safeLine(input.pipeline.title)),
    ...lines([facts.join(' · ')], 'dim'),
    ...lines([...limited, ...missing, ...nothing], 'yellow'),
  ];
}

function evalCommand({ pipeline, variant }: Plan): string {
  return `npx nx run ${pipeline.name}:report${variant === 'quick' ? ':quick' : ''}`;
}
