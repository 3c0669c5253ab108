import type { Declare } from '../../command.ts';
import { examples } from '../../examples.ts';
import { quick } from '../../options.ts';

export const declareWhy: Declare = (program, open) =>
  program
    .command('why')
    .summary("which part of a cell's key differs from its stored result")
    .description(
      "Shows which part of a cell's key differs from its stored result, and what a run would do. It explains a stage, too.",
    )
    .argument(
      '<cell>',
      '<pipeline>/<checkpoint>/<task>; or a stage: <pipeline>/<model>:train, <pipeline>/corpora/<name>:corpus',
    )
    .addOption(quick())
    .addHelpText('after', examples(['why demo/wanda-50/demo_arc', ''], ['why story/base:train', 'a stage']))
    .action(async (name, options) => {
      const call = await open();
      const { explainKey } = await import('./why.ts');
      await explainKey(call, { name, ...options });
    });
