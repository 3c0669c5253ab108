/** The optional parts of the input: every number is one, and every figure is about something that is shown. */
import type { Problem } from '@evalgraph/formats';
import type { ReportInput } from './input.ts';
import { messages } from './messages.ts';
import type { TaskNode } from './scores.ts';

export function checkExtraInput(input: ReportInput, tasks: readonly TaskNode[]): readonly Problem[] {
  const { references = [], statistics = [], rankings = [], waterfalls = [] } = input;
  const problems: Problem[] = [];
  const finite = (where: string, value: number): void => {
    if (!Number.isFinite(value)) problems.push(messages.notFinite(where, value));
  };
  // Tasks whose results are still to come are known too.
  const known = [...new Set([...input.tasks, ...tasks.flatMap(allOf).map(({ name }) => name)])];
  const nodes = tasks.flatMap(allOf);
  for (const { model, task, metric, value, stderr } of references) {
    const where = `The reference figure of ${model}`;
    finite(`${where}, ${task}`, value);
    if (stderr !== undefined) finite(`${where}, ${task}, standard error`, stderr);
    const found = nodes.find(({ name }) => name === task);
    // A partial report does not know yet what is in a group that waits.
    if (!known.includes(task) && input.partial !== true) {
      problems.push(messages.unknownTask(where, task, known));
    }
    const isHeadline = metric === undefined || metric === found?.column.metric.metric;
    if (isHeadline && found?.column.metric.kind === 'fraction' && (value < 0 || value > 1)) {
      problems.push(messages.noFraction(where, task, value));
    }
  }
  for (const { model, task, figures } of statistics) {
    for (const { label, value } of figures) if (value !== null) finite(`${model}, ${task}, ${label}`, value);
  }
  for (const { task, figures } of rankings) {
    for (const { label, value } of figures) if (value !== null) finite(`ranking, ${task}, ${label}`, value);
  }
  for (const { name, stages } of waterfalls) {
    if (stages.length < 2) problems.push(messages.nothingToShow(`second stage of the waterfall ${name}`));
    for (const { label, perplexity } of stages) {
      // A logarithm has no place for zero, and no perplexity is.
      finite(`waterfall ${name}, ${label}`, perplexity > 0 ? perplexity : Number.NaN);
    }
  }
  return problems;
}

function allOf(node: TaskNode): readonly TaskNode[] {
  return [node, ...node.children.flatMap(allOf)];
}
