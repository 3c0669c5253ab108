import type { Declare } from '../../command.ts';
import { examples } from '../../examples.ts';
import { invalid, quick, text, valued } from '../../options.ts';

function readTime(value: string): string {
  const time = Date.parse(value);
  if (!Number.isNaN(time)) return new Date(time).toISOString();
  throw invalid('Write a date and a time such as 2026-01-31T12:00:00Z.');
}

export const declareExport: Declare = (program, open) =>
  program
    .command('export')
    .summary("results and samples in lm-eval's layout")
    .description("Writes results and samples in lm-eval's layout, as a folder or as a zip.")
    .argument('<pipeline>', 'the pipeline')
    .addOption(
      text('--to <folder>', 'the folder; results/<pipeline>/export where it is left out').conflicts('zip'),
    )
    .addOption(text('--zip <file>', 'a zip instead of a folder'))
    .addOption(text('--model <name>', 'the checkpoints of this model alone'))
    .addOption(
      valued(
        '--time <time>',
        'the time in the names of files; that of each run where it is left out',
        readTime,
      ),
    )
    .addOption(quick())
    .addHelpText(
      'after',
      examples(['export demo --zip demo.zip', ''], ['export demo --model demo --to ./out', '']),
    )
    .action(async (pipeline, options) => {
      const call = await open();
      const { exportResults } = await import('./export.ts');
      await exportResults(call, { pipeline, ...options });
    });
