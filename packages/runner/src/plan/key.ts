/**
 * A cell's key: the digest of everything that determines its numbers, and of nothing else. Batches, threads,
 * machines, names of pipelines and models are not in it.
 */
import { digestValue, type EngineIdentity, type JsonValue } from '@evalgraph/formats';
import { PROTOCOLS_VERSION } from '@evalgraph/ppl-compare';
import { SAMPLE_VERSION, type SampleSettings } from '@evalgraph/pretrain/settings';
import type { DivergenceUse, Model, PerplexityUse } from '@evalgraph/spec';
import { describeTask, type TaskNode } from '@evalgraph/tasks';
import type { CheckpointLock } from '../locks/checkpoint-lock.ts';
import { CHAT_RULE } from '../locks/reading.ts';
import type { CheckpointUse, TaskSettings } from './plan.ts';
import { isTextFile } from './text-file.ts';

/** Raise it when the way from texts to token requests changes its results. */
export const REQUESTS_VERSION = 1;

/** Raise it when results.json or the samples files get other content from the same scores: they are written again. */
export const RECORD_VERSION = 1;

/** Raise it when a divergence's figures change, or what is recorded of them. */
const DIVERGENCE_VERSION = 1;

/** Digest of each data file that a task reads, by the task's name and the file's place in it. */
export type DataDigests = Readonly<Record<string, string>>;

function modelParts(
  lock: CheckpointLock,
  model: Model,
  engine: EngineIdentity,
  hasChat = false,
): Record<string, JsonValue> {
  return {
    checkpoint: lock.digest,
    model: { maxLength: model.maxLength, addBosToken: model.addBosToken },
    engine: { ...engine },
    requestsVersion: REQUESTS_VERSION,
    ...readingParts(lock, model, engine, hasChat),
  };
}

/** Raise it when the rules of `CheckpointLock.reading` change what they give. */
const READING_VERSION = 1;

/**
 * What parts numbers of now from those of before a checkpoint's files were read as transformers 5 reads them. Nothing for
 * ordinary checkpoints; nothing where lm-eval reads the files itself.
 * @param hasChat whether the cell's prompts go through the checkpoint's chat template
 */
export function readingParts(
  { reading }: CheckpointLock,
  { addBosToken }: Model,
  engine: EngineIdentity,
  hasChat = false,
): Record<string, JsonValue> {
  const rules = reading.filter((rule) => hasChat || rule !== CHAT_RULE);
  if (engine.name === 'lm-eval' || (rules.length === 0 && addBosToken === null)) return {};
  return { reading: { version: READING_VERSION, rules } };
}

export function taskKeyParts(
  lock: CheckpointLock,
  model: Model,
  engine: EngineIdentity,
  node: TaskNode,
  settings: TaskSettings,
  data: DataDigests,
): JsonValue {
  const { requests, scoring } = describeTask(node);
  return {
    ...modelParts(lock, model, engine, settings.chat?.applyTemplate === true),
    task: requests,
    scoring: { recordVersion: RECORD_VERSION, description: scoring },
    settings: settingsParts(settings),
    data: { ...data },
  };
}

/** @throws Error where the checkpoint is not locked. */
function checkpointParts(
  { lock, model, id }: CheckpointUse,
  engine: EngineIdentity,
): Record<string, JsonValue> {
  if (lock === null) throw new Error(`${id} is not locked`);
  return modelParts(lock, model, engine);
}

function protocolParts({ protocol, seqlen, stride, text, bos, column, pages }: PerplexityUse): JsonValue {
  return { protocol, seqlen, stride, text, bos, column, pages };
}

export function perplexityKeyParts(
  checkpoint: CheckpointUse,
  engine: EngineIdentity,
  use: PerplexityUse,
  limit: number | null,
  data: DataDigests,
): Record<string, JsonValue> {
  return {
    ...checkpointParts(checkpoint, engine),
    perplexity: protocolParts(use),
    scoring: { recordVersion: RECORD_VERSION, protocolsVersion: PROTOCOLS_VERSION },
    settings: { limit },
    data: { ...data },
  };
}

/** Raise it when a text file is read as another text. */
const TEXT_FILE_VERSION = 1;

/**
 * What parts numbers over a text file from those of before its line ends became `\n`. Nothing where the corpus is a file of
 * rows. The answers of models keep their own key: where the text is the same they are not computed again.
 */
export function textFileParts(corpus: string): Record<string, JsonValue> {
  return isTextFile(corpus) ? { textFile: { version: TEXT_FILE_VERSION } } : {};
}

export function reconciliationKeyParts(
  checkpoint: CheckpointUse,
  engine: EngineIdentity,
  from: PerplexityUse,
  to: PerplexityUse,
  limit: number | null,
  data: DataDigests,
): Record<string, JsonValue> {
  return {
    ...checkpointParts(checkpoint, engine),
    reconciliation: { from: protocolParts(from), to: protocolParts(to) },
    scoring: { recordVersion: RECORD_VERSION, protocolsVersion: PROTOCOLS_VERSION },
    settings: { limit },
    data: { ...data },
  };
}

export function divergenceKeyParts(
  pruned: CheckpointUse,
  dense: CheckpointUse,
  denseLock: CheckpointLock,
  engine: EngineIdentity,
  { seqlen, column }: DivergenceUse,
  limit: number | null,
  data: DataDigests,
): Record<string, JsonValue> {
  const { maxLength, addBosToken } = dense.model;
  return {
    ...checkpointParts(pruned, engine),
    divergence: {
      version: DIVERGENCE_VERSION,
      dense: {
        checkpoint: denseLock.digest,
        maxLength,
        addBosToken,
        ...readingParts(denseLock, dense.model, engine),
      },
      seqlen,
      column,
    },
    scoring: { recordVersion: RECORD_VERSION, protocolsVersion: PROTOCOLS_VERSION },
    settings: { limit },
    data: { ...data },
  };
}

export function samplesKeyParts(
  checkpoint: CheckpointUse,
  engine: EngineIdentity,
  settings: SampleSettings,
): JsonValue {
  return {
    ...checkpointParts(checkpoint, engine),
    samples: { ...settings, drawings: settings.drawings.map(drawingParts) },
    scoring: { recordVersion: RECORD_VERSION, samplesVersion: SAMPLE_VERSION },
  };
}

/** A drawing without rules has the key that it had before there were any. */
function drawingParts({ rules, ...drawing }: SampleSettings['drawings'][number]): JsonValue {
  return rules === undefined ? drawing : { ...drawing, rules: { ...rules } };
}

/**
 * The key's part for a task that another program defines: its name, and the files beside the pipeline that may define
 * it.
 */
export function foreignKeyParts(
  lock: CheckpointLock,
  model: Model,
  engine: EngineIdentity,
  task: string,
  files: DataDigests,
  settings: TaskSettings,
): JsonValue {
  return {
    ...modelParts(lock, model, engine),
    foreign: { task, files: { ...files } },
    scoring: { recordVersion: RECORD_VERSION },
    settings: settingsParts(settings),
  };
}

/** A task without a setting has the key that it had before there was such a setting. */
function settingsParts({ chat, samples, generation, ...rest }: TaskSettings): JsonValue {
  return {
    ...rest,
    ...(samples === null ? {} : { samples }),
    ...(generation === null ? {} : { generation }),
    ...(chat === null ? {} : { chat: { ...chat } }),
  };
}

/** The key's part for results that another program computed: what they are, and how the record is written. */
export function importedKeyParts(lock: CheckpointLock, task: string): JsonValue {
  return { imported: lock.digest, task, scoring: { recordVersion: RECORD_VERSION } };
}

export function keyOf(parts: JsonValue): string {
  return digestValue(parts);
}

/** One difference between the parts of two keys: a path, and both sides ("absent" where one has no such part). */
export interface KeyDifference {
  readonly path: string;
  readonly before: string;
  readonly now: string;
}

/** Leaves that differ, in path order: what `evalgraph why` prints. */
export function compareKeyParts(before: JsonValue, now: JsonValue): readonly KeyDifference[] {
  const old = new Map(leaves(before, ''));
  const fresh = new Map(leaves(now, ''));
  const paths = [...new Set([...old.keys(), ...fresh.keys()])].sort();
  return paths
    .map((path) => ({ path, before: old.get(path) ?? 'absent', now: fresh.get(path) ?? 'absent' }))
    .filter((difference) => difference.before !== difference.now);
}

function leaves(value: JsonValue, path: string): [string, string][] {
  if (value === null || typeof value !== 'object') return [[path, JSON.stringify(value)]];
  const entries = Object.entries(value);
  if (entries.length === 0) return [[path, Array.isArray(value) ? '[]' : '{}']];
  return entries.flatMap(([key, item]: [string, JsonValue]) =>
    leaves(item, path === '' ? key : `${path}.${key}`),
  );
}
