/** One cell in one line: what a run prints of each cell when it is done. */
import { type CellResults, metricKey, stderrKey } from '@evalgraph/formats';
import { formatPerplexity, formatScore } from '../format.ts';
import { headlineMetric, metricLabel } from '../headline-metric.ts';
import { scoreText } from './cells.ts';

/** The one number that a cell is about, with its name. Empty where nothing is scored. */
export function cellFigure({ results, task, higherIsBetter, perplexity }: CellResults): string {
  const metrics = results[task]?.metrics ?? {};
  if (perplexity !== undefined) {
    const words = metrics['word_perplexity,none'];
    const perWord = typeof words === 'number' ? `, ${formatPerplexity(words)} a word` : '';
    return `perplexity ${formatPerplexity(perplexity.perplexity)} a token${perWord}`;
  }
  const steps = Object.entries(metrics).filter(([name]) => name.startsWith('perplexity_after_'));
  if (steps.length > 0) {
    const values = steps
      .sort((a, b) => Number(/\d+/.exec(a[0])?.[0]) - Number(/\d+/.exec(b[0])?.[0]))
      .flatMap(([, value]) => (typeof value === 'number' ? [formatPerplexity(value)] : []));
    return `perplexity ${values.join(' -> ')}`;
  }
  const kl = metrics['kl_mean,none'];
  if (typeof kl === 'number') {
    const same = metrics['same_top,none'];
    return `mean KL ${formatScore(kl)} nats${typeof same === 'number' ? `, same most probable token ${formatScore(same)}` : ''}`;
  }
  const metric = headlineMetric(metrics, higherIsBetter[task]);
  if (metric === null) return '';
  const value = metrics[metricKey(metric)];
  if (typeof value !== 'number') return '';
  const error = metrics[stderrKey(metric)];
  const stderr = typeof error === 'number' ? error / metric.scale : null;
  return `${metricLabel(metric)} ${scoreText({ value: value / metric.scale, stderr, documents: null }, metric)}`;
}
