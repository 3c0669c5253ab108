/** Messages of runner/run. */
import { type BytePlace, defineMessages, utf8Remedy } from '@evalgraph/formats';

export const messages = defineMessages({
  cellNotLocked: (cell: string) => ({
    message: `The cell ${cell} has no key: its checkpoint or its data is not locked.`,
    remedy: 'Lock the pipeline: npx evalgraph lock',
  }),
  noChatTemplate: (folder: string) => ({
    message: `${folder} has no chat template: neither chat_template.jinja nor 'chat_template' in tokenizer_config.json (a text, or a list with one named default).`,
    remedy:
      "A base model has none: remove 'apply_chat_template' from the task. Else put the model's chat_template.jinja beside its tokenizer and lock again.",
  }),
  chatDate: (folder: string) => ({
    message: `The chat template of ${folder} tells the model today's date (strftime_now), so its prompts would change from day to day.`,
    remedy:
      "Add the date that it should tell, for example chat_date: 2025-03-07, beside 'apply_chat_template'.",
  }),
  noRequests: (cell: string) => ({
    message: `${cell} has no document to evaluate.`,
    remedy: "Check the task's split and data files, and its process_docs.",
  }),
  noTextColumn: (path: string, line: number, column: string, columns: readonly string[]) => ({
    message: `${path}:${line}: the row has no text in column '${column}'.`,
    remedy: columns.includes(column)
      ? 'That value is null, or no text: drop the row, or write an empty text.'
      : columns.length === 0
        ? 'Every line must be a JSON object.'
        : `Name the column of the text ('column:' beside the protocol, --column on the command line); the row has: ${columns.join(', ')}.`,
  }),
  notUtf8: (path: string, place: BytePlace) => ({
    message: `${path}:${place.line}: the text is not UTF-8: byte ${place.byte} of the file begins no character.`,
    remedy: utf8Remedy(place),
  }),
  corpusKind: (path: string) => ({
    message: `${path} is no kind of file that a corpus is read from.`,
    remedy:
      'Give it as JSON lines (.jsonl) or Parquet (.parquet) with a column of text, or as a text file (.txt).',
  }),
  corpusTooLarge: (path: string, bytes: number, most: number) => ({
    message: `${path} holds more than ${most} bytes of text (${bytes} so far): it is tokenised as one text.`,
    remedy: 'Measure a part of it.',
  }),
  windowTooLong: (
    measure: string,
    model: string,
    comparisons: readonly string[],
    positions: number,
    maxLength: number,
  ) => ({
    message: `'${measure}'${comparisons.length > 0 ? `, which ${comparisons.map((name) => `comparison '${name}'`).join(' and ')} asks for,` : ''} reads windows of ${positions} tokens, and model '${model}' takes ${maxLength}.`,
    remedy: `Set seqlen: ${maxLength} or less where the measure is declared (on the command line: --seqlen ${maxLength}).`,
  }),
  divergenceNeedsRows: (cell: string, engine: string) => ({
    message: `${cell} needs the whole next-token distributions of both models, which the engine '${engine}' does not give.`,
    remedy: "Use 'engine: { use: embedded }' for it, or remove 'divergence' from the comparison.",
  }),
  noSummary: (path: string) => ({
    message: `${path} does not exist: there are no committed figures to verify.`,
    remedy: 'Make it with npx nx run-many -t report, and commit it.',
  }),
  summaryOfOtherEngine: (path: string, found: unknown, wanted: unknown) => ({
    message: `${path} was computed by ${JSON.stringify(found)}; this pipeline's engine is ${JSON.stringify(wanted)}.`,
    remedy: 'Their figures may differ for good reasons. Make the summary again: npx nx run-many -t report',
  }),
  summaryOfOtherInputs: (path: string, pipeline: string) => ({
    message: `${path} has no figure of a cell that '${pipeline}' has now: models, tasks or data have changed since.`,
    remedy: 'Make it again: npx nx run-many -t report',
  }),
  badOutputMode: (given: string, legal: readonly string[]) => ({
    message: `EVALGRAPH_OUTPUT is '${given}'.`,
    remedy: `Legal values: ${legal.join(', ')}.`,
  }),
  protocolNeedsTokens: (cell: string, engine: string) => ({
    message: `${cell} needs log-probabilities of tokens, which the engine '${engine}' does not give.`,
    remedy:
      "Use 'engine: { use: embedded }' for it, or remove that protocol from the comparison's perplexity.",
  }),
});

/** What is said that is no problem: lines of a log, parts of sentences. */
export const phrases = {
  waitingForOther: (cell: string): string => `${cell}: another process computes it; waiting`,
} as const;
