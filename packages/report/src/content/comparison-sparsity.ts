/** What exactly is zero, and in which pattern. */
import type { ComparisonRecord, ZeroCount } from '@evalgraph/formats';
import { formatCount, formatPercent } from '../format.ts';
import { plainText } from '../plain-text.ts';
import { type Block, type Cell, heading, numberCell, paragraph, tableBlock, textCell } from './blocks.ts';
import { absent } from './comparison-cells.ts';

export function sparsityBlocks(record: ComparisonRecord): readonly Block[] {
  const profile = record.sparsityProfile;
  if (profile === undefined) return [];
  const { dense, pruned } = profile;
  const line = (label: string, before: ZeroCount | undefined, after: ZeroCount): readonly Cell[] => [
    textCell(label),
    before === undefined ? absent() : shareCell(before),
    shareCell(after),
    numberCell(formatCount(after.elements), after.elements),
  ];
  const header = ['Zeros', 'Dense', 'Pruned', 'Weights'];
  const groups = [
    line('Linear layers (what papers call sparsity)', dense.groups.linear, pruned.groups.linear),
    line('Embedding', dense.groups.embedding, pruned.groups.embedding),
    line('Head', dense.groups.head, pruned.groups.head),
    line('Norms, biases', dense.groups.other, pruned.groups.other),
  ].filter(
    (_, index) =>
      [pruned.groups.linear, pruned.groups.embedding, pruned.groups.head, pruned.groups.other][index]
        ?.elements !== 0,
  );
  return [
    heading(2, 'Sparsity'),
    paragraph(patternText(record)),
    tableBlock(`${record.name}: zeros by part`, header, groups),
    tableBlock(
      `${record.name}: zeros by kind of matrix`,
      ['Linear matrices', ...header.slice(1)],
      pruned.byKind.map((one) =>
        line(
          plainText(one.kind),
          dense.byKind.find(({ kind }) => kind === one.kind),
          one,
        ),
      ),
    ),
    tableBlock(
      `${record.name}: zeros by layer`,
      ['Layer', ...header.slice(1)],
      pruned.byLayer.map((one) =>
        line(
          formatCount(one.layer),
          dense.byLayer.find(({ layer }) => layer === one.layer),
          one,
        ),
      ),
    ),
    ...(pruned.groups.head.elements === 0
      ? [paragraph('The head shares its weights with the embedding, or the files hold none.')]
      : []),
  ];
}

/** What the zeros look like: rows and columns, a pattern that hardware can use, blocks, or none of these. */
export function patternText(record: ComparisonRecord): string {
  const pruned = record.sparsityProfile?.pruned;
  if (pruned === undefined) return '';
  const { lines = null, nOfM, blocks, matrices } = pruned;
  const all = formatCount(matrices.length);
  if (lines !== null) {
    const { rows, columns } = lines.pattern;
    return `Structured: whole rows or columns are zero in ${formatCount(lines.matrices)} of ${all} linear matrices, on average ${formatPercent(rows)} of their rows and ${formatPercent(columns)} of their columns; hardly another weight is.`;
  }
  if (nOfM !== null) {
    const { n, m, along } = nOfM.pattern;
    return `${n}:${m} along ${along} in ${formatCount(nOfM.matrices)} of ${all} linear matrices: of every ${m} neighbours at most ${n} are not zero.`;
  }
  if (blocks !== null) {
    const { size, tiers } = blocks.pattern;
    const parts = tiers.map(
      ({ sparsity, share }) => `${formatPercent(share)} of the blocks with ${formatPercent(sparsity)} zeros`,
    );
    return `Blocks of ${size}x${size} in ${formatCount(blocks.matrices)} of ${all} linear matrices, in ${tiers.length} tier${tiers.length === 1 ? '' : 's'}: ${parts.join(', ')}.`;
  }
  return pruned.groups.linear.zeros === 0
    ? 'No weight of the linear layers is zero.'
    : `Unstructured: no whole rows or columns, N:M pattern or blocks of few sparsities were found in most of the ${all} linear matrices.`;
}

function shareCell({ zeros, elements }: ZeroCount): Cell {
  return elements === 0 ? absent() : numberCell(formatPercent(zeros / elements), zeros / elements);
}
