import type { Declare } from '../../command.ts';
import { examples } from '../../examples.ts';
import { flag, pipelinesArgument } from '../../options.ts';

export const declareDoctor: Declare = (program, open) =>
  program
    .command('doctor')
    .summary('the machine, every locked file, results, the store: what is damaged, and mends it')
    .description(
      'Looks at the machine, reads every locked file in full, holds results against the store, and says what is damaged.',
    )
    .addArgument(pipelinesArgument())
    .addOption(flag('--repair', 'mend what can be mended'))
    .addHelpText('after', examples(['doctor', 'everything'], ['doctor demo --repair', '']))
    .action(async (pipelines, options) => {
      const call = await open();
      const { examine } = await import('./doctor.ts');
      await examine(call, { pipelines, ...options });
    });
