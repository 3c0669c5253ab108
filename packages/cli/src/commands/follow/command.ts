import type { Declare } from '../../command.ts';
import { examples } from '../../examples.ts';
import { flag, pipelineArgument } from '../../options.ts';

export const declareFollow: Declare = (program, open) =>
  program
    .command('follow')
    .summary('evaluates checkpoints while a training of another terminal makes them')
    .description(
      'Evaluates checkpoints while a training of another terminal makes them. It ends when every checkpoint of the pipeline is made and evaluated.',
    )
    .addArgument(pipelineArgument())
    .addOption(flag('--once', 'evaluate the checkpoints that are there and end'))
    .addHelpText('after', examples(['follow story', 'beside: npx nx run story:train']))
    .action(async (pipeline, options) => {
      const call = await open();
      const { followTraining } = await import('./follow.ts');
      await followTraining(call, { pipeline, ...options });
    });
