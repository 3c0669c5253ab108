/**
 * summary.json, which a report writes and is committed: every headline number with the key of its cell. What an earlier
 * release left out may be missing.
 */
import { UserError } from './errors.ts';
import { parseSealed } from './sealed.ts';
import {
  count,
  dictionary,
  json,
  list,
  nullable,
  number,
  oneOf,
  optional,
  record,
  ShapeMismatch,
  type ShapeOf,
  text,
} from './shape.ts';

const REMEDY = 'Make it again: npx nx run-many -t report';

const summaryRecord = record({
  format: oneOf(1),
  limit: optional(nullable(number)),
  engine: dictionary(json),
  scores: list(
    record({
      checkpoint: text,
      step: optional(nullable(count)),
      task: text,
      metric: text,
      value: number,
      stderr: optional(nullable(number)),
      limit: optional(nullable(number)),
      /** The key of the cell: what the number was made from. */
      key: text,
    }),
  ),
  perplexities: list(
    record({
      checkpoint: text,
      protocol: text,
      corpus: text,
      seqlen: count,
      perplexity: number,
      key: text,
    }),
  ),
  comparisons: list(
    record({
      /** `set/model` of several pruned models, `series@step` of two series. */
      name: text,
      task: text,
      metric: text,
      difference: number,
      stderr: optional(nullable(number)),
      /** The digest of all that it was computed from; null where the caller did not say. */
      key: optional(nullable(text)),
    }),
  ),
});
export type SummaryRecord = ShapeOf<typeof summaryRecord>;

/** @param file the name that the user knows it by @throws UserError damaged-file, bad-summary */
export function parseSummaryRecord(content: string, file: string): SummaryRecord {
  const value = parseSealed(content, { file, remedy: REMEDY }, dictionary(json));
  try {
    return summaryRecord(value, null);
  } catch (error) {
    if (!(error instanceof ShapeMismatch)) throw error;
    throw new UserError({
      code: 'bad-summary',
      message: `${file} is no summary that this release reads: ${error.message}.`,
      remedy: REMEDY,
    });
  }
}
