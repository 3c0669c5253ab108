/** Messages of runner. */
import { defineMessages, firstOf, linesOf } from '@evalgraph/formats';

export const messages = defineMessages({
  unknownPipeline: (name: string, known: readonly string[], hint: string | null) => ({
    message: `There is no pipeline '${name}'${hint === null ? '' : `; did you mean '${hint}'?`}`,
    remedy:
      known.length === 0
        ? 'Write pipelines/<name>/pipeline.yaml first.'
        : `Pipelines of this workspace: ${known.join(', ')}.`,
  }),
  /** @param where it was asked for; left out: on the command line. */
  unknownTask: (name: string, hint: string | null, where?: string) => ({
    message: `${where === undefined ? '' : `${where}: `}There is no task, group or tag '${name}'${hint === null ? '' : `; did you mean '${hint}'?`}`,
    remedy: "npx evalgraph tasks list --all lists the library's and each pipeline's own.",
  }),
  incompleteCheckpoint: (folder: string, missing: readonly string[], pickles: readonly string[]) => ({
    message: `The checkpoint ${folder} lacks: ${firstOf(missing)}.${pickles.length === 0 ? '' : ` It has ${pickles.slice(0, 3).join(', ')}: pickled weights can run any code when they are opened, and are never loaded.`}`,
    remedy:
      pickles.length === 0
        ? 'A checkpoint holds config.json, tokenizer.json and its weights as safetensors (transformers’ save_pretrained writes safetensors).'
        : "Convert them to safetensors where you trust their source: python -c \"from transformers import AutoModelForCausalLM as M; M.from_pretrained('FOLDER').save_pretrained('FOLDER')\"",
  }),
  outdatedLock: (pipeline: string, files: readonly string[]) => ({
    message: `${files.length === 1 ? 'A lock' : `${files.length} locks`} of '${pipeline}' ${files.length === 1 ? 'was' : 'were'} written by an earlier version of evalgraph, without the place that was locked:\n${linesOf(files.slice(0, 5))}${files.length > 5 ? `\n  … and ${files.length - 5} more` : ''}`,
    remedy: `Lock again: npx evalgraph lock ${pipeline}\nNo digest changes unless a file did.`,
  }),
  datasetNotLocked: (path: string, name: string | null, pipeline: string) => ({
    message: `The data set ${name === null ? path : `${path}, configuration ${name},`} is not in this workspace, and pipeline '${pipeline}' has not locked it.`,
    remedy: `Look it up on the Hugging Face hub: npx evalgraph lock ${pipeline}\nOr copy it as the hub has it (README.md and data files) to datasets/${path}/.`,
  }),
  notMade: {
    stage: (kind: string, name: string, pipeline: string) => ({
      message: `'${name}' (${kind}) is not made yet.`,
      remedy: `Make it: npx nx run ${pipeline}:${kind}`,
    }),
    checkpoint: (checkpoint: string, target: string) => ({
      message: `The checkpoint ${checkpoint} is not made yet.`,
      remedy: `It is made by: npx nx run ${target}`,
    }),
  },
  madeChanged: (folder: string, names: readonly string[]) => ({
    message: `Files in ${folder} are not as they were made:\n${linesOf(names.slice(0, 5))}${names.length > 5 ? `\n  … and ${names.length - 5} more` : ''}`,
    remedy: 'Move or remove the folder, and it is made again; or bring the files back.',
  }),
  resultMissing: (path: string, command: string) => ({
    message: `${path} does not exist, though its cell counts as done.`,
    remedy: `Restore it from the store: ${command}`,
  }),
  resultStale: (path: string, command: string) => ({
    message: `${path} was computed for another key than the plan's.`,
    remedy: `Evaluate it again: ${command}`,
  }),
});

/** What is said that is no problem: lines of a log, parts of sentences. */
export const phrases = {
  engineChosen: (use: string, because: string): string => `engine ${use}: ${because}`,
} as const;
