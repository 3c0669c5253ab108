/**
 * lm-eval itself (torch, float32, CPU) beside our engine and tasks: every prompt by its hashes, every log-likelihood,
 * every text, every metric. (a) The demo's last checkpoint on the demo's tasks, (b) a random model of 20 million
 * parameters on every task of the library, over first rows of the real benchmarks where they are (else rows of our
 * own). Prints a table with a row for every task. Needs lm-eval 0.4.13; `EVALGRAPH_LM_EVAL` names its program.
 *   python3 -m venv .venv && .venv/bin/pip install -r .ci/requirements.txt
 *   EVALGRAPH_LM_EVAL=.venv/bin/lm_eval npx vitest run packages/runner/test/lm-eval-judge.test.ts
 * SQUAD_V2_METRIC names the folder of evaluate's squad_v2 where the hub is out of reach (support/make_squad_metric.py
 * makes one). EVALGRAPH_JUDGE_TABLE names a file that the tables are appended to. With EVALGRAPH_WRITE_GOLDEN=1 what
 * torch answered on the demo is written for demo-golden.test.ts.
 */
import { execFileSync } from 'node:child_process';
import { appendFileSync, cpSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  aggregateGroup,
  leafTasks,
  libraryFolder,
  openTaskLibrary,
  type ResolvedGroup,
  type ScoredTask,
} from '@evalgraph/tasks';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { NEEDS_LM_EVAL, judgeLmEval as program } from '../../formats/test/judges.ts';
import {
  type Compared,
  compareGroup,
  compareTask,
  judgeTable,
  notCompared,
} from './support/compare-judged.ts';
import {
  type Answered,
  answerDemo,
  answerTasks,
  DEMO_TASKS,
  demoLibrary,
  lastDemoCheckpoint,
} from './support/demo-answers.ts';
import { GOLDEN_FILE, type Golden, type GoldenResponse } from './support/demo-golden.ts';
import { type Judged, judgeResponse, pythonOf, runJudge, temporaryFolder } from './support/judge.ts';
import { hasRealRows, judgeName, type LibraryJudge, writeLibraryJudge } from './support/library-judge.ts';
import { repository } from './support/workspace.ts';

const DEMO_LIMIT = 20;
const TIMEOUT_MS = 1_200_000;

/** `theirs`: lm-eval's name of the task. */
function compareOne(own: Answered, theirs: string, judged: Judged): Compared {
  const rows = judged.rows.get(theirs);
  const results = judged.results[theirs];
  if (rows === undefined || results === undefined)
    return notCompared(own.prepared.name, 'lm-eval did not run it');
  const squad = own.prepared.config.class !== null;
  const skip = squad ? judged.squadMetricMissing : null;
  return compareTask(
    own,
    rows,
    results,
    skip === null
      ? null
      : `metrics not compared: squad_v2 of evaluate could not be loaded (${skip}); SQUAD_V2_METRIC names its folder`,
  );
}

/** The group and every group below it. */
function compareGroups(
  group: ResolvedGroup,
  answered: ReadonlyMap<string, Answered>,
  judged: Judged,
): readonly Compared[] {
  const scored = new Map<string, ScoredTask>([...answered].map(([name, own]) => [name, own.scored]));
  return aggregateGroup(group, scored).map((row) => compareGroup(row, judged.results[row.name] ?? {}));
}

/** The first fault of each task, in one list: a red run says all that is wrong. */
function faults(rows: readonly Compared[]): readonly string[] {
  return rows.flatMap(({ task, problems }) => problems.map((problem) => `${task}: ${problem}`));
}

function publish(title: string, rows: readonly Compared[]): void {
  const table = judgeTable(title, rows);
  process.stdout.write(`\n${table}\n`);
  const file = process.env['EVALGRAPH_JUDGE_TABLE'];
  if (file !== undefined) appendFileSync(file, `${table}\n`);
}

/** What lm-eval answered, as the committed values that the engine is held to where no lm-eval is. */
function writeGolden(answered: ReadonlyMap<string, Answered>, judged: Judged): void {
  const tasks: Record<string, readonly (readonly GoldenResponse[])[]> = {};
  for (const [task, { prepared }] of answered) {
    tasks[task] = prepared.docs.map((doc) => {
      const row = judged.rows.get(task)?.find(({ doc_id }) => doc_id === doc.docId);
      return doc.requests.map((request, place) => judgeResponse(request.kind, row?.resps[place]?.[0]));
    });
  }
  const golden: Golden = {
    judge: 'lm-eval 0.4.13, torch, float32',
    checkpoint: lastDemoCheckpoint(),
    limit: DEMO_LIMIT,
    tasks,
  };
  writeFileSync(GOLDEN_FILE, `${JSON.stringify(golden)}\n`);
}

describe.skipIf(program === undefined)(`lm-eval on the demo (${NEEDS_LM_EVAL})`, () => {
  const folder = temporaryFolder();
  let judged: Judged;
  let answered: ReadonlyMap<string, Answered>;
  let rows: readonly Compared[] = [];

  beforeAll(async () => {
    const tasksFolder = join(folder, 'tasks');
    cpSync(join(repository, 'pipelines/demo/tasks'), tasksFolder, { recursive: true });
    const checkpoint = lastDemoCheckpoint();
    judged = runJudge(program ?? '', { checkpoint, tasksFolder, tasks: DEMO_TASKS, limit: DEMO_LIMIT });
    answered = await answerDemo(DEMO_LIMIT);
    const groups = DEMO_TASKS.map((name) => demoLibrary.resolve(name)).filter(
      (node) => node.kind === 'group',
    );
    rows = [
      ...[...answered].map(([name, own]) => compareOne(own, name, judged)),
      ...groups.flatMap((group) => compareGroups(group, answered, judged)),
    ];
  }, TIMEOUT_MS);
  afterAll(() => {
    publish(
      `lm-eval and evalgraph: the demo's last checkpoint, first ${DEMO_LIMIT} documents (lm-eval ${judged?.seconds.toFixed(0)} s)`,
      rows,
    );
    if (process.env['EVALGRAPH_WRITE_GOLDEN'] === '1') writeGolden(answered, judged);
    rmSync(folder, { recursive: true, force: true });
  });

  it('has a row for every task that lm-eval ran, and lm-eval ran every one', () => {
    expect([...judged.rows.keys()].sort()).toEqual([...answered.keys()].sort());
    expect(rows.filter((row) => row.documents === null)).toEqual([]);
  });

  it('agrees: hashes, log-likelihoods within 1e-4 nats and 1e-5 a token, texts, metrics to 6 digits', () => {
    expect(faults(rows)).toEqual([]);
  });
});

/** What a pipeline sets for a task, as lm-eval's options set it: the same documents by doc_id, the same numbers. */
describe.skipIf(program === undefined)(
  `lm-eval's --limit 0.1, --samples and --gen_kwargs (${NEEDS_LM_EVAL})`,
  () => {
    const tasks = ['demo_mmlu', 'demo_arc', 'demo_hellaswag', 'demo_gsm8k', 'demo_paragraphs'];
    const samples = [0, 3, 4, 9];
    it.each([
      { what: 'a share', limit: 0.1, samples: null, generation: {} },
      { what: 'documents by their rows', limit: null, samples, generation: {} },
      {
        what: 'another length and other stops',
        limit: 8,
        samples: null,
        generation: { max_gen_toks: 12, until: ['\n\n', '.'], temperature: 0.7 },
      },
    ])(
      '$what',
      async ({ what, limit, samples: rows, generation }) => {
        const folder = temporaryFolder();
        const tasksFolder = join(folder, 'tasks');
        cpSync(join(repository, 'pipelines/demo/tasks'), tasksFolder, { recursive: true });
        const checkpoint = lastDemoCheckpoint();
        const nodes = tasks.map((name) => {
          const generates = name === 'demo_gsm8k' && Object.keys(generation).length > 0;
          return demoLibrary.resolve(name, {}, generates ? generation : {});
        });
        const leaves = nodes.flatMap(leafTasks);
        const judged = runJudge(program ?? '', {
          ...{ checkpoint, tasksFolder, tasks, limit },
          more: [
            ...(rows === null
              ? []
              : ['--samples', JSON.stringify(Object.fromEntries(leaves.map(({ name }) => [name, rows])))]),
            ...(Object.keys(generation).length === 0 ? [] : ['--gen_kwargs', JSON.stringify(generation)]),
          ],
        });
        const answered = await answerTasks(join(repository, checkpoint), leaves, limit, rows);
        const compared = [
          ...[...answered].map(([name, own]) => compareOne(own, name, judged)),
          ...nodes.flatMap((node) => (node.kind === 'group' ? compareGroups(node, answered, judged) : [])),
        ];
        publish(`lm-eval and evalgraph: ${what}`, compared);
        rmSync(folder, { recursive: true, force: true });
        expect([...judged.rows.keys()].sort()).toEqual([...answered.keys()].sort());
        expect(faults(compared)).toEqual([]);
        if (rows === null) return;
        for (const [name, { prepared }] of answered) {
          expect(
            prepared.docs.map(({ docId }) => docId),
            name,
          ).toEqual(rows);
        }
      },
      TIMEOUT_MS,
    );
  },
);

describe.skipIf(program === undefined)(
  `lm-eval on the library with a random model (${NEEDS_LM_EVAL})`,
  () => {
    const folder = temporaryFolder();
    let judged: Judged;
    let library: LibraryJudge;
    let rows: readonly Compared[] = [];

    beforeAll(async () => {
      const python = pythonOf(program ?? '');
      const run = (args: readonly string[]): string =>
        execFileSync(python, args, { cwd: repository, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
      const packaged = run(['-c', 'import lm_eval, os; print(os.path.dirname(lm_eval.__file__))']).trim();
      const checkpoint = join(folder, 'random-20m');
      const script = 'packages/runner/test/support/make_random_model.py';
      run([script, lastDemoCheckpoint(), checkpoint]);
      library = writeLibraryJudge(folder, join(packaged, 'tasks'));
      const { asked, tasksFolder } = library;
      judged = runJudge(program ?? '', { checkpoint, tasksFolder, tasks: asked, limit: null });
      const answered = await answerTasks(
        checkpoint,
        library.tasks.map(({ ours }) => ours),
        null,
      );
      const compared = library.tasks.map(({ name, judgeName: theirs }) => {
        const own = answered.get(name);
        return own === undefined ? notCompared(name, 'we did not run it') : compareOne(own, theirs, judged);
      });
      rows = [...compared, ...library.groups.flatMap((group) => compareGroups(group, answered, judged))];
    }, TIMEOUT_MS);
    afterAll(() => {
      const source = hasRealRows ? 'first rows of the real benchmarks' : 'rows of our own';
      publish(
        `lm-eval and evalgraph: a random Llama of 20M parameters on the library, ${source} (lm-eval ${judged?.seconds.toFixed(0)} s)`,
        rows,
      );
      rmSync(folder, { recursive: true, force: true });
    });

    it('has a row for every task of the library', () => {
      const compared = new Set(rows.filter((row) => row.documents !== null).map((row) => row.task));
      const shipped = openTaskLibrary({ folders: [libraryFolder] });
      const names = shipped.names().flatMap((name) => leafTasks(shipped.resolve(name)));
      for (const { name } of names) expect(compared).toContain(name);
      expect(library.tasks.map(({ name }) => judgeName(name)).sort()).toEqual([...judged.rows.keys()].sort());
    });

    it('agrees: hashes, log-likelihoods within 1e-4 nats and 1e-5 a token, texts, metrics to 6 digits', () => {
      expect(faults(rows)).toEqual([]);
    });
  },
);
