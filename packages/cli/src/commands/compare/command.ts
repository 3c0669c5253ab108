import type { Declare } from '../../command.ts';
import { examples } from '../../examples.ts';
import {
  columnOption,
  corpusOption,
  flag,
  list,
  seqlenOption,
  splitOption,
  text,
  wholeNumber,
} from '../../options.ts';

export const declareCompare: Declare = (program, open) =>
  program
    .command('compare')
    .summary('models side by side, without a pipeline')
    .description(
      'Compares a dense model with its pruned versions, without a pipeline, and prints the report of the comparison. Without --tasks it compares perplexities.',
    )
    .argument('<dense>', 'hf:owner/name, or a folder')
    .argument('<pruned...>', 'one or more pruned versions of it')
    .addOption(list('--tasks <a,b>', 'tasks, groups or tags'))
    .addOption(text('--include <folder>', 'a folder with tasks of your own'))
    .addOption(wholeNumber('--limit <n>', 'documents of each task at most', 1))
    .addOption(
      list(
        '--protocol <a,b>',
        'perplexity protocols; wanda,lm-eval where a text or nothing else is compared',
      ),
    )
    .addOption(corpusOption())
    .addOption(columnOption())
    .addOption(splitOption())
    .addOption(seqlenOption())
    .addOption(flag('--divergence', 'also how far the predicted distributions are apart, token by token'))
    .addOption(text('--output <folder>', 'write the files of the comparison into this folder'))
    .addHelpText(
      'after',
      examples(
        ['compare ./models/dense ./models/pruned --corpus ./texts/wiki.test.txt --divergence', ''],
        ['compare ./models/dense ./models/wanda-50 ./models/blocks --tasks hellaswag,gsm8k', ''],
      ),
    )
    .action(async (dense, pruned, options) => {
      const call = await open();
      const { compareModels } = await import('./compare.ts');
      await compareModels(call, { dense, pruned, ...options });
    });
