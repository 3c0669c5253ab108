import type { Declare } from '../../command.ts';
import { examples } from '../../examples.ts';
import { oneOf, pipelineArgument, quick } from '../../options.ts';

export const declareDiff: Declare = (program, open) =>
  program
    .command('diff')
    .summary('what moved in the summary since a commit')
    .description(
      "Compares the pipeline's summary.json with the one of a commit: which figures moved, and how far.",
    )
    .argument('<git-ref>', 'a commit, a branch or a tag')
    .addArgument(pipelineArgument())
    .addOption(oneOf('--format <format>', 'how to print it', ['text', 'md']).default('text'))
    .addOption(quick())
    .addHelpText(
      'after',
      examples(['diff main demo', ''], ['diff v1.2 demo --format md > comment.md', 'for a pull request']),
    )
    .action(async (ref, pipeline, options) => {
      const call = await open();
      const { showDiff } = await import('./diff.ts');
      await showDiff(call, { ref, pipeline, ...options });
    });
