/** One document's filtered responses -> its metrics, by output type, process_results function or class. */
import { PyFloat } from '@evalgraph/formats';
import { choiceMeasures, METRICS, type Metric } from '@evalgraph/metrics';
import { isIntLike, isList, PyTuple, PythonError, toStr, typeName, type Value } from '@evalgraph/templates';
import { portOf } from '../functions/registry.ts';
import type { PreparedDoc, PreparedTask } from '../prepare.ts';
import type { TextResponse } from '../requests.ts';
import type { MetricConfig } from '../task.ts';

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
  const values = (of: (metric: Metric) => Value | undefined): ReadonlyMap<string, Value> => {
    const wanted = new Set(config.metrics.map((metric) => metric.metric));
    return new Map(
      [...METRICS].flatMap(([name, metric]) => {
        const value = wanted.has(name) ? of(metric) : undefined;
        return value === undefined ? [] : [[name, value] as const];
      }),
    );
  };
  switch (config.outputType) {
    case 'loglikelihood': {
      const [logLikelihood, isGreedy] = likelihoodOf(filtered[0]);
      return values(({ computed }) => computed.loglikelihood?.({ logLikelihood, isGreedy }));
    }
    case 'loglikelihood_rolling': {
      const text = toStr(doc.target);
      return values(({ computed }) => computed.loglikelihood_rolling?.(filtered[0] ?? null, text));
    }
    case 'multiple_choice': {
      const measures = choiceMeasures({
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
      return values(({ computed }) => computed.multiple_choice?.(measures));
    }
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
  const isRight = METRICS.get(metric.metric)?.computed.generate_until;
  if (isRight === undefined) throw new Error(`no metric '${metric.metric}' of generated texts`);
  return new PyFloat(isRight(metric, result, goldTexts(task, doc)) ? 1 : 0);
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
