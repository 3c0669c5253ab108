/** What parts the keys of checkpoints whose files are read otherwise than as they stand; and refusals by name. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { UserError } from '@evalgraph/formats';
import { afterAll, describe, expect, it } from 'vitest';
import { type FolderSpec, folderSpec, writeFolder } from '../../runner/test/support/tokenizer-folders.ts';
import { type GenerationKeys, generationRules, openTokenizer } from '../src/index.ts';
import { readingRules } from '../src/reading.ts';

const repository = join(import.meta.dirname, '../../..');
const temporary = mkdtempSync(join(tmpdir(), 'reading-'));
afterAll(() => rmSync(temporary, { recursive: true, force: true }));

let folders = 0;
function folderWith(way: string, change: (spec: FolderSpec) => void = () => {}): string {
  folders += 1;
  const folder = join(temporary, String(folders));
  const spec = folderSpec('byte-level', [way]);
  change(spec);
  writeFolder(folder, spec);
  return folder;
}

describe('rules by which a checkpoint is read', () => {
  it('are none for an ordinary checkpoint: its results keep their keys', async () => {
    expect(await readingRules(join(repository, 'models/demo/iter_0003600'))).toEqual([]);
    expect(await readingRules(folderWith('plain'))).toEqual([]);
    expect(await readingRules(folderWith('keys that do not matter'))).toEqual([]);
  });

  it.each([
    ['truncation', ['truncation']],
    ['padding', ['added tokens', 'padding', 'special tokens']],
    ['special_tokens_map.json', ['added tokens', 'special tokens']],
    ['EOS that is not in the vocabulary', ['added tokens']],
    ['split_special_tokens', ['split_special_tokens']],
    ['clean_up_tokenization_spaces', ['clean_up_tokenization_spaces']],
    ['BertTokenizer', ['refused']],
  ])('name what is not as it stands: %s', async (way, rules) => {
    expect(await readingRules(folderWith(way))).toEqual(rules);
  });

  it('name generation settings that change a greedy text, and other end tokens', async () => {
    const reading = (generation: Record<string, unknown>): Promise<readonly string[]> =>
      readingRules(
        folderWith('plain', (spec) => {
          spec.model = { eos_token_id: 2 };
          spec.generation = generation;
        }),
      );
    expect(await reading({ eos_token_id: 2, temperature: 0.7, top_k: 20, do_sample: true })).toEqual([]);
    expect(await reading({ eos_token_id: 2, repetition_penalty: 1.1 })).toEqual(['generation']);
    expect(await reading({ eos_token_id: 2, num_beams: 4 })).toEqual(['generation']);
    expect(await reading({ eos_token_id: [2, 7] })).toEqual([]);
    expect(await reading({})).toEqual(['end tokens']);
    const own = (spec: FolderSpec): number => {
      const added = spec.tokenizer['added_tokens'] as readonly {
        readonly content: string;
        readonly id: number;
      }[];
      return added.find(({ content }) => content === '</s>')?.id ?? -1;
    };
    const folder = folderWith('plain', (spec) => {
      spec.model = { eos_token_id: own(spec) };
      spec.generation = {};
    });
    expect(await readingRules(folder)).toEqual([]);
  });
});

describe('refusals', () => {
  const problemOf = async (work: () => unknown): Promise<string> => {
    try {
      await work();
    } catch (error) {
      if (error instanceof UserError) return error.problems.map(({ message }) => message).join('\n');
      throw error;
    }
    return 'nothing';
  };

  it('of a class name it, the file and the classes that are read', async () => {
    const folder = folderWith('BertTokenizer');
    expect(await problemOf(() => openTokenizer(folder, { addBosToken: null }))).toBe(
      `${folder}/tokenizer_config.json: transformers reads this tokenizer by its class BertTokenizer, which does not take tokenizer.json as it is and which we do not rebuild.`,
    );
  });

  it('of generation settings name the file, the key and the value, all at once', async () => {
    const file = {
      path: 'm/generation_config.json',
      settings: new Map<string, unknown>([
        ['num_beams', 4],
        ['repetition_penalty', -1],
      ]),
    };
    const keys: GenerationKeys = { suppress_tokens: 3 };
    expect(await problemOf(() => generationRules(file, keys, false))).toBe(
      [
        "m/generation_config.json: 'num_beams' is 4: beams are not searched here.",
        "m/generation_config.json: 'repetition_penalty' is -1; expected a number above 0.",
        "generation_kwargs: 'suppress_tokens' is 3; expected a list of token ids.",
      ].join('\n'),
    );
  });
});
