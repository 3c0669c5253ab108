/** Messages of runner/plan. */
import { defineMessages } from '@evalgraph/formats';

export const messages = defineMessages({
  revisionOfFolder: (model: string, revision: string) => ({
    message: `Model '${model}' is a folder, but its checkpoint '${revision}' is a git revision.`,
    remedy: "Use 'subfolder:' or 'folder:' for checkpoints in folders; revisions belong to hub repositories.",
  }),
  lockedElsewhere: (
    checkpoint: string,
    file: string,
    pipeline: string,
    locked: string,
    declared: string,
    lockFile: string,
  ) => ({
    message: `${file} says that ${checkpoint} is ${declared}, but ${lockFile} was written for ${locked}.`,
    remedy: `If the change is meant, lock it: npx evalgraph lock ${pipeline}\nIf not, put the place in ${file} back.`,
  }),
  madeOtherwise: (checkpoint: string, file: string, target: string) => ({
    message: `The weights of ${checkpoint} were made under other settings than ${file} has now.`,
    remedy: `Make them again, which does nothing where the settings change no number: npx nx run ${target}`,
  }),
  corpusSplit: (path: string, split: string, count: number, splits: readonly string[]) => ({
    message: `The corpus ${path} has ${count === 0 ? 'no files' : `${count} files`} in its split '${split}'; a perplexity is measured over one.`,
    remedy:
      count === 0
        ? `Its splits: ${splits.join(', ')}. Name one: split: ${splits[0] ?? 'test'}`
        : 'Take a smaller split, or save the text as one file and name that.',
  }),
  noTasks: (corpus: string) => ({
    message: `The corpus '${corpus}' is to be held against the pipeline's tasks, and there are none.`,
    remedy: "Name tasks or files in 'against', or give the pipeline 'tasks'.",
  }),
  shotsWithoutEffect: (task: string, asked: number) => ({
    message: `num_fewshot: ${asked} would change nothing of ${task}: its YAML says num_fewshot: 0, and that wins, as in lm-eval.`,
    remedy: `Remove num_fewshot here. Or write a task of your own (include: the YAML of ${task}, task: another name, num_fewshot: ${asked}).`,
  }),
  madeNotComputed: (model: string, why: string, computed: readonly string[]) => ({
    message: `Model '${model}' would be made, and the engine 'embedded' cannot evaluate it: ${why}.`,
    remedy: `Make one of ${computed.join(', ')}, or evaluate with lm-eval: engine: { use: lm-eval }.`,
  }),
  notComputed: (checkpoint: string, why: string) => ({
    message: `The engine 'embedded' cannot evaluate ${checkpoint}: ${why}.`,
    remedy:
      'Evaluate with lm-eval (engine: { use: lm-eval }), or let the lock choose (engine: { use: auto }).',
  }),
  importedTaskMissing: (model: string, task: string, hint: string | null) => ({
    message: `No imported result of '${model}' has the task '${task}'${hint === null ? '' : `; did you mean '${hint}'?`}`,
    remedy: "Remove it from the model's tasks, or import a file that has it.",
  }),
  importedSettingDiffers: (checkpoint: string, task: string, wanted: number, found: number) => ({
    message: `The imported result of ${checkpoint} on '${task}' has ${found} shots; pipeline.yaml asks for ${wanted}.`,
    remedy: "Remove 'num_fewshot': imported results have what they were computed with.",
  }),
  importedComparison: (comparison: string) => ({
    message: `Comparison '${comparison}' names imported results, but a comparison reads weights and documents' scores.`,
    remedy: 'Give the model its weights as source and evaluate it here; the report shows both side by side.',
  }),
});

/** What is said that is no problem: lines of a log, parts of sentences. */
export const phrases = {
  taskElsewhere: (folder: string): string =>
    `${folder} has it, and a pipeline sees its own tasks and the library's: copy the YAML, and what it includes, to the tasks folder of this pipeline (evalgraph init copies it; evalgraph compare takes --include ${folder}).`,
} as const;
