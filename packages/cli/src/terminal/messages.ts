/** What the terminal's commands say where they cannot do what was asked. */
import type { Problem } from '@evalgraph/formats';

const MOST_LISTED = 20;

function listed(names: readonly string[]): string {
  const rest = names.length - MOST_LISTED;
  return `${names.slice(0, MOST_LISTED).join(', ')}${rest > 0 ? ` and ${rest} more` : ''}`;
}

function meant(hint: string | null): string {
  return hint === null ? '' : `; did you mean '${hint}'?`;
}

export const messages = {
  unknownMetric: (metric: string, known: readonly string[], hint: string | null): Problem => ({
    code: 'unknown-metric',
    message: `No task has a metric '${metric}'${meant(hint)}`,
    remedy: `Metrics of these results: ${listed(known)}.`,
  }),
  nothingYet: (pipelines: readonly string[], target: string): Problem => ({
    code: 'no-results',
    message: `No cell of '${listed(pipelines)}' has a result yet.`,
    remedy: `Evaluate some: npx nx run ${target}:quick (minutes), or all: npx nx run ${target}`,
  }),
  showsQuick: (pipeline: string, command: string): string =>
    `These are results of the quick run: '${pipeline}' has none of a full one yet (${command}).`,
  figuresOfBefore: (path: string, problems: readonly Problem[]): string =>
    `The figures of ${path} are of before a change that was not locked:\n${problems.map(({ message }) => `  ${message}`).join('\n')}`,
  severalPipelines: (names: readonly string[], example: string): Problem => ({
    code: 'several-pipelines',
    message: `This workspace has several pipelines: ${listed(names)}.`,
    remedy: `Name one: ${example}`,
  }),
  noPipeline: (): Problem => ({
    code: 'unknown-pipeline',
    message: 'This workspace has no pipeline.',
    remedy: 'Make one: npx evalgraph init.',
  }),
  showsQuickTask: (task: string, command: string): string =>
    `These are answers of the quick run: '${task}' has none of a full one yet (${command}).`,
  pipelineHasErrors: (pipeline: string): string =>
    `'${pipeline}' has errors: npx evalgraph plan ${pipeline} shows them.`,
  pipelineLeftOut: (pipeline: string): string =>
    `Pipeline '${pipeline}' has errors and was left out (npx evalgraph plan ${pipeline} shows them).`,
  noFreshResults: (task: string, target: string): Problem => ({
    code: 'no-results',
    message: `'${task}' has no result that fits the pipeline as it is now.`,
    remedy: `Evaluate it: npx nx run ${target}:quick (a few documents), or npx nx run ${target}`,
  }),
  noSuchQuestionTask: (task: string, known: readonly string[], hint: string | null): Problem => ({
    code: 'unknown-task',
    message: `No pipeline evaluates a task or group '${task}'${meant(hint)}`,
    remedy: `Tasks with results: ${listed([...new Set(known)])}.`,
  }),
  noCheckpoint: (name: string, known: readonly string[], hint: string | null): Problem => ({
    code: 'unknown-checkpoint',
    message: `There is no checkpoint '${name}' with samples of this task${meant(hint)}`,
    remedy: `Checkpoints (a step, or a name): ${listed(known)}.`,
  }),
  noSamples: (task: string, command: string): Problem => ({
    code: 'no-samples',
    message: `No checkpoint has samples of '${task}'.`,
    remedy: `Evaluate it: ${command} (results imported without their samples have none).`,
  }),
  noDocument: (id: string, task: string, count: number): Problem => ({
    code: 'unknown-document',
    message: `'${task}' has no document with doc_id ${id}.`,
    remedy: `It has ${count}; npx evalgraph questions ${task} ${count} lists them all.`,
  }),
  noVerdicts: (task: string, metric: string): Problem => ({
    code: 'no-verdicts',
    message: `'${task}' is scored by ${metric}, which is neither right nor wrong.`,
    remedy: `Look at its questions without a filter: npx evalgraph questions ${task} 5`,
  }),
  oneCheckpoint: (task: string, model: string): Problem => ({
    code: 'one-checkpoint',
    message: `Only one checkpoint of '${model}' has samples of '${task}': nothing is learned or forgotten in between.`,
    remedy: 'Name two: --checkpoint c --against d --flipped.',
  }),
  flippedNeedsTwo: (): Problem => ({
    code: 'bad-arguments',
    message: 'questions: --flipped compares two checkpoints.',
    remedy: 'Name the other one: --flipped --against <step or name>.',
  }),
  noLog: (path: string, command: string): Problem => ({
    code: 'no-log',
    message: `${path} does not exist: no run of this pipeline has been logged.`,
    remedy: `Start one in another terminal: ${command}`,
  }),
  noGit: (): Problem => ({
    code: 'no-git',
    message: 'git was not found.',
    remedy: 'Install git, or put it on PATH: diff reads the committed summary through it.',
  }),
  noRepository: (root: string): Problem => ({
    code: 'no-repository',
    message: `${root} is in no git repository.`,
    remedy: 'diff compares with a commit: git init, and commit results/<pipeline>/summary.json.',
  }),
  unknownRef: (ref: string, hint: string | null): Problem => ({
    code: 'unknown-ref',
    message: `git knows no commit '${ref}'${hint === null ? '.' : meant(hint)}`,
    remedy: 'Name a branch, a tag or a commit: main, HEAD~1, v1.0 (git fetch, if it is on the remote only).',
  }),
  gitFailed: (detail: string): Problem => ({
    code: 'git-failed',
    message: `git failed: ${detail}`,
    remedy: 'Run the command by hand to see more.',
  }),
  noSummaryAt: (path: string, ref: string): Problem => ({
    code: 'no-summary',
    message: `${path} is not in commit '${ref}'.`,
    remedy: 'Commit the summary there, or name a later commit: git log -- <that file>',
  }),
  noSummaryNow: (path: string, command: string): Problem => ({
    code: 'no-summary',
    message: `${path} does not exist: there is nothing to compare.`,
    remedy: `Make it: ${command}`,
  }),
} as const;
