/**
 * The phases of a corpus, as pure data: the steps that look at one document run in the workers up to the next step that
 * looks at all; that one is decided between two phases.
 */
import type { CorpusConfig } from './config.ts';
import type { CleaningStep, DuplicateStep, LocalStep } from './step-config.ts';

export interface PlannedStep<T extends CleaningStep = CleaningStep> {
  /** Place in the declaration. */
  readonly at: number;
  readonly step: T;
}

export type Ending =
  | { readonly kind: 'sample' }
  | { readonly kind: 'duplicates'; readonly at: number; readonly step: DuplicateStep }
  | { readonly kind: 'mix' };

export interface Phase {
  readonly local: readonly PlannedStep<LocalStep>[];
  /** What is decided when the phase is over. */
  readonly ending: Ending;
}

export function planPhases({ sources, steps }: CorpusConfig): readonly Phase[] {
  const phases: Phase[] = [];
  let local: PlannedStep<LocalStep>[] = [];
  const end = (ending: Ending): void => {
    phases.push({ local, ending });
    local = [];
  };
  if (sources.some(({ sample }) => sample !== null)) end({ kind: 'sample' });
  for (const [at, step] of steps.entries()) {
    if (step.step === 'exact-duplicates' || step.step === 'near-duplicates')
      end({ kind: 'duplicates', at, step });
    else local.push({ at, step });
  }
  // The shards are written from the last phase's parts: the mix decides which documents, also where it takes all.
  end({ kind: 'mix' });
  return phases;
}
