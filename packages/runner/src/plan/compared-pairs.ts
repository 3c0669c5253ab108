/** Which checkpoints a comparison sets side by side: its pairs, of two series in a quick run some of their steps. */
import {
  type CheckpointReference,
  type ComparedReferences,
  type ComparisonUse,
  checkpointId,
  type Pipeline,
  selectCheckpoints,
  type Variant,
} from '@evalgraph/spec';

/** Ids of the dense and the pruned checkpoint. */
export interface PairIds {
  readonly dense: string;
  readonly pruned: string;
}

/** The pairs stand in the order of the comparison. */
export function pairIds(pipeline: Pipeline, variant: Variant, use: ComparisonUse): readonly PairIds[] {
  return chosenPairs(pipeline, variant, use).map(({ dense, pruned }) => ({
    dense: referenceId(pipeline, dense),
    pruned: referenceId(pipeline, pruned),
  }));
}

/** A quick run takes the common steps that the pipeline's selection names, else the last. */
function chosenPairs(
  pipeline: Pipeline,
  variant: Variant,
  { form, pairs }: ComparisonUse,
): readonly ComparedReferences[] {
  if (variant === 'full' || form !== 'series') return pairs;
  const places = pairs.map(({ dense }) => checkpointOf(pipeline, dense).checkpoint);
  const chosen = new Set(selectCheckpoints(places, pipeline.quick.checkpoints));
  const some = pairs.filter((_, index) => {
    const place = places[index];
    return place !== undefined && chosen.has(place);
  });
  return some.length > 0 ? some : pairs.slice(-1);
}

function referenceId(pipeline: Pipeline, reference: CheckpointReference): string {
  const { model, checkpoint } = checkpointOf(pipeline, reference);
  return checkpointId(model, checkpoint);
}

function checkpointOf(pipeline: Pipeline, reference: CheckpointReference) {
  const model = pipeline.models.find(({ name }) => name === reference.model);
  const checkpoint = model?.checkpoints.find(({ name }) => name === reference.checkpoint);
  if (model === undefined || checkpoint === undefined) {
    throw new Error(`the spec let a reference to ${reference.model}@${reference.checkpoint} pass`);
  }
  return { model, checkpoint };
}
