import { Argument } from '@commander-js/extra-typings';
import { writeOut } from '@evalgraph/system/terminal';
import type { Declare } from '../../command.ts';
import { completionsOf } from '../../completion.ts';
import { examples } from '../../examples.ts';
import { completionScript, SHELLS } from './scripts.ts';

async function pipelinesHere(): Promise<readonly string[]> {
  const { findRoot, pipelineNames } = await import('@evalgraph/spec/layout');
  return pipelineNames(findRoot(process.cwd()));
}

export const declareCompletion: Declare = (program) => {
  // The scripts call it at each press of Tab.
  program
    .command('complete', { hidden: true })
    .argument('[words...]')
    .action(async (words) => {
      const { words: offered, more } = completionsOf(program, words);
      const last = words.at(-1) ?? '';
      const pipelines = more === 'pipelines' ? await pipelinesHere() : [];
      const matching = pipelines.filter((name) => name.startsWith(last));
      const lines = [...offered, ...matching, ...(more === 'files' ? [':files'] : [])];
      writeOut(lines.map((line) => `${line}\n`).join(''));
    });
  return program
    .command('completion')
    .summary('what your shell needs to complete commands, options and pipelines')
    .description('Prints what your shell needs to complete commands, options and names of pipelines.')
    .addArgument(new Argument('<shell>', 'your shell').choices(SHELLS))
    .addHelpText(
      'after',
      examples(
        ['completion bash >> ~/.bashrc', ''],
        ['completion zsh >> ~/.zshrc', ''],
        ['completion fish > ~/.config/fish/completions/evalgraph.fish', ''],
      ),
    )
    .action((shell) => {
      writeOut(completionScript(shell));
    });
};
