/** The sample explorer's rows, from the files beside the results: one file at a time, a line at a time, nothing kept. */

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { MAX_LINE_BYTES, streamRegular, UserError } from '@evalgraph/formats';
import type { SampleSource } from '@evalgraph/report/data';
import { messages as runnerMessages } from '../messages.ts';
import type { Cell, Plan } from '../plan/plan.ts';
import { cellPlace, checkPlaced, type PlacedFolder } from '../results/placed.ts';
import { samplesFile } from '../results/result-files.ts';
import { messages } from './messages.ts';

/** @param present ids of the cells whose results are there: an older file beside a stale result is not read */
export function reportSamples(root: string, plan: Plan, present: ReadonlySet<string>): SampleSource {
  const cells = new Map(
    plan.cells
      .filter(({ id, work }) => present.has(id) && work.kind !== 'perplexity' && work.kind !== 'imported')
      .map((cell): [string, Cell] => [`${cell.checkpoint.id}\n${cell.name}`, cell]),
  );
  return ({ checkpoint, cell, task }) => {
    const found = cells.get(`${checkpoint}\n${cell}`);
    if (found === undefined) return null;
    const path = join(found.output, samplesFile(task));
    if (!existsSync(join(root, path))) {
      throw new UserError(
        runnerMessages.resultMissing(path, cellPlace(root, plan.pipeline.name, found).command),
      );
    }
    return checkedRows(cellPlace(root, plan.pipeline.name, found), samplesFile(task));
  };
}

async function* checkedRows(place: PlacedFolder, name: string): AsyncGenerator<unknown> {
  await checkPlaced(place, name);
  yield* readRows(place.root, join(place.folder, name));
}

/** The rows of a samples file as parsed lines. @throws UserError where a line is no JSON, or longer than any row */
export async function* readRows(root: string, path: string): AsyncGenerator<unknown> {
  let number = 0;
  for await (const line of readLines(join(root, path), path)) {
    number += 1;
    if (line.length === 0) continue;
    try {
      yield JSON.parse(line.toString('utf8'));
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
      throw new UserError(messages.badSample(path, number, 'it is no JSON'));
    }
  }
}

async function* readLines(file: string, path: string): AsyncGenerator<Buffer> {
  let parts: Buffer[] = [];
  let size = 0;
  let number = 1;
  const chunks: AsyncIterable<Buffer> = await streamRegular(file, 1 << 20);
  for await (const chunk of chunks) {
    for (let start = 0; start < chunk.length; ) {
      const end = chunk.indexOf(10, start);
      const part = chunk.subarray(start, end === -1 ? chunk.length : end);
      parts.push(part);
      size += part.length;
      if (size > MAX_LINE_BYTES) {
        throw new UserError(messages.badSample(path, number, `it is longer than ${MAX_LINE_BYTES} bytes`));
      }
      if (end === -1) break;
      yield parts.length === 1 ? part : Buffer.concat(parts);
      number += 1;
      parts = [];
      size = 0;
      start = end + 1;
    }
  }
  if (size > 0) yield Buffer.concat(parts);
}
