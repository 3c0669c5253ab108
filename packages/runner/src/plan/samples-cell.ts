/** The cell of a checkpoint's texts: one where the pipeline asks for them. */
import type { EngineIdentity } from '@evalgraph/formats';
import type { Variant } from '@evalgraph/spec';
import { type Pipeline, SAMPLES_NAME } from '@evalgraph/spec';
import { cellFacts } from './cell-facts.ts';
import { keyOf, samplesKeyParts } from './key.ts';
import type { Cell, CheckpointUse } from './plan.ts';

export function samplesCell(
  checkpoint: CheckpointUse,
  pipeline: Pipeline,
  variant: Variant,
  engine: EngineIdentity | null,
): readonly Cell[] {
  const { samples } = pipeline;
  if (samples === null || !samples.models.includes(checkpoint.model.name)) return [];
  const { settings } = samples;
  const parts =
    checkpoint.lock === null || engine === null ? null : samplesKeyParts(checkpoint, engine, settings);
  return [
    {
      ...cellFacts(pipeline, variant, checkpoint, SAMPLES_NAME, []),
      work: { kind: 'samples', settings },
      limit: null,
      inputs: [checkpoint.lockFile],
      keyParts: parts,
      key: parts === null ? null : keyOf(parts),
    },
  ];
}
