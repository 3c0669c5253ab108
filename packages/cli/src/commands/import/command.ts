import type { Declare } from '../../command.ts';
import { examples } from '../../examples.ts';
import { list, text } from '../../options.ts';

export const declareImport: Declare = (program, open) =>
  program
    .command('import')
    .summary("lm-eval's result files as a pipeline's results")
    .description(
      "Makes lm-eval's result files the results of a pipeline, which it writes where it is not there yet.",
    )
    .argument('<folder>', 'a folder with result files, or one file')
    .addOption(text('--pipeline <name>', 'the pipeline that the results go to'))
    .addOption(
      text('--model <name>', "the model's name in the pipeline; as the files say where it is left out"),
    )
    .addOption(text('--step-pattern <pattern>', 'where a path says its step: "step{step}"'))
    .addOption(list('--tasks <a,b>', 'these tasks alone'))
    .addHelpText(
      'after',
      examples(
        ['import ~/runs/results_dense500m --pipeline dense500m', ''],
        ['import ~/runs --pipeline runs --step-pattern "at-{step}k/"', ''],
      ),
    )
    .action(async (folder, { pipeline, ...options }, command) => {
      if (pipeline === null) return command.error('--pipeline says which pipeline the results go to');
      const call = await open();
      const { importResults } = await import('./import.ts');
      await importResults(call, { folder, pipeline, ...options });
    });
