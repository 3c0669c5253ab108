/** Every text about dataset.yaml files and folders in the hub's layout. */
import { defineMessages } from '@evalgraph/formats';

const names = (items: readonly string[]): string => items.join(', ');
const shortList = (items: readonly string[]): string =>
  `${names(items.slice(0, 5))}${items.length > 5 ? ` and ${items.length - 5} more` : ''}`;

export const messages = defineMessages({
  unknownKey: {
    ofDataset: (key: string, legal: readonly string[], hint: string | null) => ({
      message: `'${key}' is not a key of dataset.yaml.`,
      remedy: `${hint === null ? '' : `Did you mean '${hint}'? `}The keys are ${names(legal)}.`,
    }),
    ofCard: (key: string, legal: readonly string[], hint: string | null) => ({
      message: `'${key}' of a configuration is not supported: it may change how the files are read.`,
      remedy: `${hint === null ? '' : `Did you mean '${hint}'? `}Understood are ${names(legal)}; convert the files to Parquet, which needs no such settings.`,
    }),
  },
  wrongType: {
    mapping: (what: string, example: string) => ({
      message: `${what} must be a mapping.`,
      remedy: `For example: ${example}`,
    }),
    text: (what: string) => ({ message: `${what} must be a text.` }),
    cardConfigs: () => ({
      message: "'configs' of a data set's card is a list of mappings.",
      remedy:
        'For example: configs: [{ config_name: main, data_files: [{ split: test, path: "main/test-*" }] }]',
    }),
    cardFiles: () => ({
      message:
        "'data_files' is a pattern, a list of patterns, or a list of { split, path }, each split once.",
      remedy: 'For example: data_files: [{ split: test, path: "main/test-*" }]',
    }),
  },
  missingKey: {
    name: () => ({
      message: "A data set needs a 'name'.",
      remedy: 'For example: name: mmlu',
    }),
    cardName: () => ({
      message: "A configuration needs a 'config_name'.",
    }),
  },
  splitsAndConfigs: () => ({
    message: "A data set has either 'splits' (one configuration) or 'configs'.",
    remedy: 'Move the splits to configs: { default: { … } }.',
  }),
  badDataPath: (path: string) => ({
    message: `'${path}' is no path below the data set's own folder.`,
    remedy: 'Write it relative to dataset.yaml, without .. and without a leading slash.',
  }),
  badConfigPattern: (name: string) => ({
    message: `The configuration '${name}' has braces; a pattern has {name} exactly once.`,
    remedy: 'For example: configs: { "{name}": { test: "{name}/test-*.parquet" } }',
  }),
  noDataFiles: {
    pattern: (pattern: string) => ({
      message: `No file matches '${pattern}'.`,
      remedy: 'Put the files there, or mend the pattern (paths are relative to dataset.yaml).',
    }),
    folder: (folder: string, name: string | null, found: readonly string[], hasScript: boolean) => ({
      message: `${folder}${name === null ? '' : ` (configuration ${name})`} has no file that is read here${found.length === 0 ? '' : `, but ${shortList(found)}`}.`,
      remedy: hasScript
        ? 'Its rows come from a Python script, which is not run here: fetch its Parquet conversion (the branch refs/convert/parquet), or write the splits to Parquet with `datasets`.'
        : 'Read are .parquet, .jsonl, .json and .csv: put such files there, or write a dataset.yaml that names them.',
    }),
  },
  unknownDatasetConfig: (
    path: string,
    name: string | null,
    file: string,
    known: readonly string[],
    hint: string | null,
  ) => ({
    message: `The data set ${path} (${file}) has no ${name === null ? "configuration 'default', and the task names none" : `configuration '${name}' with files`}.`,
    remedy: `${hint === null ? '' : `Did you mean '${hint}'? `}Its configurations: ${known.length === 0 ? 'none' : names(known.slice(0, 20))}${known.length > 20 ? ` and ${known.length - 20} more` : ''}.`,
  }),
  missingShards: (folder: string, missing: readonly string[]) => ({
    message: `${folder} has only a part of its shards; missing: ${shortList(missing)}.`,
    remedy: 'Fetch the missing files; a part of a split would be another benchmark.',
  }),
  otherRevision: (path: string, file: string, has: string, wanted: string) => ({
    message: `The task asks for revision ${wanted} of ${path}; ${file} says that its files are of ${has}.`,
    remedy: "Fetch that revision and mend dataset.yaml, or remove 'revision' from the task's dataset_kwargs.",
  }),
  duplicateDataset: (path: string, files: readonly string[]) => ({
    message: `Two data sets say that they are ${path}: ${names(files)}.`,
    remedy: "Remove one, or give it another 'path'.",
  }),
  tooManyFiles: (folder: string, limit: number) => ({
    message: `${folder} has more than ${limit} entries.`,
    remedy: 'Keep the data set in a folder of its own.',
  }),
});
