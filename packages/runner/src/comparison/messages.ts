/** Messages of runner/comparison. */
import { defineMessages } from '@evalgraph/formats';

export const messages = defineMessages({
  rollingTaskNeeded: (comparison: string, tasks: readonly string[]) => ({
    message: `Comparison '${comparison}' asks for the perplexity protocol 'lm-eval', but none of its tasks is of output type loglikelihood_rolling: ${tasks.join(', ')}.`,
    remedy: 'Add a task such as wikitext to its tasks, or remove lm-eval from its perplexity list.',
  }),
});
