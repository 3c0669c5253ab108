/**
 * All samples of a pipeline as one table for notebooks and spreadsheets: a line for each checkpoint, document, filter
 * and metric. Written as it is read, so that its size is the disk's affair; values as they were recorded, not rounded.
 */

import { createWriteStream } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { UserError } from '@evalgraph/formats';
import { csvField, leavesOf, type ReportInput, reportData } from '@evalgraph/report/data';
import { writing } from '@evalgraph/system';
import { messages } from './messages.ts';

const COLUMNS = [
  'model',
  'checkpoint',
  'step',
  'task',
  'doc_id',
  'filter',
  'metric',
  'score',
  'target',
  'answer',
  'filtered',
  'log_likelihoods',
  'score_parts',
] as const;

type Fields = Readonly<Record<string, unknown>>;

/**
 * @param file absolute; there after all of it was written, or not at all
 * @returns lines under the heading
 * @throws UserError where the pipeline has no samples, or the file cannot be written
 */
export async function writeSamplesCsv(input: ReportInput, file: string): Promise<number> {
  await writing(file, () => mkdir(dirname(file), { recursive: true }));
  const half = `${file}.${process.pid}.part`;
  const counted = { lines: 0 };
  try {
    await writing(file, () => pipeline(csvLines(input, counted), createWriteStream(half)));
    if (counted.lines === 0) throw new UserError(messages.noSamples(input.pipeline.name));
    await writing(file, () => rename(half, file));
  } finally {
    await rm(half, { force: true });
  }
  return counted.lines;
}

async function* csvLines(input: ReportInput, counted: { lines: number }): AsyncGenerator<string> {
  yield `${COLUMNS.join(',')}\n`;
  const { samples } = input;
  if (samples === undefined) return;
  const data = reportData(input);
  const leaves = new Map(data.tasks.flatMap(leavesOf).map((node) => [node.name, node.column]));
  for (const { model, checkpoint, cells } of data.rows) {
    for (const [task, { cell }] of leaves) {
      if (!cells.has(cell)) continue;
      const rows = await samples({ model: model.name, checkpoint: checkpoint.name, cell, task });
      if (rows === null) continue;
      const place = [model.name, checkpoint.name, checkpoint.step ?? '', task];
      for await (const row of rows) {
        const lines = linesOf(place, row as Fields);
        counted.lines += lines.length;
        yield lines.join('');
      }
    }
  }
}

function linesOf(place: readonly (string | number)[], row: Fields): readonly string[] {
  const names = Array.isArray(row['metrics']) ? row['metrics'].filter((one) => typeof one === 'string') : [];
  const own = (row['doc_scores'] ?? {}) as Fields;
  const { nats, answer } = responsesOf(row['resps']);
  const filtered = answer === '' ? '' : textOf(firstOf(row['filtered_resps']));
  return names
    .map((name) => {
      const found = ownValue(own, name) ?? ownValue(row, name);
      const recorded = typeof found === 'boolean' ? Number(found) : found;
      // One text in it makes a notebook read the whole column as texts: what a document adds to a corpus's figure (its
      // log-likelihood and words, say) stands in a column of its own.
      const isNumber = typeof recorded === 'number';
      const fields = [
        isNumber ? recorded : '',
        row['target'],
        answer,
        filtered,
        nats,
        isNumber ? '' : recorded,
      ];
      return [...place, row['doc_id'], row['filter'], name, ...fields]
        .map((value) => (typeof value === 'number' ? String(value) : csvField(textOf(value))))
        .join(',');
    })
    .map((line) => `${line}\n`);
}

function ownValue(fields: Fields, name: string): unknown {
  return Object.hasOwn(fields, name) ? fields[name] : undefined;
}

/** `[["-1.27", "False"]]` an option, or `["text"]`. */
function responsesOf(value: unknown): { readonly nats: string; readonly answer: string } {
  const responses = (Array.isArray(value) ? value : []).map(firstOf);
  const pairs = responses.flatMap((one) => (Array.isArray(one) && one.length === 2 ? [textOf(one[0])] : []));
  const texts = responses.flatMap((one) => (typeof one === 'string' ? [one] : []));
  return { nats: pairs.join(' '), answer: texts.join('\n') };
}

function firstOf(value: unknown): unknown {
  return Array.isArray(value) && (value.length === 1 || Array.isArray(value[0])) ? value[0] : value;
}

function textOf(value: unknown): string {
  if (typeof value === 'string') return value;
  return value === undefined || value === null ? '' : JSON.stringify(value);
}
