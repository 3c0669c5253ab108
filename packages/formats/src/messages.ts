/** The problems that this package reports. */
import { defineMessages } from './define-messages.ts';
import { shown } from './wording.ts';

const COPY_AGAIN = 'Fetch or copy the file again and compare its size with the source.';
const FETCH_AGAIN = 'Fetch the file again and compare its size and digest with the source.';

export const messages = defineMessages({
  // Any file ---------------------------------------------------------------------------------------------------------
  unreadableFile: (file: string, code: string, remedy?: string) => ({
    message: `${file} cannot be read (${code}).`,
    remedy,
  }),
  notAFile: (path: string, kind: string) => ({
    message: `${path} is ${kind} or a link to one; a file is expected there.`,
    remedy: 'Put the file itself there, or a link to it.',
  }),
  fileTooLarge: (path: string, size: number, limit: number) => ({
    message: `${path} has ${size} bytes; a file of this kind has at most ${limit}.`,
    remedy: 'Look whether it is what its name says.',
  }),
  damagedFile: (file: string, detail: string, remedy: string) => ({
    message: `${file} is damaged: ${detail}.`,
    remedy,
  }),
  tooManyFiles: (folder: string, most: number, depth: number) => ({
    message: `${folder} holds more than ${most} files and folders, or is more than ${depth} folders deep.`,
    remedy: 'Name a folder further down.',
  }),

  // JSON -------------------------------------------------------------------------------------------------------------
  lineTooLong: (path: string, line: number, limit: number) => ({
    message: `${path}:${line}: the line is longer than ${limit} bytes.`,
    remedy: 'A JSON Lines file has one row a line; is this a JSON array, or another format?',
  }),
  notUtf8: (path: string, line: number) => ({ message: `${path}:${line}: the line is not UTF-8.` }),
  jsonSyntax: (expected: string, at: number, found: string) => ({
    message: `JSON: expected ${expected} at character ${at}, found ${found}.`,
  }),
  jsonNumber: (digits: number, at: number, most: number) => ({
    message: `JSON: an integer of ${digits} digits at character ${at}; Python reads up to ${most}.`,
  }),
  jsonDepth: (most: number) => ({ message: `JSON: nested deeper than ${most} levels.` }),
  loneSurrogate: (text: string) => ({
    message: `A text holds half of a surrogate pair and cannot be written as UTF-8: ${shown(text)}.`,
    remedy: 'Mend the row: such a text comes from a cut "\\ud83d..." escape.',
  }),

  // Safetensors ------------------------------------------------------------------------------------------------------
  truncatedWeights: {
    shorter: (file: string, expectedBytes: number, foundBytes: number) => ({
      message: `${file}: ${foundBytes} bytes found, but the header promises ${expectedBytes} bytes`,
      remedy: COPY_AGAIN,
    }),
    tooSmall: (file: string, foundBytes: number) => ({
      message: `${file}: ${foundBytes} bytes found; a safetensors file has at least 10 bytes`,
      remedy: COPY_AGAIN,
    }),
  },
  htmlWeights: (file: string) => ({
    message: `${file}: an HTML page stands where weights were expected (a log-in or error page was saved)`,
    remedy: 'Download the file with access to its repository (HF_TOKEN), not through a browser link.',
  }),
  lfsPointer: (file: string) => ({
    message: `${file}: a Git LFS pointer stands where weights were expected`,
    remedy: 'Run `git lfs pull` in the repository that the file came from.',
  }),
  invalidSafetensors: {
    headerSize: (file: string, headerBytes: number, limitBytes: number) => ({
      message: `${file}: a header of ${headerBytes} bytes is announced, the limit is ${limitBytes} bytes`,
      remedy: 'This is no safetensors file, or it is damaged.',
    }),
    headerJson: (file: string, reason: string) => ({
      message: `${file}: the header is not valid JSON (${reason})`,
      remedy: COPY_AGAIN,
    }),
    entry: (file: string, tensor: string, what: string) => ({
      message: `${file}: tensor ${JSON.stringify(tensor)}: ${what}`,
      remedy: 'Write the file again with the safetensors library.',
    }),
  },
  unknownDtype: (file: string, tensor: string, dtype: string, known: readonly string[]) => ({
    message: `${file}: tensor ${JSON.stringify(tensor)}: dtype "${dtype}" is not one of ${known.join(', ')}`,
    remedy: 'Write the file again with one of these, or evaluate it with an engine that knows this one.',
  }),
  missingWeights: {
    folder: (folder: string, found: readonly string[]) => ({
      message: `${folder}: neither model.safetensors nor model.safetensors.index.json is there; found: ${
        found.length === 0 ? 'nothing' : found.join(', ')
      }`,
      remedy: found.some((name) => name.endsWith('.bin'))
        ? 'Convert the PyTorch .bin files to safetensors (transformers: model.save_pretrained).'
        : 'Name the folder that holds the weights.',
    }),
    shard: (index: string, shard: string) => ({
      message: `${index}: names the shard ${shard}, which is not there`,
      remedy: 'Fetch the missing shard into the same folder.',
    }),
  },
  invalidSafetensorsIndex: {
    notAnIndex: (file: string, what: string) => ({
      message: `${file}: ${what}`,
      remedy: 'Expected {"weight_map": {"<tensor>": "<file beside this one>"}}.',
    }),
    otherShard: (index: string, tensor: string, shard: string) => ({
      message: `${index}: tensor ${tensor} is said to be in ${shard}, which does not hold it`,
      remedy: 'Index and shards come from different saves: fetch all of them again.',
    }),
  },
  missingTensor: (tensor: string) => ({
    message: `no tensor ${tensor} in these weights`,
  }),
  unsupportedDtype: (tensor: string, dtype: string, readable: readonly string[]) => ({
    message: `tensor ${tensor} has dtype ${dtype}; readable as numbers are ${readable.join(', ')}`,
  }),

  // Parquet and CSV --------------------------------------------------------------------------------------------------
  notParquet: (file: string, found: string) => ({
    message: `${file} is not a parquet file: it begins with ${found}.`,
    remedy: /html|doctype|^"version https:\/\/git-lfs/i.test(found)
      ? 'This is a web page or a pointer that was saved in place of the file: fetch the file itself.'
      : 'Check the path; a JSON Lines file is called .jsonl, a table with commas .csv.',
  }),
  truncatedParquet: (file: string, bytes: number) => ({
    message: `${file} is a parquet file without its end: ${bytes} bytes are there.`,
    remedy: FETCH_AGAIN,
  }),
  badParquet: (file: string, why: string) => ({
    message: `${file} is a damaged parquet file: ${why}.`,
    remedy: FETCH_AGAIN,
  }),
  parquetTooLarge: (file: string, what: string, bytes: number | bigint, limit: number) => ({
    message: `${file}: ${what} has ${bytes} bytes; at most ${limit} are read at once.`,
    remedy:
      'Write the file again with smaller row groups (for example datasets: to_parquet(batch_size=1000)).',
  }),
  unsupportedColumn: (file: string, column: string, type: string) => ({
    message: `${file}: column '${column}' holds ${type}, which has no JSON form.`,
    remedy:
      'Supported are integers, floats, booleans, texts, dates without a zone, and lists and structs of them: drop or convert the column.',
  }),
  unsupportedCodec: (file: string, column: string, codec: string) => ({
    message: `${file}: column '${column}' is compressed with ${codec}.`,
    remedy: 'Write the file again with snappy, gzip, brotli, zstd or no compression.',
  }),
  unknownColumn: (file: string, column: string, columns: readonly string[]) => ({
    message: `${file} has no column '${column}'.`,
    remedy: `It has: ${columns.join(', ')}.`,
  }),
  badCsv: (file: string, line: number, why: string) => ({
    message: `${file}:${line}: ${why}.`,
  }),
  csvColumnType: (file: string, line: number, column: string, value: string, type: string) => ({
    message: `${file}:${line}: column '${column}' is ${type} above, and here it holds ${shown(value)}.`,
    remedy:
      'Types are taken from the first 10000 rows, as `datasets` does: mend the value, or use JSON Lines.',
  }),

  // Result files of lm-eval ------------------------------------------------------------------------------------------
  lmEvalFileTooLarge: (path: string, size: number, most: number) => ({
    message: `${path} has ${size} characters; a results file of lm-eval may have ${most}.`,
    remedy: 'Import the folder that holds results_*.json; samples_*.jsonl are not given by name.',
  }),
  notLmEvalResults: (path: string, detail: string) => ({
    message: `${path} is not a results file of lm-eval: ${detail}.`,
    remedy: "It must be the JSON that lm_eval writes under --output_path, with 'results' and 'config'.",
  }),
  lmEvalNotFinite: (path: string, task: string, metric: string, value: string) => ({
    message: `${path}: ${task} has ${metric} = ${value}, which is no finite number.`,
    remedy: 'Leave that task out with --tasks, or evaluate it again.',
  }),
});
