/** What torch answered on the demo's last checkpoint; written by lm-eval-judge.test.ts. */
import { join } from 'node:path';
import { repository } from './workspace.ts';

/** [nats, is greedy], nats of a rolling text, or a generated text. */
export type GoldenResponse = readonly [number, boolean] | number | string;

export interface Golden {
  readonly judge: string;
  readonly checkpoint: string;
  readonly limit: number;
  /** By task, document and request. */
  readonly tasks: Readonly<Record<string, readonly (readonly GoldenResponse[])[]>>;
}

export const GOLDEN_FILE: string = join(repository, 'packages/runner/test/fixtures/demo-golden.json');
