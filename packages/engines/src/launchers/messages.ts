/** What launchers say. */
import { defineMessages } from '@evalgraph/formats';

export const messages = defineMessages({
  noSlurm: (program: string) => ({
    message: `The program '${program}' was not found: Slurm's commands are not on this machine's PATH.`,
    remedy: "Run on a login node of the cluster, or remove 'launcher' from the engine to compute here.",
  }),
  slurmRefused: (detail: string, script: string) => ({
    message: `Slurm did not take the job: ${detail}\n  script ${script}`,
    remedy:
      "Correct the engine's launcher: { slurm: { partition, time, gpus, extra } }, and run the same command again.",
  }),
  slurmNoAnswer: (detail: string) => ({
    message: `Slurm does not answer, so it is not known whether a job was submitted: ${detail}`,
    remedy: 'Run the same command again when squeue works: the job is found again then, if there is one.',
  }),
  slurmNotCancelled: (job: string) => ({
    message: `Job ${job} of an earlier run was to end, and has not.`,
    remedy: `End it (scancel ${job}), and run the same command again.`,
  }),
  slurmEnded: (job: string, state: string, log: string) => ({
    message: `Slurm ended job ${job}: ${state}.\n  full log ${log}`,
    remedy: REMEDIES[state] ?? 'Run the same command again: other cells are not affected.',
  }),
});

/** What is said that is no problem: lines of a log, parts of sentences. */
export const phrases = {
  submitted: (job: string, log: string): string => `job ${job} submitted; log: ${log}`,
  foundAgain: (job: string): string => `job ${job} of an earlier run is found again`,
  state: (job: string, state: string, reason: string): string =>
    `job ${job}: ${state.toLowerCase()}${reason === '' || reason === 'None' ? '' : ` (${reason})`}`,
  unreachable: (detail: string): string => `Slurm does not answer (${detail}); asking on`,
  /** Printed when the process ends and jobs do not. */
  goOn: (jobs: readonly string[]): string =>
    `Slurm goes on with ${jobs.length === 1 ? 'job' : 'jobs'} ${jobs.join(', ')}: the same command finds ${jobs.length === 1 ? 'it' : 'them'} again, scancel ends ${jobs.length === 1 ? 'it' : 'them'}.`,
} as const;

const REMEDIES: Readonly<Record<string, string>> = {
  TIMEOUT: "Raise the launcher's 'time', and run the same command again.",
  DEADLINE: "Raise the launcher's 'time', and run the same command again.",
  OUT_OF_MEMORY:
    "Ask for more of the machine's memory (extra: ['--mem=64G']), and run the same command again.",
};
