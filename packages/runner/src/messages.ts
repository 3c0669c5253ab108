/**
 * Every message of this package to its user: what, where, the value, the legal values, the remedy. One file, however long:
 * so they are read side by side, speak with one voice, and none is written twice.
 */
import { type BytePlace, type FileDigest, ownValue, type Problem, utf8Remedy } from '@evalgraph/formats';

function list(items: readonly string[]): string {
  return items.map((item) => `  ${item}`).join('\n');
}

const short = (digest: string): string => digest.slice(0, 12);

/** A file whose bytes are not those of its lock. */
interface LockMismatch {
  readonly path: string;
  readonly lockFile: string;
  readonly expected: FileDigest;
  readonly found: FileDigest;
  /** The command that mends it. */
  readonly command: string;
}

const lockedAndFound = ({ expected, found }: Pick<LockMismatch, 'expected' | 'found'>): string =>
  `locked ${short(expected.sha256)} (${expected.size} bytes), found ${short(found.sha256)} (${found.size} bytes)`;

/** The code of the one problem that the runner answers by itself: it starts the worker again, once. */
export const WORKER_ENDED = 'worker-ended';

/** Problems of one pipeline with this code are told as one. */
export const OUTDATED_LOCK = 'outdated-lock';

/** A copy in the hub's cache is not what was locked. */
export const COPY_DIFFERS = 'copy-differs';

/** Which a plan counts among what is unlocked, and does not fail for. */
export const DATASET_NOT_LOCKED = 'dataset-not-locked';

export const messages = {
  noWorkspace: (start: string): Problem => ({
    code: 'no-workspace',
    message: `No nx.json was found in ${start} or in any folder above it.`,
    remedy: 'Run evalgraph inside its workspace: the folder with nx.json, pipelines/ and packages/.',
  }),
  oldNode: (version: string): Problem => ({
    code: 'old-node',
    message: `evalgraph needs Node 22.18 or later; this is ${version}.`,
    remedy:
      'Start it through npx or npm (npx nx ..., npx evalgraph ...): they use the Node 24 that npm ci installs in node_modules.',
  }),
  unknownPipeline: (name: string, known: readonly string[], hint: string | null): Problem => ({
    code: 'unknown-pipeline',
    message: `There is no pipeline '${name}'${hint === null ? '' : `; did you mean '${hint}'?`}`,
    remedy:
      known.length === 0
        ? 'Write pipelines/<name>/pipeline.yaml first.'
        : `Pipelines of this workspace: ${known.join(', ')}.`,
  }),
  unknownCommand: (name: string, known: readonly string[], hint: string | null): Problem => ({
    code: 'unknown-command',
    message: `'${name}' is no command of evalgraph${hint === null ? '' : `; did you mean '${hint}'?`}`,
    remedy: `Commands: ${known.join(', ')}. See: npx evalgraph help`,
  }),
  badArguments: (command: string, detail: string, usage: string): Problem => ({
    code: 'bad-arguments',
    message: `${command}: ${detail}`,
    remedy: `Usage: ${usage}`,
  }),
  /** @param where it was asked for; left out: on the command line. */
  unknownTaskName: (name: string, hint: string | null, where?: string): Problem => ({
    code: 'unknown-task',
    message: `${where === undefined ? '' : `${where}: `}There is no task, group or tag '${name}'${hint === null ? '' : `; did you mean '${hint}'?`}`,
    remedy: "npx evalgraph tasks list --all lists the library's and each pipeline's own.",
  }),
  differentTasks: (name: string, pipelines: readonly string[]): Problem => ({
    code: 'ambiguous-task',
    message: `The pipelines ${pipelines.join(', ')} have different tasks '${name}'.`,
    remedy: `Make the pipeline without it, then copy the files of the one that is meant from pipelines/${pipelines[0] ?? '<name>'}/tasks.`,
  }),
  samePlace: (task: string, place: string): Problem => ({
    code: 'ambiguous-task',
    message: `'${task}' and another of the tasks have different files '${place}'.`,
    remedy: 'Take the tasks of one pipeline, and copy those of the other by hand.',
  }),
  tasksCopied: (from: string, tasks: readonly string[], to: string): string =>
    `copied ${tasks.join(', ')} from pipelines/${from}/tasks to pipelines/${to}/tasks`,
  taskOfSeveral: (name: string, pipelines: readonly string[]): Problem => ({
    code: 'ambiguous-task',
    message: `The pipelines ${pipelines.join(', ')} each have a task '${name}'.`,
    remedy: `Say which: --pipeline ${pipelines[0] ?? '<name>'}.`,
  }),
  unknownCell: (name: string, hint: string | null, count: number): Problem => ({
    code: 'unknown-cell',
    message: `There is no cell '${name}'${hint === null ? '' : `; did you mean '${hint}'?`}`,
    remedy: `A cell is named <pipeline>/<checkpoint>/<task>; npx evalgraph plan lists them (${count}).`,
  }),

  revisionOfFolder: (model: string, revision: string): Problem => ({
    code: 'revision-of-folder',
    message: `Model '${model}' is a folder, but its checkpoint '${revision}' is a git revision.`,
    remedy: "Use 'subfolder:' or 'folder:' for checkpoints in folders; revisions belong to hub repositories.",
  }),
  checkpointMissing: (folder: string): Problem => ({
    code: 'checkpoint-missing',
    message: `The checkpoint's folder does not exist: ${folder}`,
    remedy: "Check the model's 'source' and the pattern of its checkpoints in pipeline.yaml.",
  }),
  checkpointNotAFolder: (folder: string): Problem => ({
    code: 'checkpoint-not-a-folder',
    message: `A checkpoint is a folder, but this is a file: ${folder}`,
    remedy: "Name the folder that holds config.json in the model's 'source'.",
  }),
  unreadable: (path: string, code: string): Problem => ({
    code: 'unreadable',
    message: `Cannot read ${path}: ${systemReason(code)}.`,
    remedy: 'Check its permissions and the disk, then run the command again.',
  }),
  cannotWrite: (path: string, code: string): Problem => ({
    code: 'cannot-write',
    message: `Cannot write ${path}: ${systemReason(code)}.`,
    remedy:
      code === 'ENOSPC' || code === 'EDQUOT'
        ? 'Free some space and run the same command again: what was computed is kept, only the rest is computed.'
        : 'Check its permissions (or set EVALGRAPH_STORE to a folder you may write) and run the same command again.',
  }),
  incompleteCheckpoint: (
    folder: string,
    missing: readonly string[],
    pickles: readonly string[],
  ): Problem => ({
    code: 'incomplete-checkpoint',
    message: `The checkpoint ${folder} lacks: ${few(missing)}.${pickles.length === 0 ? '' : ` It has ${pickles.slice(0, 3).join(', ')}: pickled weights can run any code when they are opened, and are never loaded.`}`,
    remedy:
      pickles.length === 0
        ? 'A checkpoint holds config.json, tokenizer.json and its weights as safetensors (transformers’ save_pretrained writes safetensors).'
        : "Convert them to safetensors where you trust their source: python -c \"from transformers import AutoModelForCausalLM as M; M.from_pretrained('FOLDER').save_pretrained('FOLDER')\"",
  }),
  dataFileMissing: (path: string): Problem => ({
    code: 'data-file-missing',
    message: `The data file ${path} does not exist.`,
    remedy:
      "Check 'data_files' of the task or the corpus (relative to the workspace root), or the data set's dataset.yaml (relative to its folder).",
  }),
  badWeightIndex: (path: string): Problem => ({
    code: 'bad-weight-index',
    message: `${path} is not an index of safetensors shards: its 'weight_map' must map tensors to file names.`,
    remedy: 'Fetch or save the checkpoint again.',
  }),
  badLock: (file: string): Problem => ({
    code: 'bad-lock',
    message: `${file} is not a lock of evalgraph, or was edited by hand.`,
    remedy: 'Remove the file, and write it afresh: npx evalgraph lock',
  }),
  laterLock: (file: string, found: number, known: number): Problem => ({
    code: 'later-lock',
    message: `${file} has format ${found}; this version of evalgraph knows up to ${known}.`,
    remedy: 'Use the version that wrote it, or write the lock afresh: npx evalgraph lock',
  }),
  outdatedLocks: (pipeline: string, files: readonly string[]): Problem => ({
    code: OUTDATED_LOCK,
    message: `${files.length === 1 ? 'A lock' : `${files.length} locks`} of '${pipeline}' ${files.length === 1 ? 'was' : 'were'} written by an earlier version of evalgraph, without the place that was locked:\n${list(files.slice(0, 5))}${files.length > 5 ? `\n  … and ${files.length - 5} more` : ''}`,
    remedy: `Lock again: npx evalgraph lock ${pipeline}\nNo digest changes unless a file did.`,
  }),
  lockedElsewhere: (
    checkpoint: string,
    file: string,
    pipeline: string,
    locked: string,
    declared: string,
    lockFile: string,
  ): Problem => ({
    code: 'locked-elsewhere',
    message: `${file} says that ${checkpoint} is ${declared}, but ${lockFile} was written for ${locked}.`,
    remedy: `If the change is meant, lock it: npx evalgraph lock ${pipeline}\nIf not, put the place in ${file} back.`,
  }),
  madeOfOtherSettings: (checkpoint: string, file: string, target: string): Problem => ({
    code: 'made-otherwise',
    message: `The weights of ${checkpoint} were made under other settings than ${file} has now.`,
    remedy: `Make them again, which does nothing where the settings change no number: npx nx run ${target}`,
  }),
  readingOnce: (pipeline: string, bytes: string): string =>
    `${pipeline}: ${bytes} of weights and data are read once on this machine, to hold them against their locks`,
  notInLock: (path: string, lockFile: string, command: string): Problem => ({
    code: 'not-in-lock',
    message: `${path} is read with the checkpoint, but ${lockFile} does not name it: it came after the lock was written.`,
    remedy: `If it belongs there, lock again: ${command}\nIf not, remove it.`,
  }),
  unlocked: (pipeline: string, files: readonly string[]): Problem => ({
    code: 'unlocked',
    message: `Pipeline '${pipeline}' is not locked: ${files.length} lock file${files.length === 1 ? ' is' : 's are'} missing or incomplete:\n${list(files.slice(0, 5))}${files.length > 5 ? `\n  … and ${files.length - 5} more` : ''}`,
    remedy: `Lock it: npx evalgraph lock ${pipeline}`,
  }),
  pipelineExists: (name: string): Problem => ({
    code: 'pipeline-exists',
    message: `There is a folder pipelines/${name} already.`,
    remedy: 'Choose another name: --name NAME',
  }),
  sourceNotThere: (source: string): string =>
    `note: ${source} does not exist (paths are relative to the workspace's root); lock will look for it`,
  sourceNoFolder: (source: string): string =>
    `note: ${source} is no folder: name the one with config.json, tokenizer.json and the weights`,
  sourceNoCheckpoint: (
    source: string,
    below: number,
    first: string | null,
    pattern: string | null,
  ): string =>
    first === null
      ? `note: ${source} has no config.json: it is no checkpoint yet`
      : `note: ${source} has no config.json, but ${below === 1 ? `its folder ${first} has` : `${below} of its folders have, such as ${first}`}; as a series: checkpoints: { subfolder: "${pattern ?? '…{step}'}" }`,
  unknownReady: (name: string, known: readonly string[], hint: string | null): Problem => ({
    code: 'unknown-ready-pipeline',
    message: `No pipeline '${name}' ships ready${hint === null ? '' : `; did you mean '${hint}'?`}`,
    remedy: `These do: ${known.join(', ')}.`,
  }),
  emptySeries: (model: string, pattern: string, source: string): Problem => ({
    code: 'empty-series',
    message: `Nothing${source === '' ? '' : ` in ${source}`} fits the pattern '${pattern}' of the model '${model}'.`,
    remedy:
      'Check the pattern ({step} is the number as it is, {step:07} has seven digits) and whether checkpoints are subfolders or revisions; a folder counts where it holds a config.json.',
  }),
  tooManyFolders: (folder: string, most: number): Problem => ({
    code: 'too-many-folders',
    message: `${folder} has more than ${most} folders that a pattern of checkpoints may mean.`,
    remedy: "Put more of the checkpoints' path before the first {step}.",
  }),
  stepsFound: (model: string, fresh: readonly number[], count: number): string =>
    `${model}: ${fresh.length === count ? '' : `${fresh.length} new of `}${count} checkpoints, steps ${fresh.length > 4 ? `${fresh.slice(0, 2).join(', ')}, … ${fresh.at(-1)}` : fresh.join(', ')}`,
  corpusSplit: (path: string, split: string, count: number, splits: readonly string[]): Problem => ({
    code: 'corpus-split',
    message: `The corpus ${path} has ${count === 0 ? 'no files' : `${count} files`} in its split '${split}'; a perplexity is measured over one.`,
    remedy:
      count === 0
        ? `Its splits: ${splits.join(', ')}. Name one: split: ${splits[0] ?? 'test'}`
        : 'Take a smaller split, or save the text as one file and name that.',
  }),
  noSourceFiles: (
    source: string,
    path: string,
    split: string,
    patterns: readonly string[],
    splits: Readonly<Record<string, readonly string[]>>,
  ): Problem => {
    const names = ownValue(splits, split);
    return {
      code: 'corpus-split',
      message:
        names === undefined
          ? `Source '${source}': ${path} has no split '${split}'.`
          : `Source '${source}': of the ${names.length} files of ${path} in its split '${split}' none matches ${patterns.join(', ')}.`,
      remedy:
        names === undefined
          ? `Its splits: ${Object.keys(splits).join(', ')}.`
          : `They are called like this: ${names.slice(0, 3).join(', ')}`,
    };
  },
  engineChosen: (use: string, because: string): string => `engine ${use}: ${because}`,
  isEmbedded: (architectures: readonly string[], checkpoints: number): string =>
    `the embedded engine computes ${architectures.join(' and ')}, which ${checkpoints === 1 ? 'the checkpoint is' : `all ${checkpoints} checkpoints are`}`,
  notEmbedded: (checkpoint: string, refusal: string): string =>
    `the embedded engine does not compute ${checkpoint}: ${refusal}`,
  datasetNotLocked: (path: string, name: string | null, pipeline: string): Problem => ({
    code: DATASET_NOT_LOCKED,
    message: `The data set ${name === null ? path : `${path}, configuration ${name},`} is not in this workspace, and pipeline '${pipeline}' has not locked it.`,
    remedy: `Look it up on the Hugging Face hub: npx evalgraph lock ${pipeline}\nOr copy it as the hub has it (README.md and data files) to datasets/${path}/.`,
  }),
  datasetRenamed: (path: string, canonicalName: string): string =>
    `the data set ${path} is called ${canonicalName} on the hub; its rows are taken from there`,
  followFailed: (text: string): Problem => ({ code: 'cell-failed', message: text }),
  unknownStage: (name: string, hint: string | null, known: readonly string[]): Problem => ({
    code: 'unknown-stage',
    message: `There is no stage '${name}'${hint === null ? '' : `; did you mean '${hint}'?`}`,
    remedy: known.length === 0 ? 'The pipeline makes nothing.' : `Stages: ${known.join(', ')}.`,
  }),
  stageNotMade: (kind: string, name: string, pipeline: string): Problem => ({
    code: 'not-made',
    message: `'${name}' (${kind}) is not made yet.`,
    remedy: `Make it: npx nx run ${pipeline}:${kind}`,
  }),
  badStageRecord: (path: string, folder: string): Problem => ({
    code: 'bad-stage-record',
    message: `${path} is not what a stage writes.`,
    remedy: `Move or remove ${folder}: it is made again.`,
  }),
  foreignFolder: (folder: string): Problem => ({
    code: 'foreign-folder',
    message: `${folder} has files that this pipeline did not make.`,
    remedy: 'Move them elsewhere: a training goes on only from what it began itself.',
  }),
  madeChanged: (folder: string, names: readonly string[]): Problem => ({
    code: 'made-changed',
    message: `Files in ${folder} are not as they were made:\n${list(names.slice(0, 5))}${names.length > 5 ? `\n  … and ${names.length - 5} more` : ''}`,
    remedy: 'Move or remove the folder, and it is made again; or bring the files back.',
  }),
  checkpointGone: (id: string, folder: string): string =>
    `${id} is no longer in ${folder}; its results stay. To train again, remove the whole folder.`,
  waitingForStage: (label: string): string => `${label}: another process makes it; waiting for it to end`,
  stageStopped: (label: string): string => `${label}: stopped; run the same command again to go on`,
  noTasksToAvoid: (corpus: string): Problem => ({
    code: 'no-tasks',
    message: `The corpus '${corpus}' is to be held against the pipeline's tasks, and there are none.`,
    remedy: "Name tasks or files in 'against', or give the pipeline 'tasks'.",
  }),
  unmade: (checkpoint: string, target: string): Problem => ({
    code: 'not-made',
    message: `The checkpoint ${checkpoint} is not made yet.`,
    remedy: `It is made by: npx nx run ${target}`,
  }),
  cellNotLocked: (cell: string): Problem => ({
    code: 'cell-not-locked',
    message: `The cell ${cell} has no key: its checkpoint or its data is not locked.`,
    remedy: 'Lock the pipeline: npx evalgraph lock',
  }),
  lockMismatch: ({ path, lockFile, command, ...digests }: LockMismatch): Problem => ({
    code: 'lock-mismatch',
    message: `${path} does not match its lock ${lockFile}: ${lockedAndFound(digests)}.`,
    remedy: `If the change is meant, lock it again: ${command}\nIf not, restore the file.`,
  }),
  copyDiffers: ({ path, lockFile, command, ...digests }: LockMismatch): Problem => ({
    code: COPY_DIFFERS,
    message: `${path}, a copy of a file of the hub, does not match its lock ${lockFile}: ${lockedAndFound(digests)}.`,
    remedy: `Fetch it again: ${command}`,
  }),
  notOnHub: (path: string, lockFile: string): Problem => ({
    code: 'not-in-lock',
    message: `${path} would be read with the checkpoint, but ${lockFile} does not name it: it does not come from the hub.`,
    remedy:
      'Remove it. To evaluate other files than those of the hub, copy the checkpoint into a folder of its own.',
  }),
  lockedFileMissing: (path: string, lockFile: string, command: string): Problem => ({
    code: 'locked-file-missing',
    message: `${path} is missing; ${lockFile} names it.`,
    remedy: `Restore the file, or lock again: ${command}`,
  }),
  staleGraph: (cell: string): Problem => ({
    code: 'stale-graph',
    message: `The key of ${cell} differs from the one in Nx's project graph: a file changed between planning and running.`,
    remedy: 'Run the command again (npx nx reset, if it comes back).',
  }),

  noChatTemplate: (folder: string): Problem => ({
    code: 'no-chat-template',
    message: `${folder} has no chat template: neither chat_template.jinja nor 'chat_template' in tokenizer_config.json (a text, or a list with one named default).`,
    remedy:
      "A base model has none: remove 'apply_chat_template' from the task. Else put the model's chat_template.jinja beside its tokenizer and lock again.",
  }),
  chatDate: (folder: string): Problem => ({
    code: 'chat-date',
    message: `The chat template of ${folder} tells the model today's date (strftime_now), so its prompts would change from day to day.`,
    remedy:
      "Add the date that it should tell, for example chat_date: 2025-03-07, beside 'apply_chat_template'.",
  }),
  checkpointNewTokens: (maxNewTokens: number, context: number, maxLength: number): Problem => ({
    code: 'checkpoint-new-tokens',
    message: `The checkpoint's generation_config.json sets max_new_tokens to ${maxNewTokens}, which transformers puts before what a task asks for; after ${context} tokens of a prompt that is more than the ${maxLength} tokens of the model.`,
    remedy: "Remove 'max_new_tokens' from generation_config.json: the task's max_gen_toks counts then.",
  }),
  emptyContinuation: (text: string): Problem => ({
    code: 'empty-continuation',
    message: `A request scores ${JSON.stringify(text)}, which adds no token to its context.`,
    remedy: 'Check doc_to_choice and doc_to_target of the task: a choice must add at least one token.',
  }),
  continuationTooLong: (text: string, tokens: number, maxLength: number): Problem => ({
    code: 'continuation-too-long',
    message: `A request scores ${tokens} tokens, but the model takes ${maxLength}: ${JSON.stringify(`${text.slice(0, 60)}…`)}`,
    remedy: "Shorten the choices, or raise the model's 'max_length' if it was set too low.",
  }),
  taskElsewhere: (folder: string): string =>
    `${folder} has it, and a pipeline sees its own tasks and the library's: copy the YAML, and what it includes, to the tasks folder of this pipeline (evalgraph init copies it; evalgraph compare takes --include ${folder}).`,
  shotsWithoutEffect: (task: string, asked: number): Problem => ({
    code: 'shots-without-effect',
    message: `num_fewshot: ${asked} would change nothing of ${task}: its YAML says num_fewshot: 0, and that wins, as in lm-eval.`,
    remedy: `Remove num_fewshot here. Or write a task of your own (include: the YAML of ${task}, task: another name, num_fewshot: ${asked}).`,
  }),
  noRoomForContext: (maxNewTokens: number, maxLength: number): Problem => ({
    code: 'no-room-for-context',
    message: `The task generates up to ${maxNewTokens} tokens, but the model takes ${maxLength} in all: no room is left for the prompt.`,
    remedy: "Lower 'max_gen_toks' in the task's generation_kwargs.",
  }),
  noRequests: (cell: string): Problem => ({
    code: 'no-requests',
    message: `${cell} has no document to evaluate.`,
    remedy: "Check the task's split and data files, and its process_docs.",
  }),
  noTextColumn: (path: string, line: number, column: string, columns: readonly string[]): Problem => ({
    code: 'no-text-column',
    message: `${path}:${line}: the row has no text in column '${column}'.`,
    remedy: columns.includes(column)
      ? 'That value is null, or no text: drop the row, or write an empty text.'
      : columns.length === 0
        ? 'Every line must be a JSON object.'
        : `Name the column of the text ('column:' beside the protocol, --column on the command line); the row has: ${columns.join(', ')}.`,
  }),
  corpusNotUtf8: (path: string, place: BytePlace): Problem => ({
    code: 'not-utf8',
    message: `${path}:${place.line}: the text is not UTF-8: byte ${place.byte} of the file begins no character.`,
    remedy: utf8Remedy(place),
  }),
  corpusKind: (path: string): Problem => ({
    code: 'corpus-kind',
    message: `${path} is no kind of file that a corpus is read from.`,
    remedy:
      'Give it as JSON lines (.jsonl) or Parquet (.parquet) with a column of text, or as a text file (.txt).',
  }),
  corpusTooLarge: (path: string, bytes: number, most: number): Problem => ({
    code: 'corpus-too-large',
    message: `${path} holds more than ${most} bytes of text (${bytes} so far): it is tokenised as one text.`,
    remedy: 'Measure a part of it.',
  }),
  oneOffFailed: (cell: string, text: string): Problem => ({
    code: 'cell-failed',
    message: `${cell.replace(/^(model|original|pruned)\//, '')}: ${text}`,
  }),
  madeNotComputed: (model: string, why: string, computed: readonly string[]): Problem => ({
    code: 'made-not-computed',
    message: `Model '${model}' would be made, and the engine 'embedded' cannot evaluate it: ${why}.`,
    remedy: `Make one of ${computed.join(', ')}, or evaluate with lm-eval: engine: { use: lm-eval }.`,
  }),
  windowTooLong: (
    measure: string,
    model: string,
    comparisons: readonly string[],
    positions: number,
    maxLength: number,
  ): Problem => ({
    code: 'window-too-long',
    message: `'${measure}'${comparisons.length > 0 ? `, which ${comparisons.map((name) => `comparison '${name}'`).join(' and ')} asks for,` : ''} reads windows of ${positions} tokens, and model '${model}' takes ${maxLength}.`,
    remedy: `Set seqlen: ${maxLength} or less where the measure is declared (on the command line: --seqlen ${maxLength}).`,
  }),
  divergenceNeedsRows: (cell: string, engine: string): Problem => ({
    code: 'divergence-needs-rows',
    message: `${cell} needs the whole next-token distributions of both models, which the engine '${engine}' does not give.`,
    remedy: "Use 'engine: { use: embedded }' for it, or remove 'divergence' from the comparison.",
  }),
  workerEnded: (folder: string, code: number | null, signal: string | null): Problem => ({
    code: WORKER_ENDED,
    message: `The engine's worker for ${folder} ended by itself (${signal ?? `code ${code}`}).`,
    remedy:
      signal === 'SIGABRT'
        ? 'What it printed last says why: memory ran out, or a native library gave up (a pattern of tokenizer.json on a long text, for example). What was computed is kept.'
        : 'This is most often a lack of memory. Run the same command again: what was computed is kept.',
  }),
  damaged: (what: string, remedy: string): Problem => ({ code: 'damaged', message: what, remedy }),
  machineProblem: (what: string): Problem => ({ code: 'machine', message: what }),
  weightsChanged: (path: string): Problem => ({
    code: 'changed-while-running',
    message: `${path} changed while it was being evaluated: no score is taken from it.`,
    remedy:
      'Let whatever writes it come to its end, and run the same command again: what was computed before is kept. npx evalgraph doctor checks every file against its lock.',
  }),
  interrupted: (signal: string): string =>
    `Interrupted (${signal}). What was computed is kept; the same command goes on from there.`,
  workerSilent: (folder: string, silence: string): Problem => ({
    code: WORKER_ENDED,
    message: `The engine's worker for ${folder} said nothing for ${silence} and was ended.`,
    remedy:
      "Run the same command again: what was computed is kept. Where one pass takes so long on this machine, raise the engine's 'silence_minutes'.",
  }),
  claimLost: (name: string): Problem => ({
    code: 'claim-lost',
    message: `Another machine took over what this process was about to write (${name}): it saw no sign of this process for minutes.`,
    remedy:
      'Run the same command again when the other is done: what both computed is kept. A machine that was suspended, or a store on a network that was away, explains it.',
  }),
  waitingForOther: (cell: string): string => `${cell}: another process computes it; waiting`,

  noSummary: (path: string): Problem => ({
    code: 'no-summary',
    message: `${path} does not exist: there are no committed figures to verify.`,
    remedy: 'Make it with npx nx run-many -t report, and commit it.',
  }),
  badSummary: (path: string): Problem => ({
    code: 'bad-summary',
    message: `${path} is no summary that this release wrote.`,
    remedy: 'Make it again: npx nx run-many -t report',
  }),
  summaryOfOtherEngine: (path: string, found: unknown, wanted: unknown): Problem => ({
    code: 'summary-of-other-engine',
    message: `${path} was computed by ${JSON.stringify(found)}; this pipeline's engine is ${JSON.stringify(wanted)}.`,
    remedy: 'Their figures may differ for good reasons. Make the summary again: npx nx run-many -t report',
  }),
  summaryOfOtherInputs: (path: string, pipeline: string): Problem => ({
    code: 'summary-of-other-inputs',
    message: `${path} has no figure of a cell that '${pipeline}' has now: models, tasks or data have changed since.`,
    remedy: 'Make it again: npx nx run-many -t report',
  }),
  notVerified: (cell: string, text: string): Problem => ({
    code: 'not-verified',
    message: `${cell} could not be evaluated: ${text}`,
  }),
  figureDiffers: (
    pipeline: string,
    cell: string,
    metric: string,
    committed: number,
    found: number,
    tolerance: number,
  ): Problem => ({
    code: 'figure-differs',
    message: `${cell}, ${metric}: ${committed} is committed, ${found} was computed now (tolerance ${tolerance}).`,
    remedy: `If the change is meant, commit the new summary: npx nx run ${pipeline}:report. If not, this machine, a dependency or the code computes something else.`,
  }),
  badOutputMode: (given: string, legal: readonly string[]): Problem => ({
    code: 'bad-output-mode',
    message: `EVALGRAPH_OUTPUT is '${given}'.`,
    remedy: `Legal values: ${legal.join(', ')}.`,
  }),
  badFlagNumber: (flag: string, text: string, legal: string): Problem => ({
    code: 'bad-flag',
    message: `${flag} '${text}' is not legal.`,
    remedy: `Write ${legal}.`,
  }),

  resultMissing: (path: string, command: string): Problem => ({
    code: 'result-missing',
    message: `${path} does not exist, though its cell counts as done.`,
    remedy: `Restore it from the store: ${command}`,
  }),
  resultStale: (path: string, command: string): Problem => ({
    code: 'result-stale',
    message: `${path} was computed for another key than the plan's.`,
    remedy: `Evaluate it again: ${command}`,
  }),
  badSampleRow: (path: string, line: number, why: string): Problem => ({
    code: 'bad-sample',
    message: `${path}:${line}: ${why}.`,
    remedy: 'The samples file is damaged: evaluate that cell again.',
  }),
  noSamples: (pipeline: string): Problem => ({
    code: 'no-samples',
    message: `No result of ${pipeline} has samples.`,
    remedy: 'Results that were imported come without them; evaluate a task here first.',
  }),
  badSamplesFormat: (given: string): Problem => ({
    code: 'bad-format',
    message: `--samples ${given}: samples are written as csv only.`,
    remedy: 'Write --samples csv; pandas, R and spreadsheets read it.',
  }),
  badChartFile: (path: string, why: string, most: number | null): Problem => ({
    code: 'chart-template',
    message: `${path}: ${why}${most === null ? '' : `; at most ${most} are read`}.`,
    remedy: 'A chart of your own is a Vega-Lite template as JSON: docs/report.md shows one.',
  }),
  protocolNeedsTokens: (cell: string, engine: string): Problem => ({
    code: 'protocol-needs-tokens',
    message: `${cell} needs log-probabilities of tokens, which the engine '${engine}' does not give.`,
    remedy:
      "Use 'engine: { use: embedded }' for it, or remove that protocol from the comparison's perplexity.",
  }),
  rollingTaskNeeded: (comparison: string, tasks: readonly string[]): Problem => ({
    code: 'rolling-task-needed',
    message: `Comparison '${comparison}' asks for the perplexity protocol 'lm-eval', but none of its tasks is of output type loglikelihood_rolling: ${tasks.join(', ')}.`,
    remedy: 'Add a task such as wikitext to its tasks, or remove lm-eval from its perplexity list.',
  }),
  importedMissing: (file: string): Problem => ({
    code: 'imported-missing',
    message: `${file} does not exist: nothing was imported for this checkpoint.`,
    remedy:
      'Import it (npx evalgraph import FOLDER --pipeline NAME), or take the checkpoint out of pipeline.yaml.',
  }),
  badImported: (file: string, detail: string): Problem => ({
    code: 'bad-imported',
    message: `${file} is no record of imported results, or was edited by hand: ${detail}.`,
    remedy: 'Import it again: npx evalgraph import FOLDER --pipeline NAME',
  }),
  importedTaskMissing: (model: string, task: string, hint: string | null): Problem => ({
    code: 'imported-task-missing',
    message: `No imported result of '${model}' has the task '${task}'${hint === null ? '' : `; did you mean '${hint}'?`}`,
    remedy: "Remove it from the model's tasks, or import a file that has it.",
  }),
  importedShots: (checkpoint: string, task: string, wanted: number, found: number): Problem => ({
    code: 'imported-setting-differs',
    message: `The imported result of ${checkpoint} on '${task}' has ${found} shots; pipeline.yaml asks for ${wanted}.`,
    remedy: "Remove 'num_fewshot': imported results have what they were computed with.",
  }),
  importedComparison: (comparison: string): Problem => ({
    code: 'imported-comparison',
    message: `Comparison '${comparison}' names imported results, but a comparison reads weights and documents' scores.`,
    remedy: 'Give the model its weights as source and evaluate it here; the report shows both side by side.',
  }),
  importNothing: (folder: string): Problem => ({
    code: 'import-nothing',
    message: `${folder} holds no results file of lm-eval.`,
    remedy: 'Name the folder that was --output_path, or any folder above it.',
  }),
  importTooMany: (folder: string, most: number): Problem => ({
    code: 'import-too-many',
    message: `${folder} holds more than ${most} JSON files.`,
    remedy: 'Name a folder further down.',
  }),
  importMoreProblems: (count: number): Problem => ({
    code: 'import-more-problems',
    message: `${count} more ${count === 1 ? 'problem' : 'problems'} of this kind or another ${count === 1 ? 'is' : 'are'} not shown.`,
    remedy: 'Mend or remove what stands above, and import again.',
  }),
  importNoModel: (file: string): Problem => ({
    code: 'import-no-model',
    message: `${file} does not say which model it is about (its model_args have no 'pretrained').`,
    remedy: 'Name it: --model NAME',
  }),
  importAmbiguousStep: (file: string, found: readonly string[]): Problem => ({
    code: 'import-ambiguous-step',
    message: `The training step of ${file} is not clear:\n${list(found)}`,
    remedy:
      'Say where it stands, for example: --step-pattern "step{step}" (matched against path and model_args).',
  }),
  importNoStep: (model: string, files: readonly string[]): Problem => ({
    code: 'import-no-step',
    message: `${files.length} files are about '${model}', and nothing in them or their names tells their checkpoints apart:\n${list(files.slice(0, 10))}`,
    remedy:
      'Say where the step stands, for example: --step-pattern "run-{step}/" (matched against path and model_args).',
  }),
  importPattern: (pattern: string): Problem => ({
    code: 'import-pattern',
    message: `--step-pattern '${pattern}' does not have exactly one {step} in it.`,
    remedy: 'Write {step} or {step:07} where the number stands, for example: "iter_{step:07}".',
  }),
  importSeveralModels: (found: readonly string[]): Problem => ({
    code: 'import-several-models',
    message: `--model names one model, but the files are about ${found.length}:\n${list(found)}`,
    remedy: 'Import their folders one by one, or leave --model out.',
  }),
  importTwice: (model: string, task: string, files: readonly string[], count: number): Problem => ({
    code: 'import-twice',
    message: `Two files have different results of '${model}' for '${task}', by other shots or with nothing that says which is newer:\n${list(files)}${count > 1 ? `\n  … and ${count - 1} more results that clash` : ''}`,
    remedy:
      'Import the folders one by one into pipelines of their own (for example zero-shot and five-shot), or some tasks only: --tasks a,b.',
  }),
  importTaskName: (file: string, name: string, rule: string): Problem => ({
    code: 'import-task-name',
    message: `${file} has a task or group '${name.length > 100 ? `${name.slice(0, 100)}…` : name}', which no pipeline can name.`,
    remedy: `${rule} Rename it in a copy of the file, or take others only: --tasks a,b.`,
  }),
  importGroupCycle: (file: string, groups: readonly string[]): Problem => ({
    code: 'import-group-cycle',
    message: `${file} has groups that hold each other, so none of its tasks stands at the top: ${groups.slice(0, 5).join(', ')}.`,
    remedy: "Mend 'group_subtasks' in a copy of the file.",
  }),
  samplesTooLarge: (path: string, size: number, limit: number): Problem => ({
    code: 'file-too-large',
    message: `${path} has ${size} bytes; a samples file has at most ${limit}.`,
    remedy: 'Look whether it is what its name says, or move it out of the folder: scores need none.',
  }),
  importPipelineName: (name: string): Problem => ({
    code: 'bad-pipeline-name',
    message: `'${name}' is no legal name of a pipeline.`,
    remedy: "Write lower-case letters, digits and '-', beginning with a letter or a digit.",
  }),
  exportNoModel: (model: string, known: readonly string[]): Problem => ({
    code: 'export-no-model',
    message: `The pipeline has no model '${model}'.`,
    remedy: `Its models: ${known.join(', ')}.`,
  }),
  zipTooLarge: (path: string): Problem => ({
    code: 'zip-too-large',
    message: `${path} would have more than 4 GiB or 65,534 files.`,
    remedy: 'Export to a folder (--to FOLDER), or one model at a time (--model NAME).',
  }),
  leftOutOfQuick: (cell: string): string =>
    `${cell}: left out of the quick run ('quick.checkpoints' in pipeline.yaml)`,
} as const;

/** The first names of a list that may be a stranger's. */
function few(names: readonly string[]): string {
  const MOST = 10;
  const more = names.length - MOST;
  return more > 0 ? `${names.slice(0, MOST).join(', ')} and ${more} more` : names.join(', ');
}

function systemReason(code: string): string {
  const reasons: Readonly<Record<string, string>> = {
    EACCES: 'permission denied',
    EPERM: 'not permitted',
    EROFS: 'the file system is read-only',
    ENOSPC: 'no space is left on the disk',
    EDQUOT: 'the disk quota is exhausted',
    ENOENT: 'it does not exist',
    ENOTDIR: 'a part of the path is no folder',
    EISDIR: 'it is a folder',
    EIO: 'the disk reports an error',
    EMFILE: 'too many files are open',
  };
  const reason = reasons[code];
  return reason === undefined ? code : `${reason} (${code})`;
}
