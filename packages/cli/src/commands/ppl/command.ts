import type { Declare } from '../../command.ts';
import { examples } from '../../examples.ts';
import {
  columnOption,
  corpusOption,
  flag,
  list,
  oneOf,
  seqlenOption,
  splitOption,
  text,
  wholeNumber,
} from '../../options.ts';

export const declarePpl: Declare = (program, open) =>
  program
    .command('ppl')
    .summary("one model's perplexity, without a pipeline")
    .description("Computes a model's perplexity by one or more protocols, without a pipeline.")
    .argument('<model>', 'hf:owner/name, or a folder')
    .addOption(
      list('--protocol <a,b>', 'wanda, lm-eval, gptq, hf-strided, llama.cpp').default(['wanda'], 'wanda'),
    )
    .addOption(corpusOption())
    .addOption(columnOption())
    .addOption(splitOption())
    .addOption(seqlenOption())
    .addOption(wholeNumber('--stride <n>', 'tokens from the start of a window to the start of the next', 1))
    .addOption(oneOf('--text <unit>', 'what is a document', ['lines', 'pages', 'file']))
    .addOption(text('--bos <rule>', 'where a beginning-of-sequence token stands'))
    .addOption(wholeNumber('--nsamples <n>', 'windows at most', 1))
    .addOption(flag('--json', 'print the figures as JSON'))
    .addHelpText(
      'after',
      examples(
        ['ppl ./models/mine --corpus ./texts/wiki.test.txt', ''],
        ['ppl hf:owner/name --protocol wanda,lm-eval --json', 'two protocols'],
      ),
    )
    .action(async (model, options) => {
      const call = await open();
      const { computePerplexity } = await import('./ppl.ts');
      await computePerplexity(call, { model, ...options });
    });
