/** Messages of cli. */
import type { Problem } from '@evalgraph/formats/text';

export const messages = {
  unknownCommand: (name: string, known: readonly string[], hint: string | null): Problem => ({
    code: 'unknown-command',
    message: `'${name}' is no command of evalgraph${hint === null ? '' : `; did you mean '${hint}'?`}`,
    remedy: `Commands: ${known.join(', ')}. See: npx evalgraph help`,
  }),
  /** @param usage the command as it is typed, with its arguments. */
  badArguments: (command: string, detail: string, usage: string): Problem => ({
    code: 'bad-arguments',
    message: `${command}: ${detail}`,
    remedy: `Usage: ${usage} (--help says more)`,
  }),
  tooManyNames: (most: number, given: readonly string[]): string =>
    `at most ${most} ${most === 1 ? 'name is' : 'names are'} expected, but there are ${given.length}: ${given.join(', ')}`,
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
  followFailed: (text: string): Problem => ({ code: 'cell-failed', message: text }),
  unknownStage: (name: string, hint: string | null, known: readonly string[]): Problem => ({
    code: 'unknown-stage',
    message: `There is no stage '${name}'${hint === null ? '' : `; did you mean '${hint}'?`}`,
    remedy: known.length === 0 ? 'The pipeline makes nothing.' : `Stages: ${known.join(', ')}.`,
  }),
  oneOffFailed: (cell: string, text: string): Problem => ({
    code: 'cell-failed',
    message: `${cell.replace(/^(model|original|pruned)\//, '')}: ${text}`,
  }),
  damaged: (what: string, remedy: string): Problem => ({ code: 'damaged', message: what, remedy }),
  machineProblem: (what: string): Problem => ({ code: 'machine', message: what }),
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
} as const;
