/**
 * What the builder writes and the page reads: columns, not rows, because the names of 379,000 objects would weigh
 * more than what they hold. Numbers are whole: a ten-thousandth each, which is what the formatter shows, so that the
 * page prints the same digits as the report. Knows neither files nor the page.
 */

/** Stands in the page itself. */
export interface PageData {
  readonly checkpoints: readonly PageCheckpoint[];
  readonly tasks: readonly PageTask[];
  /** Tasks that can be looked at together: indices into `tasks`. */
  readonly groups: readonly { readonly name: string; readonly tasks: readonly number[] }[];
}

export interface PageCheckpoint {
  readonly model: string;
  /** Unique: the address of a question names it. */
  readonly id: string;
  /** As the report's tables name it. */
  readonly label: string;
  readonly step: number | null;
}

export interface PageTask {
  readonly name: string;
  /** The metric that decides right and wrong. */
  readonly metric: string;
  /** Documents that a limited run saw at most. */
  readonly limit: number | null;
  readonly docs: number;
  /** Documents of each text chunk, the last one's fewer. */
  readonly docsAChunk: number;
  /** Indices into `PageData.checkpoints`: those that have samples; columns stand in this order. */
  readonly checkpoints: readonly number[];
}

/** `samples/<task>-list.js`: what filters need. The outer arrays go by the task's checkpoints, the inner by doc. */
export interface ListChunk {
  readonly docIds: readonly number[];
  readonly labels: readonly string[];
  /** One character a doc: `1` full score, `0` none, `p` part of it, `-` no score. */
  readonly verdicts: readonly string[];
  /** Scores where some are parts, in ten-thousandths; else null. */
  readonly scores: readonly (readonly (number | null)[])[] | null;
  /** Gold option's log-likelihood less the best other one's; null where the task has no options. */
  readonly margins: readonly (readonly (number | null)[])[] | null;
}

/** `samples/<task>-<n>.js`: what a question shows, for `docsAChunk` documents. */
export interface TextChunk {
  /** What all prompts of the task begin with: description and shots. */
  readonly shared: string;
  readonly prompts: readonly string[];
  readonly targets: readonly string[];
  /** Texts of the options, empty for a task that generates. */
  readonly options: readonly (readonly string[])[];
  readonly gold: readonly (number | null)[];
  /**
   * Log-likelihoods of the options in ten-thousandths of a nat, by checkpoint, then doc; null stands for minus
   * infinity.
   */
  readonly nats: readonly (readonly (readonly (number | null)[])[])[];
  /** Distinct texts of answers; the columns below are indices into it, -1 for none. */
  readonly texts: readonly string[];
  readonly answers: readonly (readonly number[])[];
  readonly filters: readonly { readonly name: string; readonly outputs: readonly (readonly number[])[] }[];
  readonly metrics: readonly {
    readonly name: string;
    /** In ten-thousandths. */
    readonly values: readonly (readonly (number | null)[])[];
  }[];
}

/** Ten-thousandths. */
export const FIXED = 10_000;
