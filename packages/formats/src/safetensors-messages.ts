/** Every text that reading safetensors files can end in. */
import type { Problem } from './errors.ts';

/** A header that is sound but for types of numbers that this reader does not know. */
export const UNKNOWN_DTYPE = 'unknown-dtype';

const AGAIN = 'Fetch or copy the file again and compare its size with the source.';

export const safetensorsMessages = {
  truncated: (file: string, expectedBytes: number, foundBytes: number): Problem => ({
    code: 'truncated-weights',
    message: `${file}: ${foundBytes} bytes found, but the header promises ${expectedBytes} bytes`,
    remedy: AGAIN,
  }),
  tooSmall: (file: string, foundBytes: number): Problem => ({
    code: 'truncated-weights',
    message: `${file}: ${foundBytes} bytes found; a safetensors file has at least 10 bytes`,
    remedy: AGAIN,
  }),
  html: (file: string): Problem => ({
    code: 'html-weights',
    message: `${file}: an HTML page stands where weights were expected (a log-in or error page was saved)`,
    remedy: 'Download the file with access to its repository (HF_TOKEN), not through a browser link.',
  }),
  lfsPointer: (file: string): Problem => ({
    code: 'lfs-pointer',
    message: `${file}: a Git LFS pointer stands where weights were expected`,
    remedy: 'Run `git lfs pull` in the repository that the file came from.',
  }),
  headerTooLarge: (file: string, headerBytes: number, limitBytes: number): Problem => ({
    code: 'invalid-safetensors',
    message: `${file}: a header of ${headerBytes} bytes is announced, the limit is ${limitBytes} bytes`,
    remedy: 'This is no safetensors file, or it is damaged.',
  }),
  headerNotJson: (file: string, reason: string): Problem => ({
    code: 'invalid-safetensors',
    message: `${file}: the header is not valid JSON (${reason})`,
    remedy: AGAIN,
  }),
  badEntry: (file: string, tensor: string, what: string): Problem => ({
    code: 'invalid-safetensors',
    message: `${file}: tensor ${JSON.stringify(tensor)}: ${what}`,
    remedy: 'Write the file again with the safetensors library.',
  }),
  unknownDtype: (file: string, tensor: string, dtype: string, known: readonly string[]): Problem => ({
    code: UNKNOWN_DTYPE,
    message: `${file}: tensor ${JSON.stringify(tensor)}: dtype "${dtype}" is not one of ${known.join(', ')}`,
    remedy: 'Write the file again with one of these, or evaluate it with an engine that knows this one.',
  }),
  noWeights: (folder: string, found: readonly string[]): Problem => ({
    code: 'missing-weights',
    message: `${folder}: neither model.safetensors nor model.safetensors.index.json is there; found: ${
      found.length === 0 ? 'nothing' : found.join(', ')
    }`,
    remedy: found.some((name) => name.endsWith('.bin'))
      ? 'Convert the PyTorch .bin files to safetensors (transformers: model.save_pretrained).'
      : 'Name the folder that holds the weights.',
  }),
  badIndex: (file: string, what: string): Problem => ({
    code: 'invalid-safetensors-index',
    message: `${file}: ${what}`,
    remedy: 'Expected {"weight_map": {"<tensor>": "<file beside this one>"}}.',
  }),
  missingShard: (index: string, shard: string): Problem => ({
    code: 'missing-weights',
    message: `${index}: names the shard ${shard}, which is not there`,
    remedy: 'Fetch the missing shard into the same folder.',
  }),
  notInShard: (index: string, tensor: string, shard: string): Problem => ({
    code: 'invalid-safetensors-index',
    message: `${index}: tensor ${tensor} is said to be in ${shard}, which does not hold it`,
    remedy: 'Index and shards come from different saves: fetch all of them again.',
  }),
  noTensor: (tensor: string): Problem => ({
    code: 'missing-tensor',
    message: `no tensor ${tensor} in these weights`,
  }),
  notFloat: (tensor: string, dtype: string, readable: readonly string[]): Problem => ({
    code: 'unsupported-dtype',
    message: `tensor ${tensor} has dtype ${dtype}; readable as numbers are ${readable.join(', ')}`,
  }),
} as const;
