/**
 * The longest input that a checkpoint's own files name, as lm-eval looks for it. Read here and not by the embedded
 * engine's reader of configurations: a server may run architectures that the embedded engine does not know.
 */
import { join } from 'node:path';
import { readObject } from '@evalgraph/tokenizer/files';

const LENGTH_KEYS = ['n_positions', 'max_position_embeddings', 'n_ctx'];
/** lm-eval's, where no file names a length. */
const DEFAULT_MAX_LENGTH = 2048;

/** @returns tokens of context and continuation at most. @throws UserError where config.json is no JSON object. */
export async function configuredLength(folder: string, tokenizerLength: number | null): Promise<number> {
  const config = await readObject(join(folder, 'config.json'));
  const named = LENGTH_KEYS.map((key) => config?.get(key)).find(
    (value): value is number => typeof value === 'number' && Number.isSafeInteger(value) && value > 0,
  );
  return named ?? tokenizerLength ?? DEFAULT_MAX_LENGTH;
}
