/** The stages `init`, `train` and `prune`: a model's weights, each a folder that transformers loads. */
import { join } from 'node:path';
import type { JsonValue } from '@evalgraph/formats';
import type { InitSettings, PruneImportance } from '@evalgraph/pretrain';
import type { InitStage, PruneStage, TrainStage } from '@evalgraph/spec';
import { folderDigest } from '../locks/checkpoint-lock.ts';
import { count } from '../run/progress.ts';
import { type PreparedStage, type StageContext, stageLabel } from './context.ts';
import { openLocking } from './lock-made.ts';
import { pruneProgress, setupProgress, trainProgress } from './progress.ts';
import { absolute, findMade, findTokenizer, findWeights } from './weights.ts';

export async function prepareInit(stage: InitStage, context: StageContext): Promise<PreparedStage> {
  const { INIT_VERSION, initModel } = await import('@evalgraph/pretrain');
  const { settings, inputs } = await initInputs(stage, context);
  return {
    keyParts: { stage: 'init', version: INIT_VERSION, ...inputs },
    isResumable: false,
    make: async (folder) => {
      const { parameters, layers } = await initModel(settings, folder);
      context.note(`${stageLabel(stage)}: ${count(parameters)} parameters in ${layers} layers`);
      return true;
    },
    digest: (folder) => weightsDigest(folder, context),
  };
}

async function initInputs(
  { init }: InitStage,
  context: StageContext,
): Promise<{ readonly settings: InitSettings; readonly inputs: Readonly<Record<string, JsonValue>> }> {
  if (init.kind === 'scratch') {
    const folder = absolute(context.root, init.config);
    const tokenizer = await findTokenizer(init.tokenizer, context);
    const { seed, residual, dtype } = init;
    const config = (await context.memo.digest(join(folder, 'config.json'))).sha256;
    return {
      settings: { kind: 'scratch', config: folder, tokenizer: tokenizer.folder, seed, residual, dtype },
      inputs: { kind: 'scratch', seed, residual, dtype, config, tokenizer: tokenizer.digest },
    };
  }
  const { folder, digest } = await findWeights(init.source, context);
  if (init.kind === 'copy') {
    return { settings: { kind: 'copy', source: folder }, inputs: { kind: 'copy', source: digest } };
  }
  const { depth } = init;
  return {
    settings: { kind: 'depth', source: folder, depth },
    inputs: {
      kind: 'depth',
      depth: JSON.parse(JSON.stringify(depth)) as JsonValue,
      source: digest,
    },
  };
}

export async function prepareTraining(stage: TrainStage, context: StageContext): Promise<PreparedStage> {
  const { TRAIN_VERSION, trainModel } = await import('@evalgraph/pretrain');
  const model = await findMade({ kind: 'init', name: stage.name }, context);
  const data = await Promise.all(
    stage.data.map(async ({ pack, fromStep }) => ({
      fromStep,
      ...(await findMade({ kind: 'pack', name: pack }, context)),
    })),
  );
  const [first] = data;
  const { env, note, signal } = context;
  // How many threads add up a sum, and how often a line is written, is nothing that a training is begun anew for.
  const { threads: _threads, logEvery: _logEvery, ...numbers } = stage.settings;
  const { processes } = stage;
  return {
    keyParts: {
      stage: 'train',
      version: TRAIN_VERSION,
      settings: { ...numbers, saveAt: [...numbers.saveAt] },
      processes,
      model: model.digest,
      data:
        data.length === 1 && first !== undefined
          ? first.digest
          : data.map(({ fromStep, digest }) => ({ fromStep, digest })),
    },
    isResumable: true,
    make: async (folder) => {
      const show = trainProgress(stageLabel(stage), note);
      const locking = openLocking(stage.name, context);
      const { outcome } = await trainModel(
        {
          ...stage.settings,
          model: model.folder,
          data: data.map(({ folder, fromStep }) => ({ data: folder, fromStep })),
        },
        folder,
        {
          env,
          signal,
          processes,
          onSetup: setupProgress(stageLabel(stage), note),
          onEvent: (event) => {
            show(event);
            // A checkpoint that is whole can be evaluated while the training goes on.
            if (event.event === 'checkpoint') locking.add(event.step);
          },
        },
      );
      await locking.end();
      return outcome === 'done';
    },
    digest: () => Promise.resolve(''),
  };
}

export async function preparePruning(stage: PruneStage, context: StageContext): Promise<PreparedStage> {
  const { PRUNE_VERSION, pruneModel } = await import('@evalgraph/pretrain');
  const source = await findWeights(stage.source, context);
  const { importance, inputs } = await importanceOf(stage, context);
  const { pattern, saveDtype } = stage;
  return {
    keyParts: {
      stage: 'prune',
      version: PRUNE_VERSION,
      pattern: JSON.parse(JSON.stringify(pattern)) as JsonValue,
      saveDtype,
      importance: inputs,
      model: source.digest,
    },
    isResumable: false,
    make: async (folder) => {
      const { env, note, signal } = context;
      const label = stageLabel(stage);
      const [onEvent, onSetup] = [pruneProgress(label, note), setupProgress(label, note)];
      const settings = { model: source.folder, importance, pattern, saveDtype };
      return (await pruneModel(settings, folder, { env, signal, onEvent, onSetup })) !== null;
    },
    digest: (folder) => weightsDigest(folder, context),
  };
}

async function importanceOf(
  { importance }: PruneStage,
  context: StageContext,
): Promise<{ readonly importance: PruneImportance; readonly inputs: JsonValue }> {
  if (importance.kind === 'magnitude') return { importance, inputs: { kind: 'magnitude' } };
  const { calibration, ...settings } = importance;
  if (calibration.kind === 'pack') {
    const { folder, digest } = await findMade({ kind: 'pack', name: calibration.name }, context);
    // Packed tokens have a length of their own.
    const { sequenceLength: _length, ...used } = settings;
    return { importance: { ...settings, calibration: folder }, inputs: { ...used, calibration: digest } };
  }
  const file = absolute(context.root, calibration.path);
  const { sha256 } = await context.memo.digest(file);
  return { importance: { ...settings, calibration: file }, inputs: { ...settings, calibration: sha256 } };
}

async function weightsDigest(folder: string, { memo }: StageContext): Promise<string> {
  return folderDigest(folder, (path) => memo.digest(path));
}
