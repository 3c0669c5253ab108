/** The stage `corpus`: sources looked up, data sets of the hub fetched, tasks' documents written out, then cleaned. */

import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import {
  bytesText,
  digestValue,
  type JsonValue,
  ownValue,
  UserError,
  writeFileAtomic,
} from '@evalgraph/formats';
import type { CorpusCard, CorpusConfig, InputFile } from '@evalgraph/pretrain';
import { takenFiles } from '@evalgraph/sources/data';
import { type CorpusStage, datasetLockFile, stageFolder, TASK_DOCUMENTS } from '@evalgraph/spec';
import { systemMessages } from '@evalgraph/system';
import { fetchData } from '../locking/fetch-data.ts';
import { locateDataFile } from '../locks/data-lock.ts';
import { readDatasetLock } from '../locks/dataset-lock.ts';
import type { DigestMemo } from '../locks/digest-memo.ts';
import { openLockedCatalog } from '../locks/locked-catalog.ts';
import { messages as runnerMessages } from '../messages.ts';
import { hubCorpus } from '../plan/hub-corpus.ts';
import { count } from '../run/progress.ts';
import { type PreparedStage, type StageContext, stageLabel } from './context.ts';
import { messages } from './messages.ts';
import { corpusProgress } from './progress.ts';
import { taskDocuments } from './task-documents.ts';

export async function prepareCorpus(stage: CorpusStage, context: StageContext): Promise<PreparedStage> {
  const { root, memo, note, signal } = context;
  const { CORPUS_VERSION, listInputs, readCorpusIndex, runCorpus, textFilesParts } = await import(
    '@evalgraph/pretrain'
  );
  const config = await withHubFiles(stage, await withTaskFiles(stage, context), context);
  const inputs = await listInputs(config, root);
  return {
    keyParts: {
      stage: 'corpus',
      version: CORPUS_VERSION,
      // As it is declared: where the hub's cache lies, and where task documents are written, makes no other corpus.
      config: JSON.parse(JSON.stringify({ ...stage.config, splits: stage.splits })) as JsonValue,
      inputs: await digestsOf(config, inputs, context),
      ...textFilesParts(config),
    },
    isResumable: false,
    make: async (folder) => {
      const bytes = inputs.reduce((sum, { size }) => sum + size, 0);
      const label = stageLabel(stage);
      note(
        `${label}: ${count(inputs.length)} ${inputs.length === 1 ? 'file' : 'files'}, ${bytesText(bytes)}`,
      );
      const card = await runCorpus(config, {
        folder: root,
        output: folder,
        workers: availableParallelism(),
        signal,
        onProgress: corpusProgress(label, bytes, note),
      });
      for (const line of cardLines(card)) note(`${label}: ${line}`);
      await memo.save();
      return true;
    },
    digest: async (folder) => {
      const { format, columns, shards } = await readCorpusIndex(folder);
      return digestValue({ format, columns: [...columns], shards: shards.map(({ sha256 }) => sha256) });
    },
  };
}

/** Counts of each step, for the terminal; the data card has the reasons and examples. */
function cardLines({ steps, documents, textBytes }: CorpusCard): readonly string[] {
  return [
    ...steps
      .filter(({ documentsRemoved, documentsChanged }) => documentsRemoved + documentsChanged > 0)
      .map(({ name, documentsIn, documentsRemoved, documentsChanged }) => {
        const changed = documentsChanged > 0 ? `, ${count(documentsChanged)} changed` : '';
        return `${name}: ${count(documentsRemoved)} of ${count(documentsIn)} documents removed${changed}`;
      }),
    `${count(documents)} documents, ${bytesText(textBytes)} of text`,
  ];
}

async function digestsOf(
  config: CorpusConfig,
  inputs: readonly InputFile[],
  { root, memo }: StageContext,
): Promise<JsonValue> {
  const digests: JsonValue[] = [];
  for (const { source, name, path } of inputs) {
    digests.push({ of: config.sources[source]?.name ?? '', name, sha256: await digestOf(path, memo) });
  }
  for (const [at, step] of config.steps.entries()) {
    if (step.step !== 'decontaminate') continue;
    for (const file of step.against) {
      const sha256 = await digestOf(join(file.startsWith('/') ? '/' : root, file), memo);
      digests.push({ of: `decontaminate ${at}`, sha256 });
    }
  }
  return digests;
}

/** @throws UserError where the file cannot be read. */
async function digestOf(path: string, memo: DigestMemo): Promise<string> {
  try {
    return (await memo.digest(path)).sha256;
  } catch (error) {
    if (error instanceof UserError) throw error;
    throw new UserError(
      systemMessages.unreadable(path, (error as NodeJS.ErrnoException).code ?? String(error)),
    );
  }
}

/** `tasks` among a step's `against` becomes a file with their documents. */
async function withTaskFiles(stage: CorpusStage, context: StageContext): Promise<CorpusConfig> {
  const { config, against, name } = stage;
  const steps: CorpusConfig['steps'][number][] = [];
  for (const [at, step] of config.steps.entries()) {
    const tasks = against[at];
    if (step.step !== 'decontaminate' || tasks === undefined) {
      steps.push(step);
      continue;
    }
    const file = `${stageFolder(context.pipeline.name, stage)}.tasks-${at}.jsonl`;
    const lines = await taskDocuments(name, tasks, context);
    await writeFileAtomic(join(context.root, file), lines);
    steps.push({ ...step, against: step.against.map((one) => (one === TASK_DOCUMENTS ? file : one)) });
  }
  return { ...config, steps };
}

/** A data set of the hub becomes the folder of its files here, as they are locked. */
async function withHubFiles(
  stage: CorpusStage,
  config: CorpusConfig,
  { root, pipeline, memo, note }: StageContext,
): Promise<CorpusConfig> {
  const catalog = openLockedCatalog(root, [pipeline.name]);
  const sources: CorpusConfig['sources'][number][] = [];
  for (const source of config.sources) {
    const split = ownValue(stage.splits, source.name);
    const hub = split === undefined ? null : hubCorpus({ data: source.path });
    if (split === undefined || hub === null) {
      sources.push(source);
      continue;
    }
    const entry = catalog.find(hub.path, hub.config, null);
    const names = takenFiles((entry === null ? null : ownValue(entry.files, split)) ?? [], source.files);
    if (entry === null || names.length === 0) {
      throw new UserError(
        messages.corpusSplit(source.name, hub.path, split, source.files, entry?.files ?? {}),
      );
    }
    const files = names.map((one) =>
      locateDataFile(root, pipeline.name, join(entry.folder, one), catalog.lockOf),
    );
    const lockFile = datasetLockFile(pipeline.name, hub.path, null);
    const locked = readDatasetLock(root, lockFile);
    // In a lock of other patterns some of them are not: less than was asked for would be another corpus.
    if (locked !== null && !files.every(({ name }) => Object.hasOwn(locked.files, name))) {
      throw new UserError(runnerMessages.datasetNotLocked(hub.path, hub.config, pipeline.name));
    }
    await fetchData(root, lockFile, files, { digest: (path) => memo.digest(path), note });
    sources.push({ ...source, path: entry.folder, files: [...names] });
  }
  return { ...config, sources };
}
