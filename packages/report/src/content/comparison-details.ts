/**
 * What a reviewer asks after the table: what a difference that was not found could have been, what flipped, how far the
 * distributions moved, where two programs' perplexities part, and what exactly is zero.
 */
import type { ComparisonRecord } from '@evalgraph/formats';
import type { Block } from './blocks.ts';
import { divergenceBlocks } from './comparison-divergence.ts';
import { perplexityBlocks, reconciliationBlocks } from './comparison-perplexity.ts';
import { sparsityBlocks } from './comparison-sparsity.ts';
import { flipBlocks, powerBlocks } from './comparison-tasks.ts';

export function detailBlocks(record: ComparisonRecord): readonly Block[] {
  return [
    ...powerBlocks(record),
    ...flipBlocks(record),
    ...perplexityBlocks(record),
    ...(record.reconciliations ?? []).flatMap((one) => reconciliationBlocks(record, one)),
    ...(record.divergence === undefined || record.divergence === null
      ? []
      : divergenceBlocks(record, record.divergence)),
    ...sparsityBlocks(record),
  ];
}
