/** The problems of pipeline files and of workspaces. One file, however long: so its sentences are read side by side. */
import { defineMessages } from '@evalgraph/formats';
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
import type { Path } from './problems.ts';
import { placeWords } from './selection.ts';
import { show, showPath } from './show.ts';

/** A series, as far as it is compared by step. */
export interface NamedSteps {
  readonly name: string;
  readonly steps: readonly number[];
}

/**
 * Where a text needs a search through a large file it is a getter: of thousands of problems few are printed.
 */
export const messages = defineMessages({
  yamlSyntax: (message: string, remedy: string) => ({ message, remedy }),
  noWorkspace: (start: string) => ({
    message: `No nx.json was found in ${start} or in any folder above it.`,
    remedy: 'Run evalgraph inside its workspace: the folder with nx.json, pipelines/ and packages/.',
  }),
  // The file.
  unreadableFile: (file: string, reason: string) => ({
    message: `${file} cannot be read (${reason}).`,
    remedy:
      reason === 'ENOENT' ? 'There is no such file: check its name.' : 'Check the file and its permissions.',
  }),
  fileTooLarge: (file: string, bytes: number, most: number) => ({
    message: `${file} has ${bytes} bytes; a pipeline file may have ${most}.`,
    remedy: 'Write series as a pattern with from, to and every; split the rest into several pipelines.',
  }),
  tooManyTokens: (file: string, most: number) => ({
    message: `${file} has more than ${most} words and signs; that is the most a pipeline file may have.`,
    remedy: 'Write series as a pattern with from, to and every; split the rest into several pipelines.',
  }),
  notUtf8: (file: string) => ({
    message: `${file} is not UTF-8 text.`,
    remedy: 'Save it as UTF-8.',
  }),
  badPipelineName: (name: string) => ({
    message: `The folder ${show(name)} is no legal name of a pipeline.`,
    remedy: "Rename it: lower-case letters, digits and '-', beginning with a letter or a digit.",
  }),
  outsideWorkspace: (file: string, root: string) => ({
    message: `${file} does not lie in the workspace ${root}.`,
    remedy: 'Put it into pipelines/<name>/pipeline.yaml.',
  }),

  // YAML.
  emptyFile: () => ({
    message: 'The file is empty.',
    remedy: 'A pipeline names at least one model: models: { demo: { source: ./models/demo } }',
  }),
  duplicateKey: (key: string, line: () => number) => ({
    get message() {
      return `The key ${show(key)} stands here a second time; the first is in line ${line()}.`;
    },
    remedy: 'Remove one of them or rename it.',
  }),
  badAlias: (name: string, circular: boolean, anchors: readonly string[]) => ({
    message: circular
      ? `The alias *${name} contains itself.`
      : `There is no anchor &${name} before this alias.`,
    remedy: circular ? 'Write the value out.' : legalNames(name, anchors, 'anchors'),
  }),
  tooManyValues: (most: number) => ({
    message: `With its aliases followed, the file has more than ${most} values.`,
    remedy: 'Write series as a pattern with from, to and every, and use fewer aliases.',
  }),
  tooDeep: (most: number) => ({
    message: `Lists and mappings are more than ${most} deep here.`,
    remedy: 'A pipeline needs no more than 7: look for a bracket that is not closed.',
  }),

  // The schema.
  unknownKey: (path: Path, key: string, legal: readonly string[], home: string | null) => ({
    message: `${show(key)} is no key of ${path.length === 0 ? 'a pipeline' : showPath(path)}.`,
    get remedy() {
      return unknownKeyRemedy(key, legal, home);
    },
  }),
  missingKey: (path: Path, key: string, example: string | null) => ({
    message: `${path.length === 0 ? 'The pipeline' : showPath(path)} lacks the key ${show(key)}.`,
    remedy: example === null ? 'Add it.' : `Add it, for example: ${example}`,
  }),
  wrongType: (path: Path, wanted: string, value: unknown, remedy: string | null) => ({
    message: `${path.length === 0 ? 'The file' : showPath(path)} must be ${wanted}, but is ${describe(value)}.`,
    ...(remedy === null ? {} : { remedy }),
  }),
  /** @param wanted what is legal there in words, texts out of `legal` among it */
  badValue: (path: Path, value: unknown, legal: readonly unknown[], wanted: string) => ({
    message: `${showPath(path)} cannot be ${show(value)}.`,
    remedy: `${didYouMean(value, legal)}It must be ${wanted}.`,
  }),
  outOfRange: (path: Path, value: unknown, bound: 'least' | 'most', limit: number) => ({
    message: `${showPath(path)} is ${show(value)}; it must be at ${bound} ${limit}.`,
  }),
  emptyValue: (path: Path, what: 'text' | 'list' | 'mapping', example: string | null) => ({
    message: `${showPath(path)} is an empty ${what}.`,
    remedy: example === null ? 'Fill it or remove it.' : `Fill it, for example: ${example}`,
  }),
  badName: (path: Path, value: unknown, rule: string) => ({
    message: `${showPath(path)}: ${show(value)} is no legal name.`,
    remedy: rule,
  }),
  tooLong: {
    entries: (path: Path, most: number) => ({
      message: `${showPath(path)} has more than ${most} entries.`,
    }),
    tokens: (path: Path, most: number) => ({
      message: `${showPath(path)} has more than ${most} characters.`,
    }),
  },

  // Models and checkpoints.
  reservedName: {
    model: (name: string) => ({
      message: `A model cannot be called ${show(name)}: a file or folder of that name has another use.`,
      remedy: 'Choose another name.',
    }),
    checkpoint: (name: string) => ({
      message: `A checkpoint cannot be called ${show(name)}: the word stands for a place in the series.`,
      remedy: "Give it another 'name'.",
    }),
    samples: (name: string) => ({
      message: `The texts of a checkpoint lie where the task ${show(name)} would.`,
      remedy: "Give the task an 'alias'.",
    }),
  },
  sameFolder: (what: string, name: string, other: string) => ({
    message: `The ${what} ${show(name)} and ${show(other)} differ only in upper and lower case, and so share a folder on some systems.`,
    remedy: 'Rename one of them.',
  }),
  missingSource: {
    model: (model: string) => ({
      message: `The model ${show(model)} does not say where its weights are.`,
      remedy: 'Add source: a folder (./models/demo or /models/demo) or a hub repository (hf:owner/name).',
    }),
    key: (kind: string) => ({
      message: `Checkpoints by ${show(kind)} need the model's source.`,
      remedy: "Add source, or use 'folder' with whole paths.",
    }),
  },
  badSource: {
    place: (value: string) => ({
      message: `${show(value)} is neither a path nor a hub repository.`,
      remedy: sourceRemedy(value),
    }),
    hubKind: (path: string) => ({
      message: `A data set of the hub has rows; ${show(path)} is to be read as files.`,
      remedy: 'Write kind: parquet, or kind: jsonl.',
    }),
  },
  badRepository: (value: string) => ({
    message: `${show(value)} is no name of a hub repository.`,
    remedy:
      "Write hf:owner/name; both have letters, digits, '.', '_' and '-', and no revision stands behind.",
  }),
  badPath: {
    home: (value: string) => ({
      message: `The '~' in ${show(value)} is not replaced by your home folder.`,
      remedy: 'Write the whole path, or one that begins with ./ for the workspace.',
    }),
    path: (value: string) => ({
      message: `${show(value)} is no path of a folder.`,
      remedy: 'Begin it with ./ for the workspace or with / for the disk.',
    }),
  },
  badSubfolder: (value: string) => ({
    message: `${show(value)} is no folder inside the source.`,
    remedy:
      "Write it without a leading '/' or './' and without '..'; for a folder elsewhere use the key 'folder'.",
  }),
  badRevision: (value: string) => ({
    message: `${show(value)} is no branch, tag or commit.`,
    remedy:
      "By git's rules it has no space and none of '..', '//', '@{', '~', '^', ':', '?', '*', '[' and '\\'; no '-' or '/' at the beginning, no '.' or '/' at the end; no part that begins with '.' or ends with '.lock'.",
  }),
  revisionOfFolder: () => ({
    message: 'The source is a local folder, which has no revisions.',
    remedy: "Use 'subfolder' for folders inside the source.",
  }),
  folderOfHub: () => ({
    message: "A 'folder' is local, but the source is a hub repository.",
    remedy: "Use 'subfolder' or 'revision', or make the source a folder.",
  }),
  oneLocation: (path: Path, found: readonly string[]) => ({
    message:
      found.length === 0
        ? `${showPath(path)} does not say where the checkpoints are.`
        : `${showPath(path)} has ${found.map((each) => show(each)).join(' and ')}; a checkpoint is in one place.`,
    remedy: `Give exactly one of ${oneOf(['subfolder', 'revision', 'folder'])}.`,
  }),
  ambiguousCheckpoint: (name: string) => ({
    message: `In a hub repository, ${show(name)} may be a subfolder or a revision.`,
    remedy: `Write { subfolder: ${name} } or { revision: ${name} }.`,
  }),
  seriesNotLocked: (path: Path) => ({
    message: `${showPath(path)} names no steps, and nobody has looked yet which there are.`,
    remedy: 'Look, and pin them: npx evalgraph lock. Or write steps: [1000, 2000], or from, to and every.',
  }),
  stepsOrRange: (path: Path, found: readonly string[], missing: readonly string[]) => ({
    message:
      found.length === 0
        ? `${showPath(path)} does not say which steps there are.`
        : missing.length > 0
          ? `${showPath(path)} has ${found.map((each) => show(each)).join(' and ')}, but not ${oneOf(missing)}.`
          : `${showPath(path)} has 'steps' as well as ${found.map((each) => show(each)).join(' and ')}.`,
    remedy: 'Give either steps: [1000, 2000] or all of from, to and every.',
  }),
  emptyRange: (from: number, to: number) => ({
    message: `The range ends at ${to}, before its first step ${from}.`,
    remedy: "'to' must be at least 'from'.",
  }),
  tooManyCheckpoints: (model: string, count: number, before: number, most: number) => ({
    message: `The model ${show(model)} has ${count} checkpoints${before === 0 ? '' : `, after ${before} of other models`}; a pipeline may have ${most}.`,
    remedy: "Make 'every' larger, or divide the series among several pipelines.",
  }),
  badPattern: (text: string, placeholder: string) => ({
    message: `${show(placeholder)} in ${show(text)} is no placeholder.`,
    remedy: `The placeholders are {step} and, filled with zeros to seven digits, {step:07}.`,
  }),
  patternInList: (text: string, kind: string) => ({
    message: `${show(text)} is a pattern, and a list names its checkpoints one by one.`,
    remedy: `Write checkpoints: { ${kind}: ${JSON.stringify(text)} }, with steps: [1000, 2000] where not all are wanted.`,
  }),
  noPlaceholder: (text: string) => ({
    message: `${show(text)} has no {step} in it, so every checkpoint would be the same.`,
    remedy:
      'Write {step} or {step:07} where the number of the step belongs, or list the checkpoints by name.',
  }),
  duplicateStep: (step: number) => ({
    message: `The step ${step} stands in the list twice.`,
    remedy: 'Remove one.',
  }),
  duplicateCheckpoint: (name: string) => ({
    message: `Two checkpoints of this model are called ${show(name)}.`,
    remedy: "Remove one, or give it another 'name'.",
  }),
  unusedModel: (model: string) => ({
    message: `The model ${show(model)} has 'evaluate: false', and no comparison uses it.`,
    remedy: "Remove the model or its 'evaluate'.",
  }),
  tasksNotEvaluated: (model: string) => ({
    message: `The model ${show(model)} has tasks, but 'evaluate: false'.`,
    remedy: "Remove one of the two keys; a comparison's tasks stand in the comparison.",
  }),

  // Selections and references.
  unknownCheckpoint: {
    selected: (item: string | number, series: readonly Checkpoint[]) => ({
      message: `${show(item)} is no checkpoint of this series.`,
      get remedy() {
        return legalCheckpoints(item, series);
      },
    }),
    quick: (item: string | number, legal: readonly string[]) => ({
      message: `${show(item)} is a checkpoint of no model in this pipeline.`,
      get remedy() {
        return `${didYouMean(item, [...placeWords, ...legal])}Name steps or checkpoints of the series, or 'first', 'middle' and 'last'.`;
      },
    }),
    ofModel: (model: string, name: string, series: readonly Checkpoint[]) => ({
      message: `The model ${show(model)} has no checkpoint ${show(name)}.`,
      get remedy() {
        return legalCheckpoints(name, series);
      },
    }),
  },
  emptySelection: (model: string) => ({
    message: `A quick run would take no checkpoint of the model ${show(model)}.`,
    remedy: "Add one of its steps, or 'first', 'middle' or 'last'.",
  }),
  unknownModel: (name: string, models: ReadonlyMap<string, unknown>) => ({
    message: `There is no model ${show(name)} in this pipeline.`,
    get remedy() {
      return legalNames(name, [...models.keys()], 'models');
    },
  }),
  whichCheckpoint: (model: string, count: number) => ({
    message: `The model ${show(model)} has ${count} checkpoints, and this does not say which.`,
    remedy: `Write ${model}@last, ${model}@first, ${model}@middle, or a name or a step after the '@'.`,
  }),
  samePair: {
    checkpoints: (reference: string) => ({
      message: `'dense' and 'pruned' are the same checkpoint, ${reference}.`,
      remedy: 'Name two different checkpoints.',
    }),
    repeated: (reference: string, line: () => number) => ({
      get message() {
        return `${show(reference)} is among the pruned models already, in line ${line()}.`;
      },
      remedy: 'Remove one.',
    }),
    series: (model: string) => ({
      message: `'dense' and 'pruned' are the same series, ${model}.`,
      remedy: `Name two different series, or two checkpoints of it: dense: ${model}@first, pruned: ${model}@last`,
    }),
  },
  unknownStep: (model: string, checkpoint: string) => ({
    message: `Two series are compared by step, and of ${show(checkpoint)} of the model ${show(model)} the step is not known.`,
    remedy: `Give its checkpoints a step each, { subfolder: ${checkpoint}, step: 1000 }, or name one of them, such as ${model}@last.`,
  }),
  noCommonSteps: (dense: NamedSteps, pruned: NamedSteps) => ({
    message: `The series ${show(dense.name)} and ${show(pruned.name)} have no step in common: ${someOf(dense.steps)} against ${someOf(pruned.steps)}.`,
    remedy: `Name series that share steps, or one checkpoint of each, such as ${dense.name}@last and ${pruned.name}@last.`,
  }),
  notByStep: (key: 'reconcile' | 'divergence', last: ComparedReferences | undefined) => ({
    message: `${show(key)} is measured of one pair, and this comparison has a pair for each step.`,
    remedy: `Remove it here, and add a comparison of one pair${last === undefined ? '' : `: dense: ${last.dense.model}@${last.dense.checkpoint}, pruned: ${last.pruned.model}@${last.pruned.checkpoint}, ${key}: true`}`,
  }),

  // Tasks and perplexities.
  noTasks: {
    pipeline: () => ({
      message: 'Nothing is evaluated: there are no tasks.',
      remedy: 'List some, for example: tasks: [mmlu, hellaswag]',
    }),
    model: (model: string) => ({
      message: `The model ${show(model)} has no tasks, and no comparison uses it.`,
      remedy: "Give the pipeline or the model 'tasks', or use the model in a comparison.",
    }),
    comparison: (name: string) => ({
      message: `The comparison ${show(name)} has neither tasks nor a perplexity, and the pipeline has no tasks.`,
      remedy: "Give it 'tasks' or 'perplexity'.",
    }),
  },
  duplicateTask: (alias: string) => ({
    message: `The task ${show(alias)} stands in this list twice.`,
    remedy: "Remove one; with different settings, give one of them an 'alias'.",
  }),
  severalUses: (task: string, names: readonly string[]) => ({
    message: `${show(task)} stands under 'tasks' ${names.length} times, with other settings each.`,
    remedy: `Write one of its names: ${names.join(', ')}.`,
  }),
  badLimit: (limit: number) => ({
    message: `A limit of ${limit} is neither a number of documents nor a share of them.`,
    remedy: 'Write a whole number from 1, or a share above 0 and below 1 (0.1: a tenth, rounded up).',
  }),
  samplesAndLimit: () => ({
    message: "'samples' and 'limit' both say which documents are asked.",
    remedy: 'Remove one of them.',
  }),
  repeatedSample: (id: number) => ({
    message: `The document ${id} stands in 'samples' twice.`,
    remedy: 'Remove one: each document is asked once.',
  }),
  conflictingTask: (alias: string, line: () => number) => ({
    get message() {
      return `${show(alias)} is used with other settings in line ${line()}, and both would be written to the same place.`;
    },
    remedy: "Make them agree, or give one of them an 'alias'.",
  }),
  badDate: (value: string) => ({
    message: `${show(value)} is no date.`,
    remedy: 'Write a year, a month and a day, for example chat_date: 2025-03-07',
  }),
  unusedKey: {
    chatTemplate: (key: string) => ({
      message: `${show(key)} says how a chat template is applied, and this task applies none.`,
      remedy: 'Add apply_chat_template: true, or remove the key.',
    }),
    corpus: (key: string) => ({
      message: `${show(key)} belongs to a perplexity or a divergence, and none that reads it is measured here.`,
      remedy: 'Add perplexity: [wanda], or remove the key.',
    }),
    stride: (protocol: string) => ({
      message: `'stride' is no option of the protocol ${show(protocol)}.`,
      remedy: 'Use protocol: hf-strided, or remove the key.',
    }),

    // What the pipeline makes.
    ofStep: (key: string, step: string, legal: readonly string[]) => ({
      message: `${show(key)} is no key of the step ${show(step)}.`,
      remedy: `${didYouMean(key, legal)}The keys of ${show(step)} are ${oneOf(['step', ...legal]).replace(/ or (?=[^ ]+$)/, ' and ')}.`,
    }),
    ofSource: (key: string, kinds: readonly string[]) => ({
      message: `${show(key)} says nothing of a source of this kind.`,
      remedy: `It goes with ${kinds.join(' and ')}: remove it, or change that.`,
    }),
    checkpointsOfMade: (model: string, by: string) => ({
      message: `The checkpoints of ${show(model)} are those that ${show(by)} makes.`,
      remedy:
        by === 'train'
          ? "Remove 'checkpoints'; save_every and save_at say which steps there are."
          : "Remove 'checkpoints'.",
    }),
    ofInit: (key: string, wanted: 'config' | 'from') => ({
      message: `${show(key)} says nothing without ${show(wanted)}.`,
      remedy: `Remove it, or ${wanted === 'config' ? 'begin from nothing' : 'begin from other weights'}: ${wanted}.`,
    }),
    onlyWithWanda: (key: string) => ({
      message: `${show(key)} says nothing without 'importance: wanda'.`,
      remedy: 'Add importance: wanda, or remove the key.',
    }),
    onlyOfText: (key: string) => ({
      message: `${show(key)} is of a text file; packed tokens have a length already.`,
      remedy: 'Remove it, or name a text file as calibration.',
    }),

    // The engine.
    engine: (key: string, use: string, legal: readonly string[]) => ({
      message: `${show(key)} is no key of the engine ${show(use)}.`,
      remedy: `The keys of ${show(use)} are ${oneOf(['use', ...legal]).replace(/ or (?=[^ ]+$)/, ' and ')}.`,
    }),
    gpus: (key: string) => ({
      message: `${show(key)} says nothing without 'gpus'.`,
      remedy: 'Add gpus: all, or remove the key.',
    }),
  },
  conflictingPerplexity: {
    settings: (name: string, line: () => number) => ({
      get message() {
        return `The perplexity ${show(name)} is used with other settings in line ${line()}, and both would be written to the same place.`;
      },
      remedy: "Give one of them a 'name'.",
    }),
    task: (name: string) => ({
      message: `The perplexity ${show(name)} has the name of a task in this pipeline.`,
      remedy: "Give it another 'name'.",
    }),
  },
  duplicatePerplexity: (name: string) => ({
    message: `The perplexity ${show(name)} stands in this list twice.`,
    remedy: 'Remove one.',
  }),
  badCorpus: (value: string) => ({
    message: `${show(value)} is neither the name of a data set nor a path.`,
    remedy:
      'Write a name below datasets/, such as wikitext-2-raw-v1, begin a path with ./ or /, or name a data set of the hub: hf:Salesforce/wikitext/wikitext-2-raw-v1',
  }),
  badStride: (stride: number, seqlen: number) => ({
    message: `A stride of ${stride} would skip tokens: the windows have ${seqlen}.`,
    remedy: `Write at most ${seqlen}.`,
  }),

  // Figures of others.
  referenceIsModel: (model: string) => ({
    message: `${show(model)} is a model of this pipeline: a figure of others under its name would be taken for its own.`,
    remedy: 'Name the figure otherwise, such as by its paper.',
  }),
  repeatedReference: (model: string, task: string, line: () => number) => ({
    get message() {
      return `${show(model)} has a figure for ${show(task)} already, in line ${line()}.`;
    },
    remedy: 'Keep one, or name the metrics of both.',
  }),
  badTarget: (target: string) => ({
    message: `${show(target)} is no target of Nx.`,
    remedy: 'Write the project and the target: scraper:fetch',
  }),
  unknownCorpus: (name: string, legal: readonly string[]) => ({
    message: `There is no corpus ${show(name)} in this pipeline.`,
    get remedy() {
      return legal.length === 0 ? "Declare it under 'corpora'." : legalNames(name, legal, 'corpora');
    },
  }),
  unknownPack: (name: string, legal: readonly string[]) => ({
    message: `There is no pack ${show(name)} in this pipeline.`,
    get remedy() {
      return legal.length === 0 ? "Declare it under 'packs'." : legalNames(name, legal, 'packs');
    },
  }),
  oneOrigin: {
    found: (model: string, found: readonly string[]) => ({
      message: `The model ${show(model)} has ${found.map((each) => show(each)).join(' and ')}; it comes from one place.`,
      remedy:
        "Keep one of 'source' (weights that are there), 'init' and 'prune' (weights that are made here).",
    }),
    initOrigin: (path: Path, found: readonly string[]) => ({
      message:
        found.length === 0
          ? `${showPath(path)} does not say what the weights are.`
          : `${showPath(path)} has ${found.map((each) => show(each)).join(' and ')}.`,
      remedy: "Give either 'config' (new weights of that shape) or 'from' (those of another checkpoint).",
    }),
  },
  missingInit: (model: string) => ({
    message: `The model ${show(model)} is trained, but nothing says from which weights.`,
    remedy: 'Add init: { config: ./shape } for new ones, or init: { from: ./folder } for others.',
  }),
  oneDepth: () => ({
    message: "'keep' and 'stack' are two ways to change the depth.",
    remedy: 'Keep one of them.',
  }),
  badRange: (path: Path, value: unknown) => ({
    message: `${showPath(path)} is ${show(value)}, no range of layers.`,
    remedy: 'Write the first layer and the one after the last: [0, 8].',
  }),
  noWeights: (model: string) => ({
    message: `The model ${show(model)} was imported: there are results, and no weights.`,
    remedy: 'Name a model that has weights.',
  }),
  makingCircle: (names: readonly string[]) => ({
    message: `${
      names.length < 2
        ? `${show(names[0])} is made from itself`
        : `${show(names[0])} is made from ${names
            .slice(1)
            .map((name) => show(name))
            .join(', which is made from ')}`
    }: nothing can be made first.`,
    remedy: 'Begin one of them from a folder, or from nothing.',
  }),
  badSetting: (path: Path, value: unknown, expected: string) => ({
    message: `${showPath(path)} is ${show(value)}.`,
    remedy: `Expected: ${expected}.`,
  }),
  onePattern: (path: Path, found: readonly string[]) => ({
    message:
      found.length === 0
        ? `${showPath(path)} does not say which weights go.`
        : `${showPath(path)} has ${found.map((each) => show(each)).join(' and ')}.`,
    remedy: `Give exactly one of ${oneOf(['sparsity', 'pattern', 'blocks'])}.`,
  }),
  missingCalibration: () => ({
    message: "'wanda' needs text that shows what the weights get as input.",
    remedy: 'Add calibration: a name of packs, or a text file (./calibration.txt).',
  }),
  samplesNeedRequests: () => ({
    message: 'lm-eval runs whole tasks and continues no prompt.',
    remedy: "Remove 'samples', or use the engine embedded or openai.",
  }),
  badUrl: (value: string) => ({
    message: `${show(value)} is no address of a completions server.`,
    remedy: 'Write it with http:// or https:// and up to /v1, for example: url: http://localhost:8000/v1',
  }),
  reservedArgument: (name: string) => ({
    message: `The model argument ${show(name)} is set by evalgraph.`,
    remedy:
      name === 'dtype'
        ? "Use the engine's own key 'dtype'."
        : "The checkpoint's folder is passed; remove it.",
  }),
  badArgument: (name: string, value: string) => ({
    message: `The model argument ${show(name)} is ${show(value)}; lm-eval parts its arguments at commas and '='.`,
    remedy: 'Write a name of letters, digits and underscores, and a value without a comma.',
  }),
  gpusWithSlurm: () => ({
    message: "'gpus' are those of this machine; a job's are asked of Slurm.",
    remedy: 'Write them as gpus of launcher: { slurm: { gpus: 1 } }, and remove this key.',
  }),
  gpusWithDevice: (device: string) => ({
    message: `With 'gpus' each checkpoint sees its own GPUs only, as cuda:0 and so on; ${show(device)} is none of them.`,
    remedy: "Remove 'device'.",
  }),
  fewerGpus: (count: number, perCheckpoint: number) => ({
    message: `A checkpoint is to get ${perCheckpoint} GPUs, and 'gpus' names ${count}.`,
    remedy: `Write at most ${count}, or name more GPUs.`,
  }),
  badOption: (option: string) => ({
    message: `${show(option)} is no option of sbatch.`,
    remedy: "Write each option by itself, with its value: extra: ['--mem=64G', '--account=team']",
  }),
  ownOption: (option: string) => ({
    message: `The option ${show(option)} is set by evalgraph: by it a job is found again, or its output read.`,
    remedy: 'Remove it.',
  }),
});
