/** What the engine `lm-eval` says to its user: the cause, the command that was run, where its whole log lies. */
import type { Problem } from '@evalgraph/formats';

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

export const lmEvalEngineMessages = {
  otherSamples: (task: string, asked: number, evaluated: number, run: Ran): Problem => ({
    code: 'other-samples',
    message: `lm-eval evaluated ${evaluated} documents of ${task}, not the ${asked} of 'samples'.${ran(run)}`,
    remedy: "'samples' needs the name of a task: write the tasks of a group one by one, or 'tasks: ours'.",
  }),
  notFound: (program: string): Problem => ({
    code: 'lm-eval-not-found',
    message: `The program '${program}' was not found.`,
    remedy: `Get it: ${INSTALL}`,
  }),
  noVersions: (command: string, detail: string): Problem => ({
    code: 'lm-eval-no-versions',
    message: `'${command}' does not tell the versions of lm-eval, torch and transformers, which its numbers depend on: ${detail}`,
    remedy:
      "Write the engine's command as a path of lm_eval, as [uv, run, lm_eval] or as [python, -m, lm_eval].",
  }),
  notInstalled: (python: string): Problem => ({
    code: 'lm-eval-not-installed',
    message: `The package lm_eval is not installed for ${python}.`,
    remedy: `Get it: ${INSTALL}`,
  }),
  versionsChanged: (differences: readonly string[], pipeline: string, lockFile: string): Problem => ({
    code: 'engine-versions-changed',
    message: `The versions of the engine 'lm-eval' are not those of ${lockFile}:\n${differences.map((line) => `  ${line}`).join('\n')}`,
    remedy: `Install the locked versions, or lock the new ones (npx evalgraph lock ${pipeline}): they are part of every key, so its cells are evaluated anew.`,
  }),
  versionDiffers: (name: string, locked: string | undefined, found: string | undefined): string =>
    `${name}: locked ${locked ?? 'not installed'}, here ${found ?? 'not installed'}`,
  folderWithComma: (folder: string): Problem => ({
    code: 'lm-eval-path',
    message: `lm-eval parts its model arguments at commas, and the checkpoint's folder has one: ${folder}`,
    remedy: 'Rename the folder, or link to it under another name.',
  }),
  chatDate: (date: string): Problem => ({
    code: 'lm-eval-chat-date',
    message: `The date ${date} for chat templates cannot be handed to lm-eval, which takes the day of the run.`,
    remedy: 'Remove the date from the task, or use engine: { use: embedded }.',
  }),
  classTask: (task: string, name: string): Problem => ({
    code: 'lm-eval-class-task',
    message: `'${task}' is a Python class (${name}); in lm-eval it reads its own data, so it cannot be handed over as evalgraph resolved it.`,
    remedy:
      "Run lm-eval's own task of that name (engine: { use: lm-eval, tasks: theirs }), or use engine: { use: embedded }.",
  }),
  ownMetric: (task: string, metric: string): Problem => ({
    code: 'lm-eval-metric',
    message: `'${task}' has the metric ${metric}, which lm-eval does not know.`,
    remedy: 'Remove the metric from the task, or use engine: { use: embedded }.',
  }),
  failed: (cause: string, run: Ran, remedy: string | null): Problem => ({
    code: 'lm-eval-failed',
    message: `lm-eval failed: ${cause}${ran(run)}`,
    remedy: remedy ?? 'Mend the cause and run the same command again: other cells are not affected.',
  }),
  killed: (signal: string, run: Ran): Problem => ({
    code: 'lm-eval-killed',
    message: `lm-eval was killed (${signal}).${ran(run)}`,
    remedy:
      signal === 'SIGKILL'
        ? "This is most often the machine's memory (not the GPU's): free some, lower the engine's 'batch_size', or use a smaller dtype."
        : 'Run the same command again.',
  }),
  outOfMemory: (run: Ran): Problem => ({
    code: 'lm-eval-out-of-memory',
    message: `The GPU's memory does not suffice even for batch size 1.${ran(run)}`,
    remedy:
      "Lower the model's 'max_length', choose a smaller dtype, or spread the model over several GPUs (model_args: { parallelize: true }).",
  }),
  hung: (silence: string, run: Ran): Problem => ({
    code: 'lm-eval-hung',
    message: `lm-eval printed nothing for ${silence} and was ended, twice.${ran(run)}`,
    remedy:
      "Look for its last line in the log. Where it needs so long between two lines, raise the engine's 'silence_minutes'.",
  }),
  noResults: (detail: string, run: Ran): Problem => ({
    code: 'lm-eval-no-results',
    message: `lm-eval ended without an error, but ${detail}.${ran(run)}`,
    remedy:
      'It logs errors of writing and goes on: look for them in the log (a full disk, most often), then run the same command again.',
  }),
  badSamples: (file: string, line: number, detail: string, run: Ran): Problem => ({
    code: 'lm-eval-bad-samples',
    message: `${file}:${line} is no row of samples that evalgraph reads: ${detail}.${ran(run)}`,
    remedy: 'Run the same command again; with a lm-eval before 0.4.9, install a later one.',
  }),

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
