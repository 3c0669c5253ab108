/** summary.json: every headline number with the key of its cell. Small, reproducible and sealed: it is committed. */
import { metricKey, prettyJson, type SummaryRecord, sealed } from '@evalgraph/formats';
import { type Column, type ReportData, scoreOf } from './scores.ts';

export function renderSummary(data: ReportData): string {
  const { pipeline, computed, comparisons, seriesComparisons = [], comparisonKeys } = data.input;
  const keyOf = (name: string): string | null => comparisonKeys?.get(name) ?? null;
  const columns: readonly Column[] = [...data.tasks.map((node) => node.column), ...data.extras];
  const summary = {
    format: 1 as const,
    pipeline: pipeline.name,
    limit: pipeline.limit,
    engine: computed.engine,
    scores: data.rows.flatMap((row) =>
      columns.flatMap((column) => {
        const cell = row.cells.get(column.cell);
        if (cell === undefined) return [];
        return {
          model: row.model.name,
          checkpoint: row.checkpoint.name,
          step: row.checkpoint.step,
          task: column.task,
          metric: metricKey(column.metric),
          ...scoreOf(row, column),
          limit: column.limit,
          key: cell.key,
        };
      }),
    ),
    perplexities: data.rows.flatMap((row) =>
      row.perplexities.flatMap(({ key, perplexity }) => {
        if (perplexity === undefined) return [];
        const { protocol, corpus, seqlen, perplexity: value } = perplexity;
        const { model, checkpoint } = row;
        return {
          model: model.name,
          checkpoint: checkpoint.name,
          protocol,
          corpus,
          seqlen,
          perplexity: value,
          key,
        };
      }),
    ),
    comparisons: [
      ...comparisons.flatMap(({ name, tasks }) =>
        tasks.map(({ task, metric, filter, difference, stderr }) => ({
          name,
          task,
          metric: metricKey({ metric, filter }),
          difference,
          stderr,
          key: keyOf(name),
        })),
      ),
      ...seriesComparisons.flatMap(({ name, curves }) =>
        curves.flatMap(({ task, metric, filter, points }) =>
          points.map(({ step, difference, stderr }) => ({
            name: `${name}@${step}`,
            task,
            metric: metricKey({ metric, filter }),
            difference,
            stderr,
            key: keyOf(name),
          })),
        ),
      ),
    ],
  };
  return prettyJson(sealed(summary satisfies SummaryRecord));
}
