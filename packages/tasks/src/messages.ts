/** Every problem that this package reports. */
import {
  type BytePlace,
  defineMessages,
  didYouMean,
  firstOf,
  type Position,
  type Problem,
  positionOf,
  shown,
  utf8Remedy,
} from '@evalgraph/formats';
import { at, type Source, type YamlNode } from './yaml/node.ts';

const LM_EVAL = 'The engine lm-eval (the original program) can run such a task.';
const LM_EVAL_THEIRS =
  'The engine lm-eval (the original program) runs it: engine: { use: lm-eval, tasks: theirs }.';

/** How many names a guess offers, and how many tasks a remedy lists. */
const MOST_GUESSES = 3;
const MOST_TASKS = 30;

const list = (names: readonly string[]): string => names.join(', ');
const guess = (name: string, legal: readonly string[]): string => didYouMean(name, legal, MOST_GUESSES);

export const missingFileRemedy =
  "There is no such file; data_files are relative to the workspace's root, not to the task's folder.";

export const columnRemedy = (name: string, columns: readonly string[]): string =>
  `${guess(name, columns)}The columns are ${list(columns)}.`;

const unknown = (what: string) => (name: string, node: YamlNode, legal: readonly string[]) => ({
  message: `There is no ${what} '${name}'.`,
  remedy: `${guess(name, legal)}Legal: ${list(legal)}.`,
  at: at(node),
});

const ofDocument = (task: string, docId: number | null, otherwise: string): string =>
  `Task ${task}${docId === null ? otherwise : `, document ${docId}`}`;

export const messages = defineMessages({
  // YAML ------------------------------------------------------------------------------------------------------------
  yamlTooLarge: {
    bytes: (file: string, limit: number) => ({
      message: `${file} is larger than the limit of ${limit} for a task file.`,
    }),
    tokens: (file: string, most: number) => ({
      message: `${file} has more than ${most} words and signs; that is the most a task file may have.`,
      remedy: 'Put the data into files beside it and name them in dataset_kwargs: data_files.',
    }),
  },
  unreadableFile: (file: string, why: string, by?: Position) => ({
    message: `${file} cannot be read (${why}).`,
    at: by,
  }),
  yamlSyntax: (source: Source, start: number, end: number, what: string) => ({
    message: `This is not YAML: ${what.split('\n')[0]}.`,
    at: positionOf(source.file, source.text, [start, Math.max(end, start + 1)]),
  }),
  yamlAlias: (source: Source, place: { start: number; end: number }) => ({
    message: 'This alias has no anchor, or there are more than 100 aliases.',
    at: positionOf(source.file, source.text, [place.start, place.end]),
  }),
  yamlTag: (source: Source, place: { start: number; end: number }, tag: string) => ({
    message: `The tag ${tag} is not known.`,
    remedy: 'A task file may use !function; everything else is plain YAML.',
    at: positionOf(source.file, source.text, [place.start, place.end]),
  }),
  yamlKey: (node: YamlNode) => ({
    message: 'A key must be a plain value, and << must name a map.',
    at: at(node),
  }),
  yamlNotAMap: (node: YamlNode) => ({ message: 'A task file must be a map (key: value).', at: at(node) }),

  // Library ---------------------------------------------------------------------------------------------------------
  includeCycle: (node: YamlNode, path: readonly string[]) => ({
    message: `This include leads back to itself: ${path.join(' -> ')}.`,
    at: at(node),
  }),
  unknownTask: (
    name: string,
    known: readonly string[],
    folders: readonly string[],
    broken: readonly Problem[],
    by?: Position,
  ) => {
    const hint =
      broken.length === 0
        ? ''
        : ` Files that could not be read: ${broken.map((problem) => problem.at?.file ?? problem.message).join(', ')}.`;
    return {
      message: `There is no task, group or tag '${name}' in ${list(folders)}.${hint}`,
      remedy: `${guess(name, known)}Known: ${firstOf(known, MOST_TASKS)}.`,
      at: by,
    };
  },
  duplicateTask: (name: string, first: Position, second: Position) => ({
    message: `'${name}' is defined here and in ${first.file}:${first.line}:${first.column}.`,
    remedy: 'Rename one of them.',
    at: second,
  }),
  groupCycle: (path: readonly string[]) => ({ message: `A group contains itself: ${path.join(' -> ')}.` }),
  groupMember: (node: YamlNode) => ({
    message: "A member of a group must be a name, or a map with 'task' or 'group'.",
    at: at(node),
  }),

  // Configuration ---------------------------------------------------------------------------------------------------
  unknownKey: (key: string, node: YamlNode, where: string, legal: readonly string[]) => ({
    message: `'${key}' is not a key of ${where}.`,
    remedy: `${guess(key, legal)}Legal keys: ${list(legal)}.`,
    at: at(node),
  }),
  unsupportedKey: (key: string, node: YamlNode, why: string) => ({
    message: `'${key}' is not supported: ${why}.`,
    remedy: LM_EVAL,
    at: at(node),
  }),
  wrongType: (key: string, node: YamlNode, wanted: string) => ({
    message: `'${key}' must be ${wanted}.`,
    at: at(node),
  }),
  missingKey: (key: string, node: YamlNode, where: string) => ({
    message: `${where} needs '${key}'.`,
    at: at(node),
  }),
  unknownMetric: unknown('metric'),
  unknownAggregation: unknown('aggregation'),
  unknownGroupAggregation: unknown('group aggregation'),
  unknownFilter: unknown('filter'),
  unknownOutputType: unknown('output type'),
  unknownSampler: unknown('sampler'),
  unknownFunction: {
    notPorted: (name: string, role: string, node: YamlNode, known: readonly string[]) => ({
      message: `!function ${name} (${role}) is Python: no such file lies beside the YAML, and the name is none of a ported function.`,
      remedy: `${LM_EVAL_THEIRS} ${guess(name, known)}Ported as ${role}: ${list(known)}.`,
      at: at(node),
    }),
    /** A Python file beside the YAML that is no text which a port was written for: what it computes is not known. */
    otherText: (name: string, role: string, node: YamlNode, file: string, known: readonly string[]) => ({
      message: `!function ${name} (${role}) is the Python of ${file}; this text of it has not been ported.`,
      remedy: `${LM_EVAL_THEIRS} If one of lm-eval's own functions will do, name it in the YAML; ported as ${role}: ${list(known)}.`,
      at: at(node),
    }),
  },
  unsupportedMetric: (name: string, node: YamlNode) => ({
    message: `The metric '${name}' is known to lm-eval but not computed here.`,
    remedy: LM_EVAL,
    at: at(node),
  }),
  metricNeedsAggregation: (name: string, node: YamlNode) => ({
    message: `The metric '${name}' comes from process_results and has no default aggregation.`,
    remedy: 'Add aggregation: mean (or another) to it.',
    at: at(node),
  }),
  metricOutputType: (name: string, outputType: string, node: YamlNode) => ({
    message: `The metric '${name}' is not defined for output_type ${outputType}.`,
    at: at(node),
  }),
  samplingAtZero: (node: YamlNode) => ({
    message: 'do_sample is true, and temperature is 0.',
    remedy: 'Set a temperature above 0 to sample, or do_sample: false for the most likely tokens.',
    at: at(node),
  }),

  // Data ------------------------------------------------------------------------------------------------------------
  datasetNotLocal: (task: string, path: string, name: string | null) => {
    const shown = name === null ? path : `${path}, configuration ${name}`;
    return {
      message: `Task ${task}: the data set ${shown} is not in this workspace.`,
      remedy: `Copy it as the hub has it (README.md and data files) to datasets/${path}/. Or put files (.parquet, .jsonl or .csv) into a folder below datasets/ with a dataset.yaml: { name: <name>, path: ${path}, configs: { ${name ?? 'default'}: { test: test.parquet } } }.`,
    };
  },
  datasetUnsupported: (task: string, what: string) => ({
    message: `Task ${task}: ${what} is not supported yet.`,
    remedy:
      'Use dataset_path: json, csv or parquet with dataset_kwargs: { data_files: a path, a list, or a map of splits }, or name a data set of the workspace.',
  }),
  noDataFiles: (task: string, split: string, pattern: string) => ({
    message: `Task ${task}: no file matches '${pattern}' (data_files, split ${split}).`,
    remedy: "Patterns are relative to the workspace's root; ** stands for any number of folders.",
  }),
  datasetFormats: (task: string, files: readonly string[]) => ({
    message: `Task ${task}: its data files must be all .parquet, all .jsonl (or .json) or all .csv: ${list(files)}.`,
  }),
  columnsDiffer: (file: string, column: string, type: string, first: string, expected: string | null) => {
    const there = expected === null ? `${first} has no such column` : `in ${first} it holds ${expected}`;
    return {
      message: `${file}: column '${column}' holds ${type}; ${there}.`,
      remedy: 'All files of a data set share the columns of the first: write them again with one schema.',
    };
  },
  unknownSplit: (task: string, split: string, splits: readonly string[]) => ({
    message: `Task ${task}: its data has no split '${split}'.`,
    remedy: `${guess(split, splits)}There are: ${list(splits)}.`,
  }),
  noEvaluatedSplit: (task: string) => ({
    message: `Task ${task} names neither test_split nor validation_split, so there is nothing to evaluate.`,
  }),
  noDocs: (task: string) => ({ message: `Task ${task}: its evaluated split has no rows.` }),
  noSuchDocument: (task: string, docId: number, count: number) => ({
    message: `Task ${task}: 'samples' names the document ${docId}; its evaluated split has ${count} documents, from 0.`,
    remedy: `Name documents up to ${count - 1}.`,
  }),
  nothingGenerated: (name: string, why: string) => ({
    message: `generation_kwargs would change nothing of ${name}: ${why}.`,
    remedy: 'Remove generation_kwargs from its entry.',
  }),
  notUtf8: (file: string, place: BytePlace) => ({
    message: `${file}:${place.line}: the file is not UTF-8: byte ${place.byte} of it begins no character.`,
    remedy: utf8Remedy(place),
  }),
  rowNotAnObject: (file: string, line: number) => ({
    message: `${file}:${line}: a row must be a JSON object.`,
  }),

  // Documents -------------------------------------------------------------------------------------------------------
  docFailed: (task: string, docId: number | null, field: string, why: string) => ({
    message: `${ofDocument(task, docId, ', a few-shot document')}: ${field} failed: ${why}`,
  }),
  tooFewShots: (task: string, wanted: number, there: number) => ({
    message: `Task ${task}: ${wanted} few-shot documents are wanted, its few-shot split has ${there}.`,
    remedy: 'Lower num_fewshot.',
  }),
  unknownColumn: (task: string, field: string, name: string, columns: readonly string[]) => ({
    message: `Task ${task}: ${field} is the word '${name}', which is no column; it would stand in every prompt as it is.`,
    remedy: columnRemedy(name, columns),
  }),
  noChoices: (task: string, docId: number) => ({
    message: `Task ${task}, document ${docId}: doc_to_choice gives no choice.`,
  }),
  emptyChoice: (task: string, docId: number) => ({
    message: `Task ${task}, document ${docId}: one of its choices is empty.`,
  }),
  repeatedChoice: (task: string, docId: number, choice: string) => ({
    message: `Task ${task}, document ${docId}: two of its choices are ${shown(choice)}.`,
    remedy: 'The first of two equal choices always wins: mend the row or doc_to_choice.',
  }),
  targetOutOfRange: (task: string, docId: number, target: string, choices: number) => ({
    message: `Task ${task}, document ${docId}: its target ${target.slice(0, 60)} is none of its ${choices} choices.`,
    remedy: `doc_to_target must give the index of a choice (0 to ${choices - 1}) or its text.`,
  }),
  badNumber: (what: string, value: number) => ({
    message: `${what} is ${value}; it must be a positive whole number (or a limit below 1, a share).`,
  }),

  // Scores ----------------------------------------------------------------------------------------------------------
  wrongResponses: (task: string, docId: number | null, why: string) => ({
    message: `${ofDocument(task, docId, '')}: ${why}.`,
  }),
  scoringFailed: (task: string, docId: number | null, why: string) => ({
    message: `${ofDocument(task, docId, ', all documents together')}: no score: ${why}`,
  }),
  groupIncomplete: (group: string, missing: readonly string[]) => ({
    message: `Group ${group}: its tasks ${list(missing)} have no scores.`,
  }),
  groupMetricMissing: (group: string, metric: string, missing: readonly string[]) => ({
    message: `Group ${group}: ${metric} is missing in ${missing.length === 0 ? 'all of its tasks' : list(missing)}.`,
    remedy: "Name a metric that each of the group's tasks has, or make the tasks' metric_list agree.",
  }),
});
