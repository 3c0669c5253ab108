/** `evalgraph export PIPELINE`: results in lm-eval's layout, as a folder or as a zip. */

import { mkdirSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { type CellResults, UserError, writeFileAtomic } from '@evalgraph/formats';
import { checkPipelineName, runnerMessages } from '@evalgraph/runner';
import { sourceText } from '@evalgraph/runner/comparison';
import {
  type ExportedCell,
  type ExportedCheckpoint,
  type ExportedPrompts,
  exportCheckpoint,
  openZip,
  originOf,
  type ZipWriter,
} from '@evalgraph/runner/exchange';
import { type Cell, type CheckpointUse, isTaskCell, type Plan } from '@evalgraph/runner/plan';
import {
  cellPlace,
  type PlacedFolder,
  RUN_FILE,
  readCells,
  readPlaced,
  readRun,
  samplesFile,
} from '@evalgraph/runner/results';
import { resultsFolder } from '@evalgraph/spec';
import { writing, writingSync } from '@evalgraph/system';
import type { Cli } from '../../command.ts';
import { messages } from '../../messages.ts';
import { openShown } from '../../shown-run.ts';

export interface ExportArguments {
  readonly pipeline: string;
  /** null: a folder of the results. */
  readonly to: string | null;
  readonly zip: string | null;
  /** null: every model. */
  readonly model: string | null;
  /** The time in the names of files, ISO 8601; null stands for the time when the results were computed. */
  readonly time: string | null;
  readonly quick: boolean;
}

export async function exportResults({ root, print }: Cli, wanted: ExportArguments): Promise<void> {
  const { to, model, time, quick } = wanted;
  const pipeline = checkPipelineName(root, wanted.pipeline);
  const zip = wanted.zip === null ? null : resolve(wanted.zip);
  const { plan, note } = await openShown(root, pipeline, quick);
  if (note !== null) print(note);
  const folder = resolve(to ?? join(root, resultsFolder(pipeline, plan.variant), 'export'));
  const checkpoints = plan.checkpoints.filter((one) => model === null || one.model.name === model);
  if (checkpoints.length === 0) throw new UserError(messages.exportNoModel(model ?? '', modelNames(plan)));
  const ids = new Set(checkpoints.map(({ id }) => id));
  const cells = plan.cells.filter((cell) => ids.has(cell.checkpoint.id) && isTaskCell(cell));
  const results = await readCells(root, plan, cells);
  const writer = zip === null ? null : openArchive(zip);
  let files = 0;
  try {
    for (const checkpoint of checkpoints) {
      const own = cells.filter((cell) => cell.checkpoint.id === checkpoint.id);
      if (own.length === 0) continue;
      const exported = await exportedCheckpoint(root, plan, checkpoint, own, results);
      for (const [path, text] of exportCheckpoint(exported, time)) {
        if (writer !== null) writingSync(zip ?? '', () => writer.add(path, Buffer.from(text, 'utf8')));
        else await writing(join(folder, path), () => writeFileAtomic(join(folder, path), text));
        files += 1;
      }
    }
    if (writer !== null) writingSync(zip ?? '', () => writer.finish());
  } catch (error) {
    writer?.discard();
    throw error;
  }
  const left = plan.cells.filter((cell) => ids.has(cell.checkpoint.id) && !isTaskCell(cell));
  print(
    `${pipeline}: ${checkpoints.length} checkpoints, ${cells.length} cells, ${files} files in ${zip ?? folder}`,
  );
  if (left.length > 0) {
    print(
      `${left.length} cells of perplexity and divergence were left out: lm-eval's layout has no place for them.`,
    );
  }
}

function openArchive(path: string): ZipWriter {
  return writingSync(path, () => {
    mkdirSync(dirname(path), { recursive: true });
    return openZip(path);
  });
}

function modelNames(plan: Plan): readonly string[] {
  return plan.pipeline.models.map(({ name }) => name);
}

async function exportedCheckpoint(
  root: string,
  plan: Plan,
  { model, checkpoint, imported, folder }: CheckpointUse,
  cells: readonly Cell[],
  results: ReadonlyMap<string, CellResults>,
): Promise<ExportedCheckpoint> {
  const { location } = checkpoint;
  const { source } = model;
  const base =
    source.kind === 'hub' ? source.repository : source.kind === 'imported' ? source.of : sourceText(model);
  const exported: ExportedCell[] = [];
  const prompts = promptsOf(folder);
  for (const cell of cells) {
    const found = results.get(cell.id);
    if (found === undefined) throw new Error(`${cell.id} was not read`);
    exported.push(await exportedCell(root, plan.pipeline.name, cell, found, await prompts(cell)));
  }
  return {
    model: model.name,
    checkpoint: model.series ? checkpoint.name : null,
    source: location.kind === 'folder' ? location.path : base,
    place: placeOf(location),
    date: imported === null ? null : originOf(imported).date,
    seed: plan.pipeline.seed,
    maxLength: model.maxLength,
    cells: exported,
  };
}

function placeOf(location: CheckpointUse['checkpoint']['location']): ExportedCheckpoint['place'] {
  switch (location.kind) {
    case 'folder':
      return null;
    case 'made':
      return null;
    case 'subfolder':
      return location.subfolder === '' || location.subfolder === '.'
        ? null
        : { kind: 'subfolder', text: location.subfolder };
    case 'revision':
      return { kind: 'revision', text: location.revision };
  }
}

/** @returns how a cell's documents became prompts; the checkpoint's template is read once, if at all */
function promptsOf(folder: string): (cell: Cell) => Promise<ExportedPrompts> {
  let template: Promise<string | null> | null = null;
  return async ({ work }) => {
    // An imported file may not say how it asked.
    if (work.kind !== 'task' && work.kind !== 'foreign') {
      return { systemInstruction: null, chatTemplate: null, multiturn: null };
    }
    const { chat } = work.settings;
    const systemInstruction = chat?.systemInstruction ?? null;
    // Without a template there are no turns: lm-eval says null there too.
    if (chat?.applyTemplate !== true) return { systemInstruction, chatTemplate: null, multiturn: null };
    template ??= readTemplate(folder);
    return { systemInstruction, chatTemplate: await template, multiturn: chat.multiturn };
  };
}

/** @throws UserError where the checkpoint's files are not there: a template that was used must not look like none. */
async function readTemplate(folder: string): Promise<string | null> {
  const { readChat } = await import('@evalgraph/tokenizer/chat');
  return (await readChat(folder)).template;
}

async function exportedCell(
  root: string,
  pipeline: string,
  cell: Cell,
  results: CellResults,
  prompts: ExportedPrompts,
): Promise<ExportedCell> {
  const { work } = cell;
  if (work.kind === 'imported') {
    return { results, run: null, samples: new Map(), prompts, limit: results.limit };
  }
  const place = cellPlace(root, pipeline, cell);
  const run = await readRun(place);
  if (run === null) throw missing(place, RUN_FILE);
  const samples = new Map<string, string>();
  for (const task of Object.keys(results.sampleCounts)) {
    const content = await readPlaced(place, samplesFile(task));
    if (content === null) throw missing(place, samplesFile(task));
    samples.set(task, content.toString('utf8'));
  }
  const isByRows = (work.kind === 'task' || work.kind === 'foreign') && work.settings.samples !== null;
  return { results, run, samples, prompts, limit: isByRows ? null : results.limit };
}

/** A file that stands beside a sound results.json. */
function missing(place: PlacedFolder, name: string): UserError {
  return new UserError(runnerMessages.resultMissing(join(place.folder, name), place.command));
}
