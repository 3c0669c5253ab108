/**
 * All samples of one task -> its columns. Rows are read one file after the other and only what the page shows of
 * them is kept: one task over all checkpoints is the most that stands in memory. Documents are those of the first
 * checkpoint that has samples; another one must have the same.
 */
import { UserError } from '@evalgraph/formats';
import type { ListChunk, TextChunk } from '../../page/chunks.ts';
import type { SampleSource } from '../input.ts';
import { messages } from '../messages.ts';
import type { Column, Row } from '../scores.ts';
import { FULL, readSample, type Sample, toFixedPoint } from './read-row.ts';

/** A chunk of text: a few hundred kilobytes of questions. */
export const DOCS_A_CHUNK = 250;

export interface TaskSamples {
  /** Indices into the rows that were asked for. */
  readonly rows: readonly number[];
  readonly docs: number;
  readonly list: ListChunk;
  readonly texts: readonly TextChunk[];
}

/** What is the same at every checkpoint. */
interface Doc {
  readonly id: number;
  readonly label: string;
  readonly prompt: string;
  readonly target: string;
  readonly options: readonly string[];
  gold: number | null;
}

/** A checkpoint's answers, by doc. */
interface Answers {
  readonly verdicts: (number | null)[];
  readonly nats: (readonly (number | null)[])[];
  readonly answers: number[];
  readonly filters: Map<string, number[]>;
  readonly metrics: Map<string, (number | null)[]>;
}

/** @returns null where no checkpoint has samples of the task. @throws UserError bad-sample */
export async function collectTask(
  column: Column,
  rows: readonly Row[],
  source: SampleSource,
): Promise<TaskSamples | null> {
  const docs: Doc[] = [];
  const places = new Map<number, number>();
  const texts = new Texts();
  const columns: Answers[] = [];
  const present: number[] = [];
  for (const [index, row] of rows.entries()) {
    if (!row.cells.has(column.cell)) continue;
    const place = {
      model: row.model.name,
      checkpoint: row.checkpoint.name,
      cell: column.cell,
      task: column.task,
    };
    const samples = await source(place);
    if (samples === null) continue;
    const where = `${place.checkpoint}/${place.task}`;
    const isFirst = present.length === 0;
    const own: Answers = { verdicts: [], nats: [], answers: [], filters: new Map(), metrics: new Map() };
    for await (const line of samples) {
      const sample = rollingAsOption(readSample(line, where), column);
      let at = places.get(sample.docId);
      if (at === undefined) {
        if (!isFirst)
          throw new UserError(
            messages.badSample(where, `doc_id ${sample.docId} is not in the other checkpoints' samples`),
          );
        at = docs.length;
        places.set(sample.docId, at);
        docs.push({
          id: sample.docId,
          label: sample.label,
          prompt: sample.prompt,
          target: sample.target,
          options: sample.options,
          gold: sample.gold,
        });
      }
      add(own, at, sample, column, texts, docs[at]);
    }
    columns.push(own);
    present.push(index);
  }
  if (present.length === 0 || docs.length === 0) return null;
  for (const own of columns) fill(own, docs.length);
  return {
    rows: present,
    docs: docs.length,
    list: listChunk(docs, columns),
    texts: textChunks(docs, columns, texts),
  };
}

/**
 * A rolling task's one answer is the log-likelihood of its text, and the text is its own target: shown as the one option
 * there is, so that it stands over the steps like any other.
 */
function rollingAsOption(sample: Sample, { metric }: Column): Sample {
  const nats = Number(sample.answer ?? Number.NaN);
  if (metric.kind !== 'perplexity' || sample.options.length > 0 || !Number.isFinite(nats)) return sample;
  return {
    ...sample,
    options: ['the whole text'],
    nats: [toFixedPoint(nats)],
    target: '',
    answer: null,
    filtered: null,
  };
}

function add(
  own: Answers,
  at: number,
  sample: Sample,
  column: Column,
  texts: Texts,
  doc: Doc | undefined,
): void {
  const { metric } = column;
  if (sample.filter === metric.filter) {
    const score = sample.scores.get(metric.metric) ?? null;
    own.verdicts[at] = metric.kind === 'fraction' ? score : null;
    // What a data set's target does not say, a right answer does: the option it chose.
    if (doc !== undefined && doc.gold === null && doc.options.length > 1 && score === FULL)
      doc.gold = highest(sample.nats);
  }
  own.nats[at] = sample.nats;
  own.answers[at] = texts.indexOf(sample.answer);
  if (sample.filtered !== null) columnOf(own.filters, sample.filter)[at] = texts.indexOf(sample.filtered);
  for (const [name, value] of sample.scores) {
    columnOf(own.metrics, sample.filter === 'none' ? name : `${name}, ${sample.filter}`)[at] = value;
  }
}

function columnOf<T>(columns: Map<string, T[]>, name: string): T[] {
  const found = columns.get(name) ?? [];
  columns.set(name, found);
  return found;
}

/** Holes become what says "none". */
function fill(own: Answers, docs: number): void {
  for (let at = 0; at < docs; at++) {
    own.verdicts[at] ??= null;
    own.nats[at] ??= [];
    own.answers[at] ??= -1;
    for (const column of own.filters.values()) column[at] ??= -1;
    for (const column of own.metrics.values()) column[at] ??= null;
  }
}

function listChunk(docs: readonly Doc[], columns: readonly Answers[]): ListChunk {
  const hasParts = columns.some(({ verdicts }) =>
    verdicts.some((score) => score !== null && score !== 0 && score !== FULL),
  );
  const hasMargins = docs.some(({ gold }) => gold !== null);
  return {
    docIds: docs.map(({ id }) => id),
    labels: docs.map(({ label }) => label),
    verdicts: columns.map(({ verdicts }) => verdicts.map(verdictOf).join('')),
    scores: hasParts ? columns.map(({ verdicts }) => verdicts) : null,
    margins: hasMargins
      ? columns.map(({ nats }) => nats.map((one, at) => marginOf(one, docs[at]?.gold ?? null)))
      : null,
  };
}

function verdictOf(score: number | null): string {
  if (score === null) return '-';
  return score >= FULL ? '1' : score <= 0 ? '0' : 'p';
}

function marginOf(nats: readonly (number | null)[], gold: number | null): number | null {
  if (gold === null) return null;
  const own = nats[gold];
  const others = nats.flatMap((value, index) => (index === gold || value === null ? [] : [value]));
  return own === undefined || own === null || others.length === 0 ? null : own - Math.max(...others);
}

function highest(nats: readonly (number | null)[]): number | null {
  const values = nats.map((value) => value ?? Number.NEGATIVE_INFINITY);
  const top = Math.max(...values);
  return Number.isFinite(top) && values.indexOf(top) === values.lastIndexOf(top) ? values.indexOf(top) : null;
}

function textChunks(docs: readonly Doc[], columns: readonly Answers[], texts: Texts): readonly TextChunk[] {
  const shared = sharedStart(docs.map(({ prompt }) => prompt));
  const filters = [...new Set(columns.flatMap((own) => [...own.filters.keys()]))].sort();
  const metrics = [...new Set(columns.flatMap((own) => [...own.metrics.keys()]))].sort();
  const chunks: TextChunk[] = [];
  for (let start = 0; start < docs.length; start += DOCS_A_CHUNK) {
    const end = start + DOCS_A_CHUNK;
    const part = docs.slice(start, end);
    const local = new Texts();
    const indices = (column: readonly number[] | undefined): readonly number[] =>
      part.map((_, at) => local.indexOf(texts.at(column?.[start + at] ?? -1)));
    chunks.push({
      shared,
      prompts: part.map(({ prompt }) => prompt.slice(shared.length)),
      targets: part.map(({ target }) => target),
      options: part.map(({ options }) => options),
      gold: part.map(({ gold }) => gold),
      nats: columns.map((own) => own.nats.slice(start, end)),
      answers: columns.map((own) => indices(own.answers)),
      filters: filters.map((name) => ({
        name,
        outputs: columns.map((own) => indices(own.filters.get(name))),
      })),
      metrics: metrics.map((name) => ({
        name,
        values: columns.map((own) => own.metrics.get(name)?.slice(start, end) ?? part.map(() => null)),
      })),
      texts: local.all,
    });
  }
  return chunks;
}

/** Shorter ones are not worth folding away. */
const LEAST_SHARED = 80;

/** What all prompts begin with, up to a blank line. */
function sharedStart(prompts: readonly string[]): string {
  const [first = '', ...rest] = prompts;
  if (rest.length === 0) return '';
  let length = first.length;
  for (const prompt of rest) {
    let at = 0;
    while (at < length && first.charCodeAt(at) === prompt.charCodeAt(at)) at++;
    length = at;
  }
  const end = first.slice(0, length).lastIndexOf('\n\n');
  return end < LEAST_SHARED ? '' : first.slice(0, end + 2);
}

/** Distinct texts: a model that answers alike at many checkpoints is stored once. */
class Texts {
  readonly all: string[] = [];
  readonly #places = new Map<string, number>();

  indexOf(text: string | null): number {
    if (text === null) return -1;
    const found = this.#places.get(text);
    if (found !== undefined) return found;
    const place = this.all.push(text) - 1;
    this.#places.set(text, place);
    return place;
  }

  at(index: number): string | null {
    return index < 0 ? null : (this.all[index] ?? null);
  }
}
