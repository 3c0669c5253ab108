/**
 * The longest input that a checkpoint's own files name, as lm-eval looks for it. Read here and not by the embedded
 * engine's reader of configurations: a server may run architectures that the embedded engine does not know.
 */
import { join } from 'node:path';
import { isMissing, readRegular, UserError } from '@evalgraph/formats';
import { tokenizerMessages } from '@evalgraph/tokenizer';

const LENGTH_KEYS = ['n_positions', 'max_position_embeddings', 'n_ctx'];
/** lm-eval's, where no file names a length. */
const DEFAULT_MAX_LENGTH = 2048;
const MAX_CONFIG_BYTES = 16 * 1024 * 1024;

/** @returns tokens of context and continuation at most. @throws UserError where config.json is no JSON object. */
export async function configuredLength(folder: string, tokenizerLength: number | null): Promise<number> {
  const config = await readConfig(join(folder, 'config.json'));
  const named = LENGTH_KEYS.map((key) => config.get(key)).find(
    (value): value is number => typeof value === 'number' && Number.isSafeInteger(value) && value > 0,
  );
  return named ?? tokenizerLength ?? DEFAULT_MAX_LENGTH;
}

async function readConfig(path: string): Promise<ReadonlyMap<string, unknown>> {
  let bytes: Buffer;
  try {
    bytes = await readRegular(path, MAX_CONFIG_BYTES);
  } catch (error) {
    if (isMissing(error)) return new Map();
    throw error;
  }
  try {
    const value: unknown = JSON.parse(bytes.toString('utf8'));
    if (typeof value === 'object' && value !== null) return new Map(Object.entries(value));
  } catch (error) {
    throw new UserError(tokenizerMessages.badTokenizer(path, String(error)));
  }
  throw new UserError(tokenizerMessages.badTokenizer(path, 'it holds no JSON object'));
}
