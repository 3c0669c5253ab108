/** One document's filtered responses -> its metrics, by output type, process_results function or class. */
import { PyFloat } from '@evalgraph/formats';
import { isIntLike, isList, PyTuple, PythonError, toStr, typeName, type Value } from '@evalgraph/templates';
import type { MetricConfig } from '../config/types.ts';
import { portOf } from '../functions/registry.ts';
import { countBytes, countWords } from '../metrics/counts.ts';
import { exactMatch } from '../metrics/exact-match.ts';
import { scoreChoices } from '../metrics/multiple-choice.ts';
import type { PreparedDoc, PreparedTask } from '../prepare.ts';
import type { TextResponse } from '../requests.ts';

/** `filtered`: one value a request, as the filter pipeline left it. Order of keys as lm-eval's. */
export function docMetrics(
  task: PreparedTask,
  doc: PreparedDoc,
  filtered: readonly Value[],
  responses: readonly TextResponse[],
): ReadonlyMap<string, Value> {
  const { config } = task;
  if (config.class !== null) return portOf(config.class, 'class').task.processResults(doc.doc, filtered);
  if (config.processResults !== null)
    return portOf(config.processResults, 'process_results').run(doc.doc, filtered);
  const wanted = new Set(config.metrics.map((metric) => metric.metric));
  const asked = (entries: readonly (readonly [string, Value])[]): ReadonlyMap<string, Value> =>
    new Map(entries.filter(([name]) => wanted.has(name)));
  switch (config.outputType) {
    case 'loglikelihood': {
      const [logLikelihood, isGreedy] = likelihoodOf(filtered[0]);
      return asked([
        ['perplexity', new PyFloat(logLikelihood)],
        ['acc', isGreedy ? 1 : 0],
      ]);
    }
    case 'loglikelihood_rolling': {
      const logLikelihood = filtered[0] ?? null;
      const text = toStr(doc.target);
      const bytes = countBytes(text);
      return asked([
        ['word_perplexity', new PyTuple([logLikelihood, countWords(text)])],
        ['byte_perplexity', new PyTuple([logLikelihood, bytes])],
        ['bits_per_byte', new PyTuple([logLikelihood, bytes])],
      ]);
    }
    case 'multiple_choice':
      return scoreChoices(config.metrics, {
        choices: doc.choices ?? [],
        gold: doc.gold,
        multipleTarget: task.multipleTarget,
        responses: filtered.map((value, index) => {
          const [logLikelihood, isGreedy] = likelihoodOf(value);
          const response = responses[index];
          return {
            logLikelihood,
            isGreedy,
            tokens: response?.kind === 'loglikelihood' ? response.tokens : Number.NaN,
          };
        }),
      });
    case 'generate_until':
      return new Map(
        config.metrics.map((metric) => [metric.metric, generated(task, doc, metric, filtered[0] ?? null)]),
      );
  }
}

function likelihoodOf(value: Value | undefined): readonly [number, boolean] {
  const items = value instanceof PyTuple ? value.items : [];
  const [logLikelihood, isGreedy] = items;
  if (logLikelihood instanceof PyFloat && typeof isGreedy === 'boolean')
    return [logLikelihood.value, isGreedy];
  throw new PythonError(
    'TypeError',
    'the filters must leave one log-likelihood a request (is take_first missing?)',
  );
}

function generated(task: PreparedTask, doc: PreparedDoc, metric: MetricConfig, result: Value): Value {
  if (typeof result !== 'string') {
    throw new PythonError(
      'TypeError',
      `the filters must leave one text a document, not ${typeName(result)} (is take_first missing?)`,
    );
  }
  const golds = goldTexts(task, doc);
  return new PyFloat(golds.some((gold) => exactMatch(metric, result, gold)) ? 1 : 0);
}

function goldTexts(task: PreparedTask, doc: PreparedDoc): readonly string[] {
  const { target, choices } = doc;
  if (choices !== null) {
    const chosen = isIntLike(target) ? choices.at(Number(target)) : undefined;
    if (chosen === undefined)
      throw new PythonError('IndexError', 'with doc_to_choice the target must be an index of a choice');
    return [chosen];
  }
  if (!task.multipleTarget) return [toStr(target)];
  const items = isList(target) ? target : typeof target === 'string' ? [...target] : [target];
  return items.map(toStr);
}
