/** What the making of a stage is given, and what it gives back. */
import type { JsonValue } from '@evalgraph/formats';
import type { Pipeline, Stage } from '@evalgraph/spec';
import type { DigestMemo } from '../locks/digest-memo.ts';

export interface StageContext {
  readonly root: string;
  readonly pipeline: Pipeline;
  readonly memo: DigestMemo;
  /** For programs that are started. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Aborting it ends the work where it can go on later. */
  readonly signal: AbortSignal;
  readonly note: (line: string) => void;
}

/** A stage with its inputs looked up: what its key is made of, and what there is to do under it. */
export interface PreparedStage {
  readonly keyParts: JsonValue;
  /** Whether a folder that was begun must say so, since what lies in it half-made belongs to one key. */
  readonly isResumable: boolean;
  /** @returns false where the signal came first: the next run goes on. */
  make(folder: string): Promise<boolean>;
  /** The digest that the next stage's key takes in. */
  digest(folder: string): Promise<string>;
}

export function stageLabel({ kind, name }: Pick<Stage, 'kind' | 'name'>): string {
  return `${name} (${kind})`;
}
