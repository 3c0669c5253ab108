/** What the engine `lm-eval` says to its user: the cause, the command that was run, where its whole log lies. */
import { defineMessages } from '@evalgraph/formats';

const INSTALL =
  "python3 -m venv .venv && .venv/bin/pip install 'lm-eval[hf]', then engine: { use: lm-eval, command: .venv/bin/lm_eval }";

/** A run of the program, as messages name it. */
export interface Ran {
  readonly command: string;
  readonly log: string;
}

function ran({ command, log }: Ran): string {
  return `\n  command  ${command}\n  full log ${log}`;
}

export const messages = defineMessages({
  otherSamples: (task: string, asked: number, evaluated: number, run: Ran) => ({
    message: `lm-eval evaluated ${evaluated} documents of ${task}, not the ${asked} of 'samples'.${ran(run)}`,
    remedy: "'samples' needs the name of a task: write the tasks of a group one by one, or 'tasks: ours'.",
  }),
  lmEvalNotFound: (program: string) => ({
    message: `The program '${program}' was not found.`,
    remedy: `Get it: ${INSTALL}`,
  }),
  lmEvalNoVersions: (command: string, detail: string) => ({
    message: `'${command}' does not tell the versions of lm-eval, torch and transformers, which its numbers depend on: ${detail}`,
    remedy:
      "Write the engine's command as a path of lm_eval, as [uv, run, lm_eval] or as [python, -m, lm_eval].",
  }),
  lmEvalNotInstalled: (python: string) => ({
    message: `The package lm_eval is not installed for ${python}.`,
    remedy: `Get it: ${INSTALL}`,
  }),
  engineVersionsChanged: (differences: readonly string[], pipeline: string, lockFile: string) => ({
    message: `The versions of the engine 'lm-eval' are not those of ${lockFile}:\n${differences.map((line) => `  ${line}`).join('\n')}`,
    remedy: `Install the locked versions, or lock the new ones (npx evalgraph lock ${pipeline}): they are part of every key, so its cells are evaluated anew.`,
  }),
  lmEvalPath: (folder: string) => ({
    message: `lm-eval parts its model arguments at commas, and the checkpoint's folder has one: ${folder}`,
    remedy: 'Rename the folder, or link to it under another name.',
  }),
  lmEvalChatDate: (date: string) => ({
    message: `The date ${date} for chat templates cannot be handed to lm-eval, which takes the day of the run.`,
    remedy: 'Remove the date from the task, or use engine: { use: embedded }.',
  }),
  lmEvalClassTask: (task: string, name: string) => ({
    message: `'${task}' is a Python class (${name}); in lm-eval it reads its own data, so it cannot be handed over as evalgraph resolved it.`,
    remedy:
      "Run lm-eval's own task of that name (engine: { use: lm-eval, tasks: theirs }), or use engine: { use: embedded }.",
  }),
  lmEvalMetric: (task: string, metric: string) => ({
    message: `'${task}' has the metric ${metric}, which lm-eval does not know.`,
    remedy: 'Remove the metric from the task, or use engine: { use: embedded }.',
  }),
  lmEvalFailed: (cause: string, run: Ran, remedy: string | null) => ({
    message: `lm-eval failed: ${cause}${ran(run)}`,
    remedy: remedy ?? 'Mend the cause and run the same command again: other cells are not affected.',
  }),
  lmEvalKilled: (signal: string, run: Ran) => ({
    message: `lm-eval was killed (${signal}).${ran(run)}`,
    remedy:
      signal === 'SIGKILL'
        ? "This is most often the machine's memory (not the GPU's): free some, lower the engine's 'batch_size', or use a smaller dtype."
        : 'Run the same command again.',
  }),
  lmEvalOutOfMemory: (run: Ran) => ({
    message: `The GPU's memory does not suffice even for batch size 1.${ran(run)}`,
    remedy:
      "Lower the model's 'max_length', choose a smaller dtype, or spread the model over several GPUs (model_args: { parallelize: true }).",
  }),
  lmEvalHung: (silence: string, run: Ran) => ({
    message: `lm-eval printed nothing for ${silence} and was ended, twice.${ran(run)}`,
    remedy:
      "Look for its last line in the log. Where it needs so long between two lines, raise the engine's 'silence_minutes'.",
  }),
  lmEvalNoResults: (detail: string, run: Ran) => ({
    message: `lm-eval ended without an error, but ${detail}.${ran(run)}`,
    remedy:
      'It logs errors of writing and goes on: look for them in the log (a full disk, most often), then run the same command again.',
  }),
  lmEvalBadSamples: (file: string, line: number, detail: string, run: Ran) => ({
    message: `${file}:${line} is no row of samples that evalgraph reads: ${detail}.${ran(run)}`,
    remedy: 'Run the same command again; with a lm-eval before 0.4.9, install a later one.',
  }),
});

/** What is said that is no problem: lines of a log, parts of sentences. */
export const phrases = {
  versionDiffers: (name: string, locked: string | undefined, found: string | undefined): string =>
    `${name}: locked ${locked ?? 'not installed'}, here ${found ?? 'not installed'}`,

  /** Why the output is not whole, embedded in noResults. */
  noResultsFile: (): string => 'it wrote no results file',
  severalResultsFiles: (count: number): string => `it wrote ${count} results files`,
  taskMissing: (task: string): string => `its results lack the task '${task}'`,
  samplesMissing: (task: string): string => `it wrote no samples of '${task}'`,
  samplesShort: (task: string, found: number, expected: number): string =>
    `it wrote samples of ${found} of the ${expected} documents of '${task}'`,

  /** Lines that pass by while it runs. */
  started: (log: string): string => `lm-eval runs; log: ${log}`,
  restarted: (silence: string): string =>
    `lm-eval printed nothing for ${silence} and was ended; it is started again, once`,
  halved: (before: string, after: string): string =>
    `the GPU's memory did not suffice for batch size ${before}: started again with batch size ${after}`,
} as const;
