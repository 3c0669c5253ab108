/** Messages of runner/comparison. */
import type { Problem } from '@evalgraph/formats';

export const messages = {
  rollingTaskNeeded: (comparison: string, tasks: readonly string[]): Problem => ({
    code: 'rolling-task-needed',
    message: `Comparison '${comparison}' asks for the perplexity protocol 'lm-eval', but none of its tasks is of output type loglikelihood_rolling: ${tasks.join(', ')}.`,
    remedy: 'Add a task such as wikitext to its tasks, or remove lm-eval from its perplexity list.',
  }),
} as const;
