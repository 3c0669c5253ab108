/** What the terminal's commands say where they cannot do what was asked. */
import { defineMessages, type Problem } from '@evalgraph/formats';

const MOST_LISTED = 20;

function listed(names: readonly string[]): string {
  const rest = names.length - MOST_LISTED;
  return `${names.slice(0, MOST_LISTED).join(', ')}${rest > 0 ? ` and ${rest} more` : ''}`;
}

function meant(hint: string | null): string {
  return hint === null ? '' : `; did you mean '${hint}'?`;
}

export const messages = defineMessages({
  unknownMetric: (metric: string, known: readonly string[], hint: string | null) => ({
    message: `No task has a metric '${metric}'${meant(hint)}`,
    remedy: `Metrics of these results: ${listed(known)}.`,
  }),
  noResults: {
    ofPipelines: (pipelines: readonly string[], target: string) => ({
      message: `No cell of '${listed(pipelines)}' has a result yet.`,
      remedy: `Evaluate some: npx nx run ${target}:quick (minutes), or all: npx nx run ${target}`,
    }),
    ofTask: (task: string, target: string) => ({
      message: `'${task}' has no result that fits the pipeline as it is now.`,
      remedy: `Evaluate it: npx nx run ${target}:quick (a few documents), or npx nx run ${target}`,
    }),
  },
  severalPipelines: (names: readonly string[], example: string) => ({
    message: `This workspace has several pipelines: ${listed(names)}.`,
    remedy: `Name one: ${example}`,
  }),
  unknownPipeline: () => ({
    message: 'This workspace has no pipeline.',
    remedy: 'Make one: npx evalgraph init.',
  }),
  unknownTask: (task: string, known: readonly string[], hint: string | null) => ({
    message: `No pipeline evaluates a task or group '${task}'${meant(hint)}`,
    remedy: `Tasks with results: ${listed([...new Set(known)])}.`,
  }),
  unknownCheckpoint: (name: string, known: readonly string[], hint: string | null) => ({
    message: `There is no checkpoint '${name}' with samples of this task${meant(hint)}`,
    remedy: `Checkpoints (a step, or a name): ${listed(known)}.`,
  }),
  noSamples: (task: string, command: string) => ({
    message: `No checkpoint has samples of '${task}'.`,
    remedy: `Evaluate it: ${command} (results imported without their samples have none).`,
  }),
  unknownDocument: (id: string, task: string, count: number) => ({
    message: `'${task}' has no document with doc_id ${id}.`,
    remedy: `It has ${count}; npx evalgraph questions ${task} ${count} lists them all.`,
  }),
  noVerdicts: (task: string, metric: string) => ({
    message: `'${task}' is scored by ${metric}, which is neither right nor wrong.`,
    remedy: `Look at its questions without a filter: npx evalgraph questions ${task} 5`,
  }),
  oneCheckpoint: (task: string, model: string) => ({
    message: `Only one checkpoint of '${model}' has samples of '${task}': nothing is learned or forgotten in between.`,
    remedy: 'Name two: --checkpoint c --against d --flipped.',
  }),
  badArguments: () => ({
    message: 'questions: --flipped compares two checkpoints.',
    remedy: 'Name the other one: --flipped --against <step or name>.',
  }),
  noLog: (path: string, command: string) => ({
    message: `${path} does not exist: no run of this pipeline has been logged.`,
    remedy: `Start one in another terminal: ${command}`,
  }),
  noGit: () => ({
    message: 'git was not found.',
    remedy: 'Install git, or put it on PATH: diff reads the committed summary through it.',
  }),
  noRepository: (root: string) => ({
    message: `${root} is in no git repository.`,
    remedy: 'diff compares with a commit: git init, and commit results/<pipeline>/summary.json.',
  }),
  unknownRef: (ref: string, hint: string | null) => ({
    message: `git knows no commit '${ref}'${hint === null ? '.' : meant(hint)}`,
    remedy: 'Name a branch, a tag or a commit: main, HEAD~1, v1.0 (git fetch, if it is on the remote only).',
  }),
  gitFailed: (detail: string) => ({
    message: `git failed: ${detail}`,
    remedy: 'Run the command by hand to see more.',
  }),
  noSummary: {
    at: (path: string, ref: string) => ({
      message: `${path} is not in commit '${ref}'.`,
      remedy: 'Commit the summary there, or name a later commit: git log -- <that file>',
    }),
    now: (path: string, command: string) => ({
      message: `${path} does not exist: there is nothing to compare.`,
      remedy: `Make it: ${command}`,
    }),
  },
});

/** What is said that is no problem: lines of a log, parts of sentences. */
export const phrases = {
  showsQuick: (pipeline: string, command: string): string =>
    `These are results of the quick run: '${pipeline}' has none of a full one yet (${command}).`,
  figuresOfBefore: (path: string, problems: readonly Problem[]): string =>
    `The figures of ${path} are of before a change that was not locked:\n${problems.map(({ message }) => `  ${message}`).join('\n')}`,
  showsQuickTask: (task: string, command: string): string =>
    `These are answers of the quick run: '${task}' has none of a full one yet (${command}).`,
  pipelineHasErrors: (pipeline: string): string =>
    `'${pipeline}' has errors: npx evalgraph plan ${pipeline} shows them.`,
  pipelineLeftOut: (pipeline: string): string =>
    `Pipeline '${pipeline}' has errors and was left out (npx evalgraph plan ${pipeline} shows them).`,
} as const;
