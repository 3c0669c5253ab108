import type { Declare } from '../../command.ts';
import { examples } from '../../examples.ts';
import { pipelinesArgument } from '../../options.ts';

export const declareLock: Declare = (program, open) =>
  program
    .command('lock')
    .summary('look up series and data sets on the hub; pin the digests of what is read')
    .description(
      'Looks up series and data sets on the hub, and writes the digests of everything that is read into locks. Commit what it writes.',
    )
    .addArgument(pipelinesArgument())
    .addHelpText('after', examples(['lock', 'every pipeline'], ['lock demo', '']))
    .action(async (pipelines) => {
      const call = await open();
      const { lockPipelines } = await import('./lock.ts');
      await lockPipelines(call, pipelines);
    });
