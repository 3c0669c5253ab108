import type { Declare } from '../../command.ts';
import { examples } from '../../examples.ts';
import { flag, pipelineArgument, quick } from '../../options.ts';

export const declareWatch: Declare = (program, open) =>
  program
    .command('watch')
    .summary('a run of another terminal: done, running, failed, time left')
    .description(
      'Watches a run of another terminal: what is done, running and failed, rates, time left. Without --quick it watches the run that wrote last. Ctrl-C leaves the run alone.',
    )
    .addArgument(pipelineArgument())
    .addOption(flag('--once', 'show the state and end'))
    .addOption(quick())
    .addHelpText('after', examples(['watch demo', 'until the run ends'], ['watch demo --once', '']))
    .action(async (pipeline, options) => {
      // Who watches has nothing to lose: Ctrl-C needs no message.
      const call = await open({ ownSignals: true });
      const { watchRun } = await import('./watch.ts');
      await watchRun(call, { pipeline, ...options });
    });
