/**
 * A user's own Vega-Lite templates. They read our numbers by name and nothing else: no file, no address. Rows of
 * `scores`: model, checkpoint, step, task, group, metric, score, stderr, low, high, chance, documents, limit, isHeadline.
 * Rows of `pairs`: comparison, task, metric, dense, pruned, difference, low, high, documents.
 */
import { UserError } from '@evalgraph/formats';
import type { Chart, JsonObject, JsonPart } from '../chart.ts';
import { metricLabel } from '../headline-metric.ts';
import type { ChartTemplate } from '../input.ts';
import { messages } from '../messages.ts';
import { plainText } from '../plain-text.ts';
import { hasScore, type ReportData, scoreOf, type TaskNode } from '../scores.ts';
import { fileName } from './file-name.ts';
import { compileSpec } from './render.ts';
import { CONFIG } from './theme.ts';

/** A template is written by hand; its data come from us. */
const MAX_CHARACTERS = 1_000_000;

/** Ours, with the user's in place of those of their names and behind them. @throws UserError chart-template */
export function withTemplates(charts: readonly Chart[], data: ReportData): readonly Chart[] {
  const { templates = [] } = data.input;
  if (templates.length === 0) return charts;
  const datasets = { scores: scoreRows(data), pairs: pairRows(data) };
  const own = new Map(templates.map((template) => [fileName(template.name), toChart(template, datasets)]));
  const replaced = charts.map((chart) => {
    const mine = own.get(chart.name);
    if (mine === undefined) return chart;
    own.delete(chart.name);
    return { ...mine, about: chart.about };
  });
  return [...replaced, ...own.values()];
}

function toChart({ name, spec }: ChartTemplate, datasets: JsonObject): Chart {
  const refuse = (why: string): never => {
    throw new UserError(messages.chartTemplate(name, why));
  };
  if (!isObject(spec)) return refuse('it is no JSON object.');
  if (JSON.stringify(spec).length > MAX_CHARACTERS) return refuse('it is longer than 1,000,000 characters.');
  const address = findUrl(spec);
  if (address !== null) return refuse(`it would load ${address}.`);
  const { config, datasets: theirs } = spec;
  const full: JsonObject = {
    ...spec,
    config: { ...CONFIG, ...(isObject(config) ? config : {}) },
    datasets: { ...(isObject(theirs) ? theirs : {}), ...datasets },
  };
  try {
    compileSpec(full);
  } catch (error) {
    return refuse(error instanceof Error ? error.message : String(error));
  }
  return {
    name: fileName(name),
    about: { kind: 'own' },
    title: titleOf(spec) ?? plainText(name),
    spec: full,
  };
}

function titleOf({ title }: JsonObject): string | null {
  const text = isObject(title) ? title['text'] : title;
  return typeof text === 'string' ? plainText(text) : null;
}

/** The first thing that a spec would fetch: data, images, maps. */
function findUrl(value: JsonPart): string | null {
  if (Array.isArray(value)) {
    for (const item of value as readonly JsonPart[]) {
      const found = findUrl(item);
      if (found !== null) return found;
    }
    return null;
  }
  if (!isObject(value)) return null;
  for (const [key, item] of Object.entries(value)) {
    if (key === 'url' || key === 'href') return typeof item === 'string' ? item : `by its field ${key}`;
    if (key === 'type' && item === 'image') return 'images';
    const found = findUrl(item);
    if (found !== null) return found;
  }
  return null;
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function scoreRows(data: ReportData): readonly JsonObject[] {
  const all = (
    node: TaskNode,
    group: string | null,
  ): readonly { readonly node: TaskNode; readonly group: string | null }[] => [
    { node, group },
    ...node.children.flatMap((child) => all(child, node.name)),
  ];
  const nodes = data.tasks.flatMap((node) => all(node, null));
  return data.rows.flatMap((row) =>
    nodes.flatMap(({ node: { column }, group }) => {
      if (!hasScore(row, column)) return [];
      const { value, stderr, documents } = scoreOf(row, column);
      return [
        {
          model: plainText(row.model.name),
          checkpoint: plainText(row.checkpoint.name),
          step: row.checkpoint.step,
          task: plainText(column.task),
          group: group === null ? null : plainText(group),
          metric: metricLabel(column.metric),
          score: value,
          stderr,
          low: value - (stderr ?? 0),
          high: value + (stderr ?? 0),
          chance: column.chance,
          documents,
          limit: column.limit,
          isHeadline: group === null,
        },
      ];
    }),
  );
}

function pairRows(data: ReportData): readonly JsonObject[] {
  return data.input.comparisons.flatMap(({ name, tasks }) =>
    tasks.map((task) => ({
      comparison: plainText(name),
      task: plainText(task.task),
      metric: metricLabel(task),
      dense: task.dense,
      // Templates that were written for the column's former name go on.
      original: task.dense,
      pruned: task.pruned,
      difference: task.difference,
      low: task.interval95?.[0] ?? null,
      high: task.interval95?.[1] ?? null,
      documents: task.documents,
    })),
  );
}
