import type { Declare } from '../../command.ts';
import { examples } from '../../examples.ts';
import { invalid, pipelinesArgument, valued, wholeNumber, wholeNumberFrom } from '../../options.ts';

const CELLS = 6;
const readCells = wholeNumberFrom(1, undefined, ', or all');

function readTolerance(value: string): number {
  const number = value.trim() === '' ? Number.NaN : Number(value);
  if (Number.isFinite(number) && number >= 0) return number;
  throw invalid('Write a number from 0.');
}

export const declareVerify: Declare = (program, open) =>
  program
    .command('verify')
    .summary('evaluate some cells afresh; compare with the committed summary.json')
    .description('Evaluates some cells afresh, and compares their figures with the committed summary.json.')
    .addArgument(pipelinesArgument())
    .addOption(
      valued('--cells <n|all>', 'how many cells', (value) =>
        value === 'all' ? Number.POSITIVE_INFINITY : readCells(value),
      ).default(CELLS),
    )
    .addOption(wholeNumber('--seed <n>', 'which cells are drawn', 0).default(0))
    .addOption(
      valued(
        '--tolerance <x>',
        'the largest relative difference that passes; as the engine repeats itself where it is left out',
        readTolerance,
      ),
    )
    .addHelpText('after', examples(['verify demo', 'six cells'], ['verify demo --cells all', '']))
    .action(async (pipelines, options) => {
      const call = await open();
      const { verifyPipelines } = await import('./verify.ts');
      await verifyPipelines(call, { pipelines, ...options });
    });
