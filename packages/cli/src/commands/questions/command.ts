import type { Declare } from '../../command.ts';
import { examples } from '../../examples.ts';
import { flag, pipelineOption, quick, text, wholeNumber, wholeNumberFrom } from '../../options.ts';
import type { Filter } from '../../terminal/choose-questions.ts';

const FILTERS: readonly Filter[] = ['wrong', 'right', 'flipped', 'learned', 'forgotten'];
const SHOWN = 5;

function only<Name extends Filter>(name: Name, description: string) {
  return flag(`--${name}`, description).conflicts(FILTERS.filter((other) => other !== name));
}

export const declareQuestions: Declare = (program, open) =>
  program
    .command('questions')
    .summary('what was asked, what was answered, what was right')
    .description(
      'Shows the questions of a task: what was asked, what the checkpoint answered, what was right, and how that changed over the steps.',
    )
    .argument('<task>', 'a task or a group')
    .argument('[n]', 'how many questions', wholeNumberFrom(1), SHOWN)
    .addOption(wholeNumber('--doc <id>', 'the question with this number', 0))
    .addOption(
      text('--checkpoint <c>', 'a step, or the name of a checkpoint; the last one where none is named'),
    )
    .addOption(text('--against <d>', 'another checkpoint, whose answers stand beside these'))
    .addOption(only('wrong', 'questions that the checkpoint gets wrong'))
    .addOption(only('right', 'questions that the checkpoint gets right'))
    .addOption(only('flipped', 'questions that --against answers differently'))
    .addOption(only('learned', 'questions wrong at the first checkpoint, right at this one'))
    .addOption(only('forgotten', 'questions right at the first checkpoint, wrong at this one'))
    .addOption(flag('--stats', 'count instead: right answers, what was learned and forgotten, the hardest'))
    .addOption(flag('--full', 'whole prompts, with the shots that all of them share'))
    .addOption(pipelineOption())
    .addOption(quick())
    .addHelpText(
      'after',
      examples(
        ['questions demo_mmlu_towns 5', 'the first five, at the last checkpoint'],
        ['questions demo_mmlu --wrong --checkpoint 800', 'a group, at step 800'],
        ['questions demo_squad --flipped --against wanda-50', 'two checkpoints'],
        ['questions demo_mmlu_towns --stats', ''],
      ),
    )
    .action(async (name, count, { wrong, right, flipped, learned, forgotten, ...options }) => {
      const call = await open();
      const { showQuestions } = await import('./questions.ts');
      const given = { wrong, right, flipped, learned, forgotten };
      const filter = FILTERS.find((one) => given[one]) ?? null;
      await showQuestions(call, { name, count, filter, ...options });
    });
