/** `evalgraph show [pipeline]`: the scores that are there, in the terminal. */

import { suggest, UserError } from '@evalgraph/formats';
import {
  type Block,
  byMetric,
  comparisonScreen,
  formatCount,
  heading,
  importedNote,
  limitNotes,
  metricNames,
  note,
  paragraph,
  perplexityScreen,
  type ReportData,
  reportData,
  scoreScreen,
} from '@evalgraph/report/data';
import { paint, renderTerminal, type Screen, screenOf, wrap } from '@evalgraph/report/terminal';
import type { Plan } from '@evalgraph/runner/plan';
import { collectReport } from '@evalgraph/runner/reporting';
import { plannedEngine } from '@evalgraph/runner/run';
import { pipelineNames } from '@evalgraph/spec';
import type { Call } from '../../command.ts';
import { openShown } from '../../shown-run.ts';
import { messages } from '../../terminal/messages.ts';
import { onePipeline } from '../../terminal/one-pipeline.ts';

export interface ShowArguments {
  readonly pipeline: string | null;
  /** null: every metric, perplexities and comparisons. */
  readonly metric: string | null;
  readonly quick: boolean;
}

export async function showScores(
  { root, print, words }: Call,
  { pipeline, metric, quick }: ShowArguments,
): Promise<void> {
  const screen = screenOf(process.stdout);
  const name = onePipeline(pipelineNames(root), pipeline, words);
  const { plan, note: before } = await openShown(root, name, quick);
  if (before !== null) {
    for (const line of wrap(before, screen.width)) print(paint(screen, 'yellow', line));
  }
  for (const line of await show(root, plan, metric, screen)) print(line);
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
    throw new UserError(messages.noResults.ofPipelines([plan.pipeline.name], `${plan.pipeline.name}:report`));
  }
  const data = reportData(input);
  return renderTerminal(
    [
      ...head(data, plan),
      ...(metric === null
        ? [
            ...(data.tasks.length === 0 ? [] : scoreScreen(data)),
            ...perplexityScreen(data),
            ...comparisonScreen(input),
          ]
        : scoreScreen(chosen(data, metric))),
    ],
    screen,
  );
}

/** @throws UserError where no task has the metric. */
function chosen(data: ReportData, metric: string): ReportData {
  const found = byMetric(data, metric);
  if (found.tasks.length > 0) return found;
  const known = metricNames(data);
  throw new UserError(messages.unknownMetric(metric, known, suggest(metric, known)));
}

function head(data: ReportData, plan: Plan): readonly Block[] {
  const { input, tasks } = data;
  const { engine } = input.computed;
  const checkpoints = input.models.reduce((sum, model) => sum + model.checkpoints.length, 0);
  const facts = [
    input.pipeline.name + (plan.variant === 'quick' ? ' (quick)' : ''),
    `${formatCount(checkpoints)} checkpoints of ${input.models.map(({ name }) => name).join(', ')}`,
    `${formatCount(input.tasks.length)} tasks`,
    engine.name === 'imported' ? 'imported results' : `engine ${engine.name} ${engine.dtype}`,
  ];
  const count = input.missing.length;
  const total = formatCount(plan.cells.length + plan.comparisons.length);
  const untouched = input.tasks.filter((task) => !tasks.some(({ column }) => column.cell === task));
  return [
    heading(1, input.pipeline.title),
    paragraph(facts.join(' · ')),
    ...limitNotes(data),
    ...importedNote(data),
    ...(count === 0
      ? []
      : [
          note(
            `${formatCount(count)} of ${total} results ${count === 1 ? 'is' : 'are'} still to come: ${evalCommand(plan)}`,
          ),
        ]),
    ...(untouched.length === 0 ? [] : [note(`No result at any checkpoint yet: ${untouched.join(', ')}`)]),
  ];
}

function evalCommand({ pipeline, variant }: Plan): string {
  return `npx nx run ${pipeline.name}:report${variant === 'quick' ? ':quick' : ''}`;
}
