import type { Declare } from '../../command.ts';
import { examples } from '../../examples.ts';
import { list, text } from '../../options.ts';

export const declareInit: Declare = (program, open) =>
  program
    .command('init')
    .summary('a new pipeline: three questions, flags, or one that ships ready')
    .description(
      'Makes a new pipeline. Without options it asks three questions; with --model and --tasks it asks nothing; with --from it copies a pipeline that ships ready.',
    )
    .allowExcessArguments()
    .addOption(
      text('--from <ready>', 'copy this ready pipeline').conflicts(['model', 'checkpoints', 'tasks']),
    )
    .addOption(text('--model <source>', 'hf:owner/name, or a folder such as ./models/mine'))
    .addOption(
      text('--checkpoints <pattern>', 'a series: iter_{step:07} (subfolders), or revision:step-{step}'),
    )
    .addOption(list('--tasks <a,b>', 'tasks, groups or tags: npx evalgraph tasks lists them'))
    .addOption(text('--name <name>', "the pipeline's name; made of the model's where it is left out"))
    .addHelpText(
      'after',
      examples(
        ['init', 'three questions'],
        ['init --from dense500m-mmlu', 'a ready one'],
        ['init --model ./models/mine --checkpoints iter_{step:07} --tasks mmlu,hellaswag', ''],
      ),
    )
    .action(async (options, command) => {
      const [alone] = command.args;
      if (alone !== undefined) command.error(`'${alone}' stands alone; did you mean --name ${alone}?`);
      const cli = await open();
      const { initPipeline } = await import('./init.ts');
      await initPipeline(cli, options, (detail) => command.error(detail));
    });
