/** Messages of runner/exchange. */
import { defineMessages, linesOf } from '@evalgraph/formats';

export const messages = defineMessages({
  importedMissing: (file: string) => ({
    message: `${file} does not exist: nothing was imported for this checkpoint.`,
    remedy:
      'Import it (npx evalgraph import FOLDER --pipeline NAME), or take the checkpoint out of pipeline.yaml.',
  }),
  badImported: (file: string, detail: string) => ({
    message: `${file} is no record of imported results, or was edited by hand: ${detail}.`,
    remedy: 'Import it again: npx evalgraph import FOLDER --pipeline NAME',
  }),
  importNoModel: (file: string) => ({
    message: `${file} does not say which model it is about (its model_args have no 'pretrained').`,
    remedy: 'Name it: --model NAME',
  }),
  importAmbiguousStep: (file: string, found: readonly string[]) => ({
    message: `The training step of ${file} is not clear:\n${linesOf(found)}`,
    remedy:
      'Say where it stands, for example: --step-pattern "step{step}" (matched against path and model_args).',
  }),
  importNoStep: (model: string, files: readonly string[]) => ({
    message: `${files.length} files are about '${model}', and nothing in them or their names tells their checkpoints apart:\n${linesOf(files.slice(0, 10))}`,
    remedy:
      'Say where the step stands, for example: --step-pattern "run-{step}/" (matched against path and model_args).',
  }),
  importPattern: (pattern: string) => ({
    message: `--step-pattern '${pattern}' does not have exactly one {step} in it.`,
    remedy: 'Write {step} or {step:07} where the number stands, for example: "iter_{step:07}".',
  }),
  importSeveralModels: (found: readonly string[]) => ({
    message: `--model names one model, but the files are about ${found.length}:\n${linesOf(found)}`,
    remedy: 'Import their folders one by one, or leave --model out.',
  }),
  importTwice: (model: string, task: string, files: readonly string[], count: number) => ({
    message: `Two files have different results of '${model}' for '${task}', by other shots or with nothing that says which is newer:\n${linesOf(files)}${count > 1 ? `\n  … and ${count - 1} more results that clash` : ''}`,
    remedy:
      'Import the folders one by one into pipelines of their own (for example zero-shot and five-shot), or some tasks only: --tasks a,b.',
  }),
  importTaskName: (file: string, name: string, rule: string) => ({
    message: `${file} has a task or group '${name.length > 100 ? `${name.slice(0, 100)}…` : name}', which no pipeline can name.`,
    remedy: `${rule} Rename it in a copy of the file, or take others only: --tasks a,b.`,
  }),
  importGroupCycle: (file: string, groups: readonly string[]) => ({
    message: `${file} has groups that hold each other, so none of its tasks stands at the top: ${groups.slice(0, 5).join(', ')}.`,
    remedy: "Mend 'group_subtasks' in a copy of the file.",
  }),
  zipTooLarge: (path: string) => ({
    message: `${path} would have more than 4 GiB or 65,534 files.`,
    remedy: 'Export to a folder (--to FOLDER), or one model at a time (--model NAME).',
  }),
});
