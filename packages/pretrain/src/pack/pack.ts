/**
 * Tokenises a corpus and packs it: shards of raw little-endian integers, `sequenceLength` a row, and an index. The tokenizer
 * comes as a function; the result depends on it, the corpus and the settings alone, not on how texts are batched.
 */
import { mkdir, rename, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { digestValue, prettyJson, sealed, sha256Hex, UserError, writeFileAtomic } from '@evalgraph/formats';
import { recordIfSound } from '../corpus/work-folder.ts';
import { lossWeightMistakes, textLevels, tokenLevels, weightLevels } from './loss-weights.ts';
import { messages } from './messages.ts';
import { corpusTexts, readCorpusIndex } from './read-corpus.ts';
import { type PackIndex, type PackShard, type PackState, packRecord, storedState } from './records.ts';
import { type LossWeight, MAX_LOSS_WEIGHTS } from './settings.ts';
import { countedSequences, type PackSettings, type TokenRun, TokenStream } from './stream.ts';

export const PACK_VERSION = 1;

export interface PackConfig extends PackSettings {
  /** Ids are below it; up to 65,536 they take two bytes, otherwise four. */
  readonly vocabularySize: number;
  /** Sequences of a shard; the last one has fewer. */
  readonly shardSequences: number;
  /** A later one goes before an earlier one; [] where all tokens count the same. */
  readonly lossWeights: readonly LossWeight[];
}

/** A text's tokens without special ones: BOS and EOS are the packer's. */
export interface Encoding {
  readonly ids: ArrayLike<number>;
  /** Code points of the text before each token's end; [] where nobody asked. */
  readonly ends: ArrayLike<number>;
}

/** @param wantsEnds whether `ends` will be looked at */
export type Encode = (texts: readonly string[], wantsEnds: boolean) => Promise<readonly Encoding[]>;

export interface PackOptions {
  /** A finished corpus. */
  readonly corpus: string;
  /** The folder that is made; beside it, `<output>.partial` while it is not finished. */
  readonly output: string;
  readonly encode: Encode;
  /** Digest of the tokenizer's files: what `encode` is, for the key. */
  readonly tokenizer: string;
  readonly onProgress?: (documents: number, tokens: number) => void;
}

export interface PackKeyParts {
  readonly stage: 'pack';
  readonly version: number;
  readonly config: PackConfig;
  readonly corpus: string;
  readonly tokenizer: string;
}

/** @param corpus the corpus index's key */
export function packKeyParts(config: PackConfig, corpus: string, tokenizer: string): PackKeyParts {
  return { stage: 'pack', version: PACK_VERSION, config, corpus, tokenizer };
}

/** Where a killed run goes on: after the last whole shard. */
const NOTHING_YET: PackState = {
  documents: 0,
  carry: { tokens: [], levels: [] },
  text: 0,
  unweighted: 0,
  shards: [],
};
/** Characters given to the tokenizer at once. */
const BATCH_CHARACTERS = 1 << 20;

/**
 * Files: `tokens-00000.bin`, … (and `weights-00000.bin`, …) and `index.json`. A finished folder of the same key is returned as it is.
 * @throws UserError: no corpus, an id outside the vocabulary, less than one sequence.
 */
export async function packCorpus(config: PackConfig, options: PackOptions): Promise<PackIndex> {
  checkConfig(config);
  const corpus = await readCorpusIndex(options.corpus);
  const key = digestValue(packKeyParts(config, corpus.key, options.tokenizer));
  const finished = await recordIfSound(join(options.output, 'index.json'), packRecord);
  if (finished?.key === key) return finished;
  const folder = `${resolve(options.output)}.partial`;
  const packer = await openPacker(config, folder, key);
  let skip = packer.state.documents;
  let texts: string[] = [];
  let characters = 0;
  for await (const text of corpusTexts(options.corpus, corpus)) {
    if (skip > 0) {
      skip -= 1;
      continue;
    }
    texts.push(text);
    characters += text.length;
    if (characters < BATCH_CHARACTERS) continue;
    await packer.add(texts, options);
    texts = [];
    characters = 0;
  }
  await packer.add(texts, options);
  const index = await packer.finish();
  await writeFileAtomic(join(folder, 'index.json'), prettyJson(index));
  await rm(join(folder, 'state.json'), { force: true });
  await rm(options.output, { recursive: true, force: true });
  await rename(folder, options.output);
  return index;
}

interface Packer {
  readonly state: PackState;
  readonly add: (texts: readonly string[], options: PackOptions) => Promise<void>;
  readonly finish: () => Promise<PackIndex>;
}

async function openPacker(config: PackConfig, folder: string, key: string): Promise<Packer> {
  const { sequenceLength, shardSequences, vocabularySize, bos, eos, lossWeights } = config;
  const stored = await recordIfSound(join(folder, 'state.json'), storedState);
  const state = stored?.key === key ? stored.state : NOTHING_YET;
  if (state === NOTHING_YET) await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  const stream = new TokenStream(config, sequenceLength * shardSequences, state.carry);
  const shards = [...state.shards];
  const isWeighted = lossWeights.length > 0;
  const weights = weightLevels(lossWeights);
  let { documents, text, unweighted } = state;
  const write = async (piece: TokenRun): Promise<void> => {
    const { tokens, levels } = isWeighted ? countedSequences(piece, sequenceLength, weights) : piece;
    unweighted += piece.tokens.length - tokens.length;
    if (tokens.length > 0) shards.push(await writeShard(folder, shards.length, { tokens, levels }, config));
  };
  const add = async (texts: readonly string[], { encode, onProgress }: PackOptions): Promise<void> => {
    if (texts.length === 0) return;
    const encoded = await encode(texts, isWeighted);
    if (encoded.length !== texts.length)
      throw new Error(`the tokenizer gave ${encoded.length} lists for ${texts.length} texts`);
    const points = isWeighted ? textLevels(lossWeights, texts, documents) : [];
    for (const [at, { ids, ends }] of encoded.entries()) {
      checkTokens(ids, documents, vocabularySize);
      const pieces: TokenRun[] = [];
      const own = points[at];
      stream.add(ids, (piece) => pieces.push(piece), own === undefined ? undefined : tokenLevels(ends, own));
      documents += 1;
      text += ids.length;
      for (const piece of pieces) await write(piece);
      if (pieces.length === 0) continue;
      const { tokens, levels } = stream.rest();
      const carry = { tokens: [...tokens], levels: [...levels] };
      const now: PackState = { documents, carry, text, unweighted, shards };
      await writeFileAtomic(join(folder, 'state.json'), JSON.stringify(sealed({ key, state: now })));
    }
    onProgress?.(documents, text);
  };
  const finish = async (): Promise<PackIndex> => {
    const { tokens, levels } = stream.rest();
    const dropped = tokens.length % sequenceLength;
    const whole = tokens.length - dropped;
    if (whole > 0) await write({ tokens: tokens.subarray(0, whole), levels: levels.subarray(0, whole) });
    const sequences = shards.reduce((sum, shard) => sum + shard.sequences, 0);
    if (sequences === 0)
      throw new UserError(
        unweighted > 0
          ? messages.packNothingCounts(unweighted)
          : messages.packTooShort(dropped, sequenceLength),
      );
    const counts = {
      documents,
      text,
      bos: bos === null ? 0 : documents,
      eos: eos === null ? 0 : documents,
      packed: sequences * sequenceLength,
      ...(isWeighted && { unweighted }),
      dropped,
    };
    return {
      version: PACK_VERSION,
      key,
      dtype: isNarrow(vocabularySize) ? 'uint16' : 'uint32',
      byteOrder: 'little',
      sequenceLength,
      sequences,
      shards,
      counts,
      ...(isWeighted && { lossWeights: weights }),
    };
  };
  return { state, add, finish };
}

async function writeShard(
  folder: string,
  number: number,
  { tokens, levels }: TokenRun,
  { sequenceLength, vocabularySize, lossWeights }: PackConfig,
): Promise<PackShard> {
  const name = String(number).padStart(5, '0');
  const write = async (file: string, bytes: Uint8Array) => {
    await writeFileAtomic(join(folder, file), bytes);
    return { file, sha256: sha256Hex(bytes) };
  };
  const bytes = tokenBytes(tokens, vocabularySize);
  const weights = lossWeights.length === 0 ? null : await write(`weights-${name}.bin`, levels);
  const { file, sha256 } = await write(`tokens-${name}.bin`, bytes);
  const sequences = tokens.length / sequenceLength;
  return { file, sequences, bytes: bytes.length, sha256, ...(weights !== null && { weights }) };
}

function isNarrow(vocabularySize: number): boolean {
  return vocabularySize <= 65_536;
}

function tokenBytes(tokens: Uint32Array, vocabularySize: number): Uint8Array {
  const width = isNarrow(vocabularySize) ? 2 : 4;
  const bytes = Buffer.allocUnsafe(tokens.length * width);
  for (let at = 0; at < tokens.length; at += 1) {
    if (width === 2) bytes.writeUInt16LE(tokens[at] ?? 0, at * 2);
    else bytes.writeUInt32LE(tokens[at] ?? 0, at * 4);
  }
  return bytes;
}

function checkTokens(tokens: ArrayLike<number>, document: number, vocabularySize: number): void {
  for (let at = 0; at < tokens.length; at += 1) {
    const token = tokens[at];
    if (token === undefined || !Number.isInteger(token) || token < 0 || token >= vocabularySize)
      throw new UserError(messages.packBadToken(document, token, vocabularySize));
  }
}

function checkConfig({
  sequenceLength,
  shardSequences,
  vocabularySize,
  bos,
  eos,
  lossWeights,
}: PackConfig): void {
  const isCount = (value: number): boolean => Number.isInteger(value) && value >= 1;
  const isId = (id: number | null): boolean =>
    id === null || (Number.isInteger(id) && id >= 0 && id < vocabularySize);
  const wrong = [
    isCount(sequenceLength)
      ? null
      : messages.packConfig('sequenceLength', sequenceLength, 'a number of tokens'),
    isCount(shardSequences)
      ? null
      : messages.packConfig('shardSequences', shardSequences, 'a number of sequences'),
    isCount(vocabularySize) && vocabularySize <= 2 ** 32
      ? null
      : messages.packConfig('vocabularySize', vocabularySize, 'a number of tokens'),
    isId(bos) ? null : messages.packConfig('bos', bos, 'a token of the vocabulary'),
    isId(eos) ? null : messages.packConfig('eos', eos, 'a token of the vocabulary'),
    sequenceLength * shardSequences <= 2 ** 28
      ? null
      : messages.packConfig('shardSequences', shardSequences, 'at most 2^28 tokens a shard'),
    lossWeights.length <= MAX_LOSS_WEIGHTS
      ? null
      : messages.packConfig('lossWeights', `${lossWeights.length} rules`, `at most ${MAX_LOSS_WEIGHTS}`),
    ...lossWeights.flatMap((rule, at) =>
      lossWeightMistakes(rule).map(({ name, value, expected }) =>
        messages.packConfig(`lossWeights[${at}].${name}`, value, expected),
      ),
    ),
  ].filter((problem) => problem !== null);
  if (wrong.length > 0) throw new UserError(wrong);
}
