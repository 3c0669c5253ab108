import type { Declare } from '../../command.ts';
import { examples } from '../../examples.ts';
import { pipelinesArgument, quick } from '../../options.ts';

export const declarePlan: Declare = (program, open) =>
  program
    .command('plan')
    .summary('what would run: cells, requests, tokens, time')
    .description(
      'Shows what would run, without running it: cells, requests, tokens, and the time at the measured rate.',
    )
    .addArgument(pipelinesArgument())
    .addOption(quick())
    .addHelpText('after', examples(['plan', 'every pipeline'], ['plan demo --quick', '']))
    .action(async (pipelines, options) => {
      const call = await open();
      const { planPipelines } = await import('./plan.ts');
      await planPipelines(call, { pipelines, ...options });
    });
