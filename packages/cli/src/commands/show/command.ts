import type { Declare } from '../../command.ts';
import { examples } from '../../examples.ts';
import { pipelineArgument, quick, text } from '../../options.ts';

export const declareShow: Declare = (program, open) =>
  program
    .command('show')
    .summary('scores, trends over the steps, groups, comparisons')
    .description('Shows the scores that are there: trends over the steps, groups, perplexities, comparisons.')
    .addArgument(pipelineArgument())
    .addOption(text('--metric <name>', 'this metric alone: acc, acc_norm, or exact_match,flexible-extract'))
    .addOption(quick())
    .addHelpText('after', examples(['show demo', ''], ['show demo --metric acc', 'one metric of every task']))
    .action(async (pipeline, options) => {
      const call = await open();
      const { showScores } = await import('./show.ts');
      await showScores(call, { pipeline, ...options });
    });
