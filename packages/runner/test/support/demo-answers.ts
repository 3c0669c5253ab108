/** A checkpoint on some tasks as our engine answers: the demo's last one on the demo's tasks, or any other. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import {
  leafTasks,
  openTaskLibrary,
  type PreparedTask,
  type PrepareOptions,
  prepareTask,
  type ResolvedTask,
  type ScoredTask,
  scoreTask,
  type TaskLibrary,
  type TextResponse,
} from '@evalgraph/tasks';
import { embeddedEngine } from '../../../engines/src/embedded/adapter.ts';
import type { SessionResponse } from '../../../engines/src/session.ts';
import { repository } from './workspace.ts';

const THREADS = 1;

export interface Answered {
  readonly prepared: PreparedTask;
  /** By document, then by request. */
  readonly responses: readonly (readonly TextResponse[])[];
  readonly scored: ScoredTask;
}

/** Relative to the repository. */
export function lastDemoCheckpoint(): string {
  const names = readdirSync(join(repository, 'models/demo')).filter((name) => /^iter_\d+$/.test(name));
  const last = names.sort().at(-1);
  if (last === undefined) throw new Error('models/demo has no checkpoint');
  return `models/demo/${last}`;
}

export const DEMO_TASKS = [
  'demo_mmlu',
  'demo_mmlu_cloze',
  'demo_arc',
  'demo_hellaswag',
  'demo_winogrande',
  'demo_boolq',
  'demo_squad',
  'demo_gsm8k',
  'demo_paragraphs',
];

export const demoLibrary: TaskLibrary = openTaskLibrary({
  folders: [join(repository, 'pipelines/demo/tasks')],
});

export async function answerDemo(limit: number): Promise<ReadonlyMap<string, Answered>> {
  const tasks = DEMO_TASKS.flatMap((name) => leafTasks(demoLibrary.resolve(name)));
  return answerTasks(join(repository, lastDemoCheckpoint()), tasks, limit);
}

/** Any checkpoint on the first documents of some tasks; null: on all. */
export async function answerTasks(
  checkpoint: string,
  tasks: readonly ResolvedTask[],
  limit: number | null,
  samples: readonly number[] | null = null,
): Promise<ReadonlyMap<string, Answered>> {
  const session = await embeddedEngine.open(checkpoint, { maxLength: null, addBosToken: null }, THREADS);
  const answered = new Map<string, Answered>();
  try {
    for (const task of tasks)
      answered.set(task.name, await answerTask(task, { limit, samples }, session.run));
  } finally {
    await session.close();
  }
  return answered;
}

type Run = Awaited<ReturnType<typeof embeddedEngine.open>>['run'];

async function answerTask(
  task: ResolvedTask,
  documents: Pick<PrepareOptions, 'limit' | 'samples'>,
  run: Run,
): Promise<Answered> {
  const prepared = await prepareTask(task, { root: repository, numFewshot: null, seed: 1234, ...documents });
  const requests = prepared.docs.flatMap((doc) => doc.requests);
  const given = new Map<number, SessionResponse>();
  await run(requests, {
    done: new Set(),
    onAnswers: (answers) => {
      for (const { request, response } of answers) given.set(request, response);
    },
    onProgress: () => {},
  });
  let next = 0;
  const responses = prepared.docs.map((doc) => doc.requests.map(() => textResponse(given.get(next++))));
  return { prepared, responses, scored: scoreTask(prepared, responses) };
}

function textResponse(response: SessionResponse | undefined): TextResponse {
  if (response === undefined || response.kind === 'window') throw new Error('a request was not answered');
  return response;
}
