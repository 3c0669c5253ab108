/**
 * Every text of the spec phase, and nothing else: what, where, the value; then the legal values and the remedy. One file,
 * however long, for the same reason as the package's: they are read side by side.
 */
import type { Problem } from '@evalgraph/formats';
import { makingMessages } from './making-messages.ts';
import {
  describe,
  didYouMean,
  legalCheckpoints,
  legalNames,
  oneOf,
  someOf,
  sourceRemedy,
  unknownKeyRemedy,
} from './phrases.ts';
import type { Checkpoint, ComparedReferences } from './pipeline.ts';
import type { Finding, Path } from './problems.ts';
import { placeWords } from './selection.ts';
import { show, showPath } from './show.ts';
import { syntaxMessage } from './syntax-messages.ts';

/** What locking mends, unlike everything else here. */
export const SERIES_NOT_LOCKED = 'series-not-locked';

/** A series, as far as it is compared by step. */
export interface NamedSteps {
  readonly name: string;
  readonly steps: readonly number[];
}

/**
 * Where a text needs a search through a large file it is a getter: of thousands of problems few are printed.
 */
export const messages = {
  noWorkspace: (start: string): Problem => ({
    code: 'no-workspace',
    message: `No nx.json was found in ${start} or in any folder above it.`,
    remedy: 'Run evalgraph inside its workspace: the folder with nx.json, pipelines/ and packages/.',
  }),
  // The file.
  unreadable: (file: string, reason: string): Problem => ({
    code: 'unreadable-file',
    message: `${file} cannot be read (${reason}).`,
    remedy:
      reason === 'ENOENT' ? 'There is no such file: check its name.' : 'Check the file and its permissions.',
  }),
  fileTooLarge: (file: string, bytes: number, most: number): Problem => ({
    code: 'file-too-large',
    message: `${file} has ${bytes} bytes; a pipeline file may have ${most}.`,
    remedy: 'Write series as a pattern with from, to and every; split the rest into several pipelines.',
  }),
  tooManyTokens: (file: string, most: number): Problem => ({
    code: 'too-many-tokens',
    message: `${file} has more than ${most} words and signs; that is the most a pipeline file may have.`,
    remedy: 'Write series as a pattern with from, to and every; split the rest into several pipelines.',
  }),
  notUtf8: (file: string): Problem => ({
    code: 'not-utf8',
    message: `${file} is not UTF-8 text.`,
    remedy: 'Save it as UTF-8.',
  }),
  badPipelineName: (name: string): Problem => ({
    code: 'bad-pipeline-name',
    message: `The folder ${show(name)} is no legal name of a pipeline.`,
    remedy: "Rename it: lower-case letters, digits and '-', beginning with a letter or a digit.",
  }),
  outsideRoot: (file: string, root: string): Problem => ({
    code: 'outside-workspace',
    message: `${file} does not lie in the workspace ${root}.`,
    remedy: 'Put it into pipelines/<name>/pipeline.yaml.',
  }),

  // YAML.
  syntax: syntaxMessage,
  emptyFile: (): Finding => ({
    code: 'empty-file',
    message: 'The file is empty.',
    remedy: 'A pipeline names at least one model: models: { demo: { source: ./models/demo } }',
  }),
  duplicateKey: (key: string, line: () => number): Finding => ({
    code: 'duplicate-key',
    get message() {
      return `The key ${show(key)} stands here a second time; the first is in line ${line()}.`;
    },
    remedy: 'Remove one of them or rename it.',
  }),
  badAlias: (name: string, circular: boolean, anchors: readonly string[]): Finding => ({
    code: 'bad-alias',
    message: circular
      ? `The alias *${name} contains itself.`
      : `There is no anchor &${name} before this alias.`,
    remedy: circular ? 'Write the value out.' : legalNames(name, anchors, 'anchors'),
  }),
  tooManyValues: (most: number): Finding => ({
    code: 'too-many-values',
    message: `With its aliases followed, the file has more than ${most} values.`,
    remedy: 'Write series as a pattern with from, to and every, and use fewer aliases.',
  }),
  tooDeep: (most: number): Finding => ({
    code: 'too-deep',
    message: `Lists and mappings are more than ${most} deep here.`,
    remedy: 'A pipeline needs no more than 7: look for a bracket that is not closed.',
  }),

  // The schema.
  unknownKey: (path: Path, key: string, legal: readonly string[], home: string | null): Finding => ({
    code: 'unknown-key',
    message: `${show(key)} is no key of ${path.length === 0 ? 'a pipeline' : showPath(path)}.`,
    get remedy() {
      return unknownKeyRemedy(key, legal, home);
    },
  }),
  missingKey: (path: Path, key: string, example: string | null): Finding => ({
    code: 'missing-key',
    message: `${path.length === 0 ? 'The pipeline' : showPath(path)} lacks the key ${show(key)}.`,
    remedy: example === null ? 'Add it.' : `Add it, for example: ${example}`,
  }),
  wrongType: (path: Path, wanted: string, value: unknown, remedy: string | null): Finding => ({
    code: 'wrong-type',
    message: `${path.length === 0 ? 'The file' : showPath(path)} must be ${wanted}, but is ${describe(value)}.`,
    ...(remedy === null ? {} : { remedy }),
  }),
  /** @param wanted what is legal there in words, texts out of `legal` among it */
  notAllowed: (path: Path, value: unknown, legal: readonly unknown[], wanted: string): Finding => ({
    code: 'bad-value',
    message: `${showPath(path)} cannot be ${show(value)}.`,
    remedy: `${didYouMean(value, legal)}It must be ${wanted}.`,
  }),
  outOfRange: (path: Path, value: unknown, bound: 'least' | 'most', limit: number): Finding => ({
    code: 'out-of-range',
    message: `${showPath(path)} is ${show(value)}; it must be at ${bound} ${limit}.`,
  }),
  emptyValue: (path: Path, what: 'text' | 'list' | 'mapping', example: string | null): Finding => ({
    code: 'empty-value',
    message: `${showPath(path)} is an empty ${what}.`,
    remedy: example === null ? 'Fill it or remove it.' : `Fill it, for example: ${example}`,
  }),
  badPattern: (path: Path, value: unknown, rule: string): Finding => ({
    code: 'bad-name',
    message: `${showPath(path)}: ${show(value)} is no legal name.`,
    remedy: rule,
  }),
  tooManyEntries: (path: Path, most: number): Finding => ({
    code: 'too-long',
    message: `${showPath(path)} has more than ${most} entries.`,
  }),
  tooLong: (path: Path, most: number): Finding => ({
    code: 'too-long',
    message: `${showPath(path)} has more than ${most} characters.`,
  }),

  // Models and checkpoints.
  reservedModelName: (name: string): Finding => ({
    code: 'reserved-name',
    message: `A model cannot be called ${show(name)}: a file or folder of that name has another use.`,
    remedy: 'Choose another name.',
  }),
  sameFolder: (what: string, name: string, other: string): Finding => ({
    code: 'same-folder',
    message: `The ${what} ${show(name)} and ${show(other)} differ only in upper and lower case, and so share a folder on some systems.`,
    remedy: 'Rename one of them.',
  }),
  noSource: (model: string): Finding => ({
    code: 'missing-source',
    message: `The model ${show(model)} does not say where its weights are.`,
    remedy: 'Add source: a folder (./models/demo or /models/demo) or a hub repository (hf:owner/name).',
  }),
  badSource: (value: string): Finding => ({
    code: 'bad-source',
    message: `${show(value)} is neither a path nor a hub repository.`,
    remedy: sourceRemedy(value),
  }),
  badRepository: (value: string): Finding => ({
    code: 'bad-repository',
    message: `${show(value)} is no name of a hub repository.`,
    remedy:
      "Write hf:owner/name; both have letters, digits, '.', '_' and '-', and no revision stands behind.",
  }),
  homePath: (value: string): Finding => ({
    code: 'bad-path',
    message: `The '~' in ${show(value)} is not replaced by your home folder.`,
    remedy: 'Write the whole path, or one that begins with ./ for the workspace.',
  }),
  badPath: (value: string): Finding => ({
    code: 'bad-path',
    message: `${show(value)} is no path of a folder.`,
    remedy: 'Begin it with ./ for the workspace or with / for the disk.',
  }),
  badSubfolder: (value: string): Finding => ({
    code: 'bad-subfolder',
    message: `${show(value)} is no folder inside the source.`,
    remedy:
      "Write it without a leading '/' or './' and without '..'; for a folder elsewhere use the key 'folder'.",
  }),
  badRevision: (value: string): Finding => ({
    code: 'bad-revision',
    message: `${show(value)} is no branch, tag or commit.`,
    remedy:
      "By git's rules it has no space and none of '..', '//', '@{', '~', '^', ':', '?', '*', '[' and '\\'; no '-' or '/' at the beginning, no '.' or '/' at the end; no part that begins with '.' or ends with '.lock'.",
  }),
  revisionOfFolder: (): Finding => ({
    code: 'revision-of-folder',
    message: 'The source is a local folder, which has no revisions.',
    remedy: "Use 'subfolder' for folders inside the source.",
  }),
  folderOfHub: (): Finding => ({
    code: 'folder-of-hub',
    message: "A 'folder' is local, but the source is a hub repository.",
    remedy: "Use 'subfolder' or 'revision', or make the source a folder.",
  }),
  needsSource: (kind: string): Finding => ({
    code: 'missing-source',
    message: `Checkpoints by ${show(kind)} need the model's source.`,
    remedy: "Add source, or use 'folder' with whole paths.",
  }),
  locations: (path: Path, found: readonly string[]): Finding => ({
    code: 'one-location',
    message:
      found.length === 0
        ? `${showPath(path)} does not say where the checkpoints are.`
        : `${showPath(path)} has ${found.map((each) => show(each)).join(' and ')}; a checkpoint is in one place.`,
    remedy: `Give exactly one of ${oneOf(['subfolder', 'revision', 'folder'])}.`,
  }),
  ambiguousName: (name: string): Finding => ({
    code: 'ambiguous-checkpoint',
    message: `In a hub repository, ${show(name)} may be a subfolder or a revision.`,
    remedy: `Write { subfolder: ${name} } or { revision: ${name} }.`,
  }),
  seriesNotLocked: (path: Path): Finding => ({
    code: SERIES_NOT_LOCKED,
    message: `${showPath(path)} names no steps, and nobody has looked yet which there are.`,
    remedy: 'Look, and pin them: npx evalgraph lock. Or write steps: [1000, 2000], or from, to and every.',
  }),
  steps: (path: Path, found: readonly string[], missing: readonly string[]): Finding => ({
    code: 'steps-or-range',
    message:
      found.length === 0
        ? `${showPath(path)} does not say which steps there are.`
        : missing.length > 0
          ? `${showPath(path)} has ${found.map((each) => show(each)).join(' and ')}, but not ${oneOf(missing)}.`
          : `${showPath(path)} has 'steps' as well as ${found.map((each) => show(each)).join(' and ')}.`,
    remedy: 'Give either steps: [1000, 2000] or all of from, to and every.',
  }),
  emptyRange: (from: number, to: number): Finding => ({
    code: 'empty-range',
    message: `The range ends at ${to}, before its first step ${from}.`,
    remedy: "'to' must be at least 'from'.",
  }),
  tooManyCheckpoints: (model: string, count: number, before: number, most: number): Finding => ({
    code: 'too-many-checkpoints',
    message: `The model ${show(model)} has ${count} checkpoints${before === 0 ? '' : `, after ${before} of other models`}; a pipeline may have ${most}.`,
    remedy: "Make 'every' larger, or divide the series among several pipelines.",
  }),
  pattern: (text: string, placeholder: string): Finding => ({
    code: 'bad-pattern',
    message: `${show(placeholder)} in ${show(text)} is no placeholder.`,
    remedy: `The placeholders are {step} and, filled with zeros to seven digits, {step:07}.`,
  }),
  patternInList: (text: string, kind: string): Finding => ({
    code: 'pattern-in-list',
    message: `${show(text)} is a pattern, and a list names its checkpoints one by one.`,
    remedy: `Write checkpoints: { ${kind}: ${JSON.stringify(text)} }, with steps: [1000, 2000] where not all are wanted.`,
  }),
  noPlaceholder: (text: string): Finding => ({
    code: 'no-placeholder',
    message: `${show(text)} has no {step} in it, so every checkpoint would be the same.`,
    remedy:
      'Write {step} or {step:07} where the number of the step belongs, or list the checkpoints by name.',
  }),
  repeatedStep: (step: number): Finding => ({
    code: 'duplicate-step',
    message: `The step ${step} stands in the list twice.`,
    remedy: 'Remove one.',
  }),
  repeatedCheckpoint: (name: string): Finding => ({
    code: 'duplicate-checkpoint',
    message: `Two checkpoints of this model are called ${show(name)}.`,
    remedy: "Remove one, or give it another 'name'.",
  }),
  reservedCheckpoint: (name: string): Finding => ({
    code: 'reserved-name',
    message: `A checkpoint cannot be called ${show(name)}: the word stands for a place in the series.`,
    remedy: "Give it another 'name'.",
  }),
  noEvaluation: (model: string): Finding => ({
    code: 'unused-model',
    message: `The model ${show(model)} has 'evaluate: false', and no comparison uses it.`,
    remedy: "Remove the model or its 'evaluate'.",
  }),
  tasksButNoEvaluation: (model: string): Finding => ({
    code: 'tasks-not-evaluated',
    message: `The model ${show(model)} has tasks, but 'evaluate: false'.`,
    remedy: "Remove one of the two keys; a comparison's tasks stand in the comparison.",
  }),

  // Selections and references.
  selectsUnknown: (item: string | number, series: readonly Checkpoint[]): Finding => ({
    code: 'unknown-checkpoint',
    message: `${show(item)} is no checkpoint of this series.`,
    get remedy() {
      return legalCheckpoints(item, series);
    },
  }),
  quickUnknown: (item: string | number, legal: readonly string[]): Finding => ({
    code: 'unknown-checkpoint',
    message: `${show(item)} is a checkpoint of no model in this pipeline.`,
    get remedy() {
      return `${didYouMean(item, [...placeWords, ...legal])}Name steps or checkpoints of the series, or 'first', 'middle' and 'last'.`;
    },
  }),
  quickEmpty: (model: string): Finding => ({
    code: 'empty-selection',
    message: `A quick run would take no checkpoint of the model ${show(model)}.`,
    remedy: "Add one of its steps, or 'first', 'middle' or 'last'.",
  }),
  unknownModel: (name: string, models: ReadonlyMap<string, unknown>): Finding => ({
    code: 'unknown-model',
    message: `There is no model ${show(name)} in this pipeline.`,
    get remedy() {
      return legalNames(name, [...models.keys()], 'models');
    },
  }),
  unknownCheckpoint: (model: string, name: string, series: readonly Checkpoint[]): Finding => ({
    code: 'unknown-checkpoint',
    message: `The model ${show(model)} has no checkpoint ${show(name)}.`,
    get remedy() {
      return legalCheckpoints(name, series);
    },
  }),
  seriesNeedsCheckpoint: (model: string, count: number): Finding => ({
    code: 'which-checkpoint',
    message: `The model ${show(model)} has ${count} checkpoints, and this does not say which.`,
    remedy: `Write ${model}@last, ${model}@first, ${model}@middle, or a name or a step after the '@'.`,
  }),
  samePair: (reference: string): Finding => ({
    code: 'same-pair',
    message: `'dense' and 'pruned' are the same checkpoint, ${reference}.`,
    remedy: 'Name two different checkpoints.',
  }),
  repeatedPruned: (reference: string, line: () => number): Finding => ({
    code: 'same-pair',
    get message() {
      return `${show(reference)} is among the pruned models already, in line ${line()}.`;
    },
    remedy: 'Remove one.',
  }),
  sameSeries: (model: string): Finding => ({
    code: 'same-pair',
    message: `'dense' and 'pruned' are the same series, ${model}.`,
    remedy: `Name two different series, or two checkpoints of it: dense: ${model}@first, pruned: ${model}@last`,
  }),
  seriesWithoutStep: (model: string, checkpoint: string): Finding => ({
    code: 'unknown-step',
    message: `Two series are compared by step, and of ${show(checkpoint)} of the model ${show(model)} the step is not known.`,
    remedy: `Give its checkpoints a step each, { subfolder: ${checkpoint}, step: 1000 }, or name one of them, such as ${model}@last.`,
  }),
  noCommonSteps: (dense: NamedSteps, pruned: NamedSteps): Finding => ({
    code: 'no-common-steps',
    message: `The series ${show(dense.name)} and ${show(pruned.name)} have no step in common: ${someOf(dense.steps)} against ${someOf(pruned.steps)}.`,
    remedy: `Name series that share steps, or one checkpoint of each, such as ${dense.name}@last and ${pruned.name}@last.`,
  }),
  notByStep: (key: 'reconcile' | 'divergence', last: ComparedReferences | undefined): Finding => ({
    code: 'not-by-step',
    message: `${show(key)} is measured of one pair, and this comparison has a pair for each step.`,
    remedy: `Remove it here, and add a comparison of one pair${last === undefined ? '' : `: dense: ${last.dense.model}@${last.dense.checkpoint}, pruned: ${last.pruned.model}@${last.pruned.checkpoint}, ${key}: true`}`,
  }),

  // Tasks and perplexities.
  noTasks: (): Finding => ({
    code: 'no-tasks',
    message: 'Nothing is evaluated: there are no tasks.',
    remedy: 'List some, for example: tasks: [mmlu, hellaswag]',
  }),
  modelWithoutTasks: (model: string): Finding => ({
    code: 'no-tasks',
    message: `The model ${show(model)} has no tasks, and no comparison uses it.`,
    remedy: "Give the pipeline or the model 'tasks', or use the model in a comparison.",
  }),
  nothingCompared: (name: string): Finding => ({
    code: 'no-tasks',
    message: `The comparison ${show(name)} has neither tasks nor a perplexity, and the pipeline has no tasks.`,
    remedy: "Give it 'tasks' or 'perplexity'.",
  }),
  repeatedTask: (alias: string): Finding => ({
    code: 'duplicate-task',
    message: `The task ${show(alias)} stands in this list twice.`,
    remedy: "Remove one; with different settings, give one of them an 'alias'.",
  }),
  severalUses: (task: string, names: readonly string[]): Finding => ({
    code: 'several-uses',
    message: `${show(task)} stands under 'tasks' ${names.length} times, with other settings each.`,
    remedy: `Write one of its names: ${names.join(', ')}.`,
  }),
  badLimit: (limit: number): Finding => ({
    code: 'bad-limit',
    message: `A limit of ${limit} is neither a number of documents nor a share of them.`,
    remedy: 'Write a whole number from 1, or a share above 0 and below 1 (0.1: a tenth, rounded up).',
  }),
  samplesAndLimit: (): Finding => ({
    code: 'samples-and-limit',
    message: "'samples' and 'limit' both say which documents are asked.",
    remedy: 'Remove one of them.',
  }),
  repeatedSample: (id: number): Finding => ({
    code: 'repeated-sample',
    message: `The document ${id} stands in 'samples' twice.`,
    remedy: 'Remove one: each document is asked once.',
  }),
  conflictingTask: (alias: string, line: () => number): Finding => ({
    code: 'conflicting-task',
    get message() {
      return `${show(alias)} is used with other settings in line ${line()}, and both would be written to the same place.`;
    },
    remedy: "Make them agree, or give one of them an 'alias'.",
  }),
  badDate: (value: string): Finding => ({
    code: 'bad-date',
    message: `${show(value)} is no date.`,
    remedy: 'Write a year, a month and a day, for example chat_date: 2025-03-07',
  }),
  needsChatTemplate: (key: string): Finding => ({
    code: 'unused-key',
    message: `${show(key)} says how a chat template is applied, and this task applies none.`,
    remedy: 'Add apply_chat_template: true, or remove the key.',
  }),
  conflictingPerplexity: (name: string, line: () => number): Finding => ({
    code: 'conflicting-perplexity',
    get message() {
      return `The perplexity ${show(name)} is used with other settings in line ${line()}, and both would be written to the same place.`;
    },
    remedy: "Give one of them a 'name'.",
  }),
  perplexityIsTask: (name: string): Finding => ({
    code: 'conflicting-perplexity',
    message: `The perplexity ${show(name)} has the name of a task in this pipeline.`,
    remedy: "Give it another 'name'.",
  }),
  repeatedPerplexity: (name: string): Finding => ({
    code: 'duplicate-perplexity',
    message: `The perplexity ${show(name)} stands in this list twice.`,
    remedy: 'Remove one.',
  }),
  badCorpus: (value: string): Finding => ({
    code: 'bad-corpus',
    message: `${show(value)} is neither the name of a data set nor a path.`,
    remedy:
      'Write a name below datasets/, such as wikitext-2-raw-v1, begin a path with ./ or /, or name a data set of the hub: hf:Salesforce/wikitext/wikitext-2-raw-v1',
  }),
  unusedCorpusKey: (key: string): Finding => ({
    code: 'unused-key',
    message: `${show(key)} belongs to a perplexity or a divergence, and none that reads it is measured here.`,
    remedy: 'Add perplexity: [wanda], or remove the key.',
  }),
  unusedStride: (protocol: string): Finding => ({
    code: 'unused-key',
    message: `'stride' is no option of the protocol ${show(protocol)}.`,
    remedy: 'Use protocol: hf-strided, or remove the key.',
  }),
  wideStride: (stride: number, seqlen: number): Finding => ({
    code: 'bad-stride',
    message: `A stride of ${stride} would skip tokens: the windows have ${seqlen}.`,
    remedy: `Write at most ${seqlen}.`,
  }),

  // Figures of others.
  referenceIsModel: (model: string): Finding => ({
    code: 'reference-is-model',
    message: `${show(model)} is a model of this pipeline: a figure of others under its name would be taken for its own.`,
    remedy: 'Name the figure otherwise, such as by its paper.',
  }),
  repeatedReference: (model: string, task: string, line: () => number): Finding => ({
    code: 'repeated-reference',
    get message() {
      return `${show(model)} has a figure for ${show(task)} already, in line ${line()}.`;
    },
    remedy: 'Keep one, or name the metrics of both.',
  }),

  ...makingMessages,

  // The engine.
  engineKey: (key: string, use: string, legal: readonly string[]): Finding => ({
    code: 'unused-key',
    message: `${show(key)} is no key of the engine ${show(use)}.`,
    remedy: `The keys of ${show(use)} are ${oneOf(['use', ...legal]).replace(/ or (?=[^ ]+$)/, ' and ')}.`,
  }),
  badUrl: (value: string): Finding => ({
    code: 'bad-url',
    message: `${show(value)} is no address of a completions server.`,
    remedy: 'Write it with http:// or https:// and up to /v1, for example: url: http://localhost:8000/v1',
  }),
  reservedArgument: (name: string): Finding => ({
    code: 'reserved-argument',
    message: `The model argument ${show(name)} is set by evalgraph.`,
    remedy:
      name === 'dtype'
        ? "Use the engine's own key 'dtype'."
        : "The checkpoint's folder is passed; remove it.",
  }),
  argumentText: (name: string, value: string): Finding => ({
    code: 'bad-argument',
    message: `The model argument ${show(name)} is ${show(value)}; lm-eval parts its arguments at commas and '='.`,
    remedy: 'Write a name of letters, digits and underscores, and a value without a comma.',
  }),
  gpusWithSlurm: (): Finding => ({
    code: 'gpus-with-slurm',
    message: "'gpus' are those of this machine; a job's are asked of Slurm.",
    remedy: 'Write them as gpus of launcher: { slurm: { gpus: 1 } }, and remove this key.',
  }),
  gpusWithDevice: (device: string): Finding => ({
    code: 'gpus-with-device',
    message: `With 'gpus' each checkpoint sees its own GPUs only, as cuda:0 and so on; ${show(device)} is none of them.`,
    remedy: "Remove 'device'.",
  }),
  onlyWithGpus: (key: string): Finding => ({
    code: 'unused-key',
    message: `${show(key)} says nothing without 'gpus'.`,
    remedy: 'Add gpus: all, or remove the key.',
  }),
  fewerGpus: (count: number, perCheckpoint: number): Finding => ({
    code: 'fewer-gpus',
    message: `A checkpoint is to get ${perCheckpoint} GPUs, and 'gpus' names ${count}.`,
    remedy: `Write at most ${count}, or name more GPUs.`,
  }),
  noOption: (option: string): Finding => ({
    code: 'bad-option',
    message: `${show(option)} is no option of sbatch.`,
    remedy: "Write each option by itself, with its value: extra: ['--mem=64G', '--account=team']",
  }),
  ownOption: (option: string): Finding => ({
    code: 'own-option',
    message: `The option ${show(option)} is set by evalgraph: by it a job is found again, or its output read.`,
    remedy: 'Remove it.',
  }),
};
