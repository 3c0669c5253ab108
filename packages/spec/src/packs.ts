/** `packs:` -> pack stages; and what several stages refer to: weights, corpora, packs. */
import { type LossWeight, lossWeight, lossWeightMistakes } from '@evalgraph/pretrain/settings';
import { lookUp } from './compared.ts';
import { type Context, reportCaseTwins } from './context.ts';
import { pack } from './declared/making.ts';
import type { PackInput, PipelineInput } from './input.ts';
import { messages } from './messages.ts';
import { parsePath } from './paths.ts';
import type { Model } from './pipeline.ts';
import type { Path } from './problems.ts';
import { settled } from './settled.ts';
import type { CorpusStage, PackStage, WeightsReference } from './stages.ts';

/** A shard holds so many tokens, some ten megabytes, unless the file says how many sequences it holds. */
const SHARD_TOKENS = 8_000_000;

/** @returns the packs by name; null for one that was reported. */
export function normalizePacks(
  input: PipelineInput['packs'],
  corpora: ReadonlyMap<string, CorpusStage | null>,
  models: ReadonlyMap<string, Model | null>,
  context: Context,
): ReadonlyMap<string, PackStage | null> {
  if (input === null || input === undefined) return new Map();
  reportCaseTwins('packs', ['packs'], context);
  return new Map(
    context.keysOf(['packs']).map((name): [string, PackStage | null] => {
      const given = input[name];
      if (given === null || given === undefined) return [name, null];
      const path = ['packs', name];
      const corpus = partOf('corpus', given.corpus, [...path, 'corpus'], corpora, context);
      const tokenizer = weightsOf(given.tokenizer, [...path, 'tokenizer'], models, context);
      const lossWeights = lossWeightsOf(given.loss_weights ?? [], [...path, 'loss_weights'], context);
      const settings = settled(pack, given);
      if (corpus === null || tokenizer === null || lossWeights === null || settings === null)
        return [name, null];
      const { sequenceLength, bos, eos } = settings;
      const shardSequences =
        settings.shardSequences ?? Math.max(1, Math.floor(SHARD_TOKENS / sequenceLength));
      return [
        name,
        { kind: 'pack', name, corpus, tokenizer, sequenceLength, shardSequences, bos, eos, lossWeights },
      ];
    }),
  );
}

function lossWeightsOf(
  input: NonNullable<PackInput['loss_weights']>,
  path: Path,
  { problems }: Context,
): readonly LossWeight[] | null {
  const rules = input.map((rule, at): LossWeight | null => {
    const read = settled(lossWeight, rule);
    if (read === null) return null;
    const mistakes = lossWeightMistakes(read);
    for (const { name, value, expected } of mistakes) {
      const place = [...path, at, name];
      problems.value(place, messages.badSetting(place, value, expected));
    }
    return mistakes.length > 0 ? null : read;
  });
  return rules.includes(null) ? null : rules.filter((rule) => rule !== null);
}

/** The name of a corpus or a pack that there is; null where that was reported. */
export function partOf(
  what: 'corpus' | 'pack',
  name: string | null | undefined,
  path: Path,
  known: ReadonlyMap<string, unknown>,
  { problems }: Context,
): string | null {
  if (name === null || name === undefined) return null;
  if (known.has(name)) return known.get(name) === null ? null : name;
  problems.value(
    path,
    (what === 'corpus' ? messages.unknownCorpus : messages.unknownPack)(name, [...known.keys()]),
  );
  return null;
}

/** A folder, or a checkpoint of the pipeline; null where it was reported. */
export function weightsOf(
  text: string | null | undefined,
  path: Path,
  models: ReadonlyMap<string, Model | null>,
  context: Context,
): WeightsReference | null {
  if (text === null || text === undefined) return null;
  if (/^[.~/]/.test(text)) {
    const folder = folderOf(text, path, context);
    return folder === null ? null : { kind: 'folder', path: folder };
  }
  const found = lookUp(text, path, models, context);
  if (found === null) return null;
  if (models.get(found.model)?.source.kind === 'imported') {
    context.problems.value(path, messages.noWeights(found.model));
    return null;
  }
  return { kind: 'checkpoint', ...found };
}

export function folderOf(text: string, path: Path, { root, problems }: Context): string | null {
  const parsed = parsePath(text, root);
  if ('value' in parsed) return parsed.value;
  problems.value(path, parsed.finding);
  return null;
}
