/** What a pipeline's stages left behind, for the report: data cards, packed tokens, training logs, texts. */

import { join } from 'node:path';
import { parseRecord, type RecordSource, snakeCase, UserError } from '@evalgraph/formats';
import type { CorpusCardRecord, Drawing, SampleRecord } from '@evalgraph/pretrain';
import type { MakingInput } from '@evalgraph/report/data';
import { type Stage, stageFolder, type TrainStage } from '@evalgraph/spec';
import { messages } from '../messages.ts';
import type { Cell, Plan } from '../plan/plan.ts';
import { cellPlace, readPlaced } from '../results/placed.ts';
import { SAMPLES_FILE } from '../results/result-files.ts';
import { madeSource, readMade } from '../results/stage-record.ts';

/**
 * @param present ids of the cells whose results are there
 * @returns null where the pipeline makes nothing and asks for no texts
 * @throws UserError where something that was made is gone, unless `partial`
 */
export async function reportMaking(
  root: string,
  plan: Plan,
  present: ReadonlySet<string>,
  partial: boolean,
): Promise<MakingInput | null> {
  const { pipeline } = plan;
  if (pipeline.stages.length === 0 && pipeline.samples === null) return null;
  // It brings tokenizers and parquet along, which few reports need.
  const { cardRecord, packRecord, parseTrainLog } = await import('@evalgraph/pretrain');
  const made = async <T>(
    stage: Stage,
    name: string,
    parse: (content: Buffer, source: RecordSource) => T,
  ): Promise<T[]> => {
    const folder = stageFolder(pipeline.name, stage);
    const content = await readMade(join(root, folder), name);
    if (content !== null) return [parse(content, madeSource(folder, name))];
    if (partial) return [];
    throw new UserError(messages.notMade.stage(stage.kind, stage.name, pipeline.name));
  };
  const corpora: MakingInput['corpora'][number][] = [];
  const packs: MakingInput['packs'][number][] = [];
  const trainings: MakingInput['trainings'][number][] = [];
  for (const stage of pipeline.stages) {
    const { name } = stage;
    if (stage.kind === 'corpus') {
      const card = `${stageFolder(pipeline.name, stage)}/card.json`;
      for (const { documents, textBytes, sources, steps } of await made(
        stage,
        'card.json',
        (content, source) => parseRecord(content, source, cardRecord),
      )) {
        corpora.push({ name, documents, textBytes, sources, steps: steps.map(asDeclared), card });
      }
    } else if (stage.kind === 'pack') {
      for (const { sequences, sequenceLength, counts, lossWeights } of await made(
        stage,
        'index.json',
        (content, source) => parseRecord(content, source, packRecord),
      )) {
        const { packed, dropped } = counts;
        const unweighted = lossWeights === undefined ? null : (counts.unweighted ?? 0);
        packs.push({
          name,
          corpus: stage.corpus,
          sequences,
          sequenceLength,
          packed,
          dropped,
          unweighted,
        });
      }
    } else if (stage.kind === 'train') {
      for (const steps of await made(stage, 'train.jsonl', (content, { file }) =>
        parseTrainLog(content.toString('utf8'), file),
      ))
        trainings.push({ model: name, isWeighted: isWeighted(stage, pipeline.stages), steps });
    }
  }
  return { corpora, packs, trainings, texts: await writtenTexts(root, plan, present) };
}

/** Rules named as the pipeline writes them. */
function asDeclared(step: CorpusCardRecord['steps'][number]): CorpusCardRecord['steps'][number] {
  const reasons = Object.entries(step.reasons).map(([reason, count]) => [snakeCase(reason), count]);
  return { ...step, reasons: Object.fromEntries(reasons) };
}

function isWeighted({ data }: TrainStage, stages: readonly Stage[]): boolean {
  const names = new Set(data.map(({ pack }) => pack));
  return stages.some(
    (stage) => stage.kind === 'pack' && names.has(stage.name) && stage.lossWeights.length > 0,
  );
}

async function writtenTexts(
  root: string,
  { pipeline, cells }: Plan,
  present: ReadonlySet<string>,
): Promise<MakingInput['texts']> {
  const { parseSampleRecord, samplesSideBySide } = await import('@evalgraph/pretrain');
  const own = cells.filter((cell) => cell.work.kind === 'samples' && present.has(cell.id));
  const texts: MakingInput['texts'][number][] = [];
  for (const { name: model } of pipeline.models) {
    const records = await Promise.all(
      own
        .filter(({ checkpoint }) => checkpoint.model.name === model)
        .map((cell) => recordOf(root, pipeline.name, cell, parseSampleRecord)),
    );
    if (records.length === 0) continue;
    const { checkpoints, rows } = samplesSideBySide(records);
    texts.push({
      model,
      checkpoints: checkpoints.map(({ name }) => name),
      rows: rows.map(({ prompt, drawing, texts: written }) => ({
        prompt,
        way: wayText(drawing),
        texts: written,
      })),
    });
  }
  return texts;
}

/** Stored by weights and prompts; whose it is, the cell says. */
async function recordOf(
  root: string,
  pipeline: string,
  cell: Cell,
  parse: (file: string, text: string) => SampleRecord,
): Promise<SampleRecord> {
  const path = `${cell.output}/${SAMPLES_FILE}`;
  const { id, checkpoint } = cell.checkpoint;
  const place = cellPlace(root, pipeline, cell);
  const content = await readPlaced(place, SAMPLES_FILE);
  if (content === null) throw new UserError(messages.resultMissing(path, place.command));
  return { ...parse(path, content.toString('utf8')), checkpoint: id, step: checkpoint.step };
}

function wayText(drawing: Drawing | null): string {
  if (drawing === null) return 'greedy';
  const { temperature, topK, topP, seed, rules } = drawing;
  return [
    `temperature ${temperature}`,
    ...(topK > 0 ? [`top-k ${topK}`] : []),
    ...(topP < 1 ? [`top-p ${topP}`] : []),
    ...Object.entries(rules ?? {}).map(([key, value]) => `${key} ${JSON.stringify(value)}`),
    `seed ${seed}`,
  ].join(', ');
}
