/** Said before hours of cleaning, not after them: stages that need a Python, and there is none. */
import { UserError } from '@evalgraph/formats';
import type { Stage } from '@evalgraph/spec';

/** @returns null where nothing is trained or pruned, or something that runs it is there. */
export async function pythonNote(
  stages: readonly Stage[],
  env: Readonly<Record<string, string | undefined>>,
): Promise<string | null> {
  const kinds = new Set(stages.map(({ kind }) => kind));
  const needing = (['train', 'prune'] as const).filter((kind) => kinds.has(kind));
  if (needing.length === 0) return null;
  // It brings tokenizers and parquet along, which most pipelines do without.
  const { findPython } = await import('@evalgraph/pretrain');
  try {
    findPython(env);
    return null;
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    const [problem] = error.problems;
    return `${needing.join(' and ')} will fail: ${problem?.message ?? ''}. ${problem?.remedy ?? ''}`;
  }
}
