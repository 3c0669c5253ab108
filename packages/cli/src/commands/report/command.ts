import type { Declare } from '../../command.ts';
import { examples } from '../../examples.ts';
import { flag, oneOf, pipelineArgument, quick, text } from '../../options.ts';

export const declareReport: Declare = (program, open) =>
  program
    .command('report')
    .summary('the report; or its text; or every sample in a table')
    .description(
      'Builds the report: page, charts, Markdown. With --format it prints the text or the tables instead, with --samples it writes a line for each sample.',
    )
    .addArgument(pipelineArgument())
    .addOption(flag('--partial', 'of the results that are there, where some are missing'))
    .addOption(
      oneOf('--format <format>', "print the report's text or tables", [
        'md',
        'csv',
        'latex',
        'json',
      ]).conflicts('samples'),
    )
    .addOption(oneOf('--samples <format>', 'write every sample into one table', ['csv']))
    .addOption(text('--out <file>', 'the file for what --format prints or --samples writes'))
    .addOption(quick())
    .addHelpText(
      'after',
      examples(
        ['report demo --partial', 'before the run has ended'],
        ['report demo --format latex --out scores.tex', ''],
        ['report demo --samples csv', 'results/demo/samples.csv'],
      ),
    )
    .action(async (pipeline, options, command) => {
      if (options.out !== null && options.format === null && options.samples === null) {
        command.error('--out belongs to --format or --samples');
      }
      const call = await open();
      const { makeReport } = await import('./report.ts');
      await makeReport(call, { pipeline, ...options });
    });
