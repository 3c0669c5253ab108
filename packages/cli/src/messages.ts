/** The problems of commands. */
import { defineMessages } from '@evalgraph/formats/text';

export const messages = defineMessages({
  unknownCommand: (name: string, known: readonly string[], hint: string | null) => ({
    message: `'${name}' is no command of evalgraph${hint === null ? '' : `; did you mean '${hint}'?`}`,
    remedy: `Commands: ${known.join(', ')}. See: npx evalgraph help`,
  }),
  /** @param usage the command as it is typed, with its arguments. */
  badArguments: (command: string, detail: string, usage: string) => ({
    message: `${command}: ${detail}`,
    remedy: `Usage: ${usage} (--help says more)`,
  }),
  ambiguousTask: {
    differentTasks: (name: string, pipelines: readonly string[]) => ({
      message: `The pipelines ${pipelines.join(', ')} have different tasks '${name}'.`,
      remedy: `Make the pipeline without it, then copy the files of the one that is meant from pipelines/${pipelines[0] ?? '<name>'}/tasks.`,
    }),
    samePlace: (task: string, place: string) => ({
      message: `'${task}' and another of the tasks have different files '${place}'.`,
      remedy: 'Take the tasks of one pipeline, and copy those of the other by hand.',
    }),
    severalPipelines: (name: string, pipelines: readonly string[]) => ({
      message: `The pipelines ${pipelines.join(', ')} each have a task '${name}'.`,
      remedy: `Say which: --pipeline ${pipelines[0] ?? '<name>'}.`,
    }),
  },
  unknownCell: (name: string, hint: string | null, count: number) => ({
    message: `There is no cell '${name}'${hint === null ? '' : `; did you mean '${hint}'?`}`,
    remedy: `A cell is named <pipeline>/<checkpoint>/<task>; npx evalgraph plan lists them (${count}).`,
  }),
  pipelineExists: (name: string) => ({
    message: `There is a folder pipelines/${name} already.`,
    remedy: 'Choose another name: --name NAME',
  }),
  unknownReadyPipeline: (name: string, known: readonly string[], hint: string | null) => ({
    message: `No pipeline '${name}' ships ready${hint === null ? '' : `; did you mean '${hint}'?`}`,
    remedy: `These do: ${known.join(', ')}.`,
  }),
  cellFailed: {
    text: (text: string) => ({ message: text }),
    oneOff: (cell: string, text: string) => ({
      message: `${cell.replace(/^(model|dense|pruned)\//, '')}: ${text}`,
    }),
  },
  unknownStage: (name: string, hint: string | null, known: readonly string[]) => ({
    message: `There is no stage '${name}'${hint === null ? '' : `; did you mean '${hint}'?`}`,
    remedy: known.length === 0 ? 'The pipeline makes nothing.' : `Stages: ${known.join(', ')}.`,
  }),
  damaged: (what: string, remedy: string) => ({ message: what, remedy }),
  machine: (what: string) => ({ message: what }),
  notVerified: (cell: string, text: string) => ({
    message: `${cell} could not be evaluated: ${text}`,
  }),
  figureDiffers: (
    pipeline: string,
    cell: string,
    metric: string,
    committed: number,
    found: number,
    tolerance: number,
  ) => ({
    message: `${cell}, ${metric}: ${committed} is committed, ${found} was computed now (tolerance ${tolerance}).`,
    remedy: `If the change is meant, commit the new summary: npx nx run ${pipeline}:report. If not, this machine, a dependency or the code computes something else.`,
  }),
  importNothing: (folder: string) => ({
    message: `${folder} holds no results file of lm-eval.`,
    remedy: 'Name the folder that was --output_path, or any folder above it.',
  }),
  importTooMany: (folder: string, most: number) => ({
    message: `${folder} holds more than ${most} JSON files.`,
    remedy: 'Name a folder further down.',
  }),
  importMoreProblems: (count: number) => ({
    message: `${count} more ${count === 1 ? 'problem' : 'problems'} of this kind or another ${count === 1 ? 'is' : 'are'} not shown.`,
    remedy: 'Mend or remove what stands above, and import again.',
  }),
  fileTooLarge: (path: string, size: number, limit: number) => ({
    message: `${path} has ${size} bytes; a samples file has at most ${limit}.`,
    remedy: 'Look whether it is what its name says, or move it out of the folder: scores need none.',
  }),
  badPipelineName: (name: string) => ({
    message: `'${name}' is no legal name of a pipeline.`,
    remedy: "Write lower-case letters, digits and '-', beginning with a letter or a digit.",
  }),
  exportNoModel: (model: string, known: readonly string[]) => ({
    message: `The pipeline has no model '${model}'.`,
    remedy: `Its models: ${known.join(', ')}.`,
  }),
});

/** What is said that is no problem: lines of a log, parts of sentences. */
export const phrases = {
  tooManyNames: (most: number, given: readonly string[]): string =>
    `at most ${most} ${most === 1 ? 'name is' : 'names are'} expected, but there are ${given.length}: ${given.join(', ')}`,
  tasksCopied: (from: string, tasks: readonly string[], to: string): string =>
    `copied ${tasks.join(', ')} from pipelines/${from}/tasks to pipelines/${to}/tasks`,
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
} as const;
