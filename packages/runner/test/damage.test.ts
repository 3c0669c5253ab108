/**
 * Whatever lies on the disk is foreign. A real workspace is made once; then each kind of file that a command reads is
 * damaged again and again, and what reads it must give what it gave before, or name the file in a message. Anything else,
 * a TypeError, a stack, another number, is a defect.
 */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { sha256Hex, shape, UserError } from '@evalgraph/formats';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { readSummary } from '../../cli/src/terminal/summary-diff.ts';
import { embeddedEngine } from '../../engines/src/embedded/adapter.ts';
import { rememberBatch, rememberedBatch } from '../../engines/src/gpus/batch-memory.ts';
import { readJobRecord, writeJobRecord } from '../../engines/src/launchers/slurm/record.ts';
import type { SessionResponse } from '../../engines/src/session.ts';
import { FUZZ_TIMEOUT_MS, fuzz } from '../../formats/test/fuzz-support.ts';
import { openCatalog } from '../../sources/src/data/catalog.ts';
import { storeFolder } from '../../spec/src/layout.ts';
import { openClaims } from '../../system/src/claims/claims.ts';
import { runComparison } from '../src/comparison/comparison-run.ts';
import { requireAsLocked } from '../src/locking/as-locked.ts';
import { checkpointFiles } from '../src/locks/checkpoint-lock.ts';
import { isTaskCell, type Plan } from '../src/plan/plan.ts';
import { collectReport, completeReport, readComparison } from '../src/reporting/report-run.ts';
import { readTemplates } from '../src/reporting/report-templates.ts';
import { readFigures } from '../src/reporting/settled-report.ts';
import { cellPlace, readPlacedRecord } from '../src/results/placed.ts';
import { readCells, readSamples } from '../src/results/read-results.ts';
import { KEY_FILE } from '../src/results/result-files.ts';
import { readMade, readStage, writeStage } from '../src/results/stage-record.ts';
import { measuredRate } from '../src/run/measured-rate.ts';
import { parseSummary } from '../src/run/summary-figures.ts';
import { openJournal, readResponses } from '../src/store/responses.ts';
import { entryFolder, readStored } from '../src/store/results.ts';
import { planPipeline } from '../src/workspace.ts';
import { start } from './support/child.ts';
import {
  doctorCommand,
  exportCommand,
  importCommand,
  planCommand,
  questionsCommand,
  showCommand,
  watchCommand,
  whyCommand,
} from './support/commands.ts';
import { damaged, randomOf } from './support/damage.ts';
import { evaluate, lock, report } from './support/run.ts';
import { makeWorkspace, type Workspace } from './support/workspace.ts';

const CELL = 'tiny@step_2';

let workspace: Workspace;
let plan: Plan;
/** Requests of the first stored responses. */
let answered = 0;

const RECONCILE = `    perplexity: [wanda, gptq]
    divergence: true
`;

beforeAll(async () => {
  workspace = makeWorkspace();
  workspace.edit('pipelines/t/pipeline.yaml', '    perplexity: [wanda, lm-eval]\n', RECONCILE);
  await lock(workspace.root);
  const outcomes = await evaluate(workspace.root);
  expect([...outcomes.values()].filter((origin) => !['computed', 'rescored'].includes(origin))).toEqual([]);
  await report(workspace.root);
  workspace.write('pipelines/t/charts/own.vl.json', '{"mark": "line", "data": {"name": "scores"}}\n');
  await importCommand(
    workspace.root,
    [join(import.meta.dirname, 'cases/import/v0.3'), '--pipeline', 'got'],
    () => {},
  );
  plan = planPipeline(workspace.root, 't', 'full');
}, 300_000);

/** What a reader gives, as a text, so that another number is another text. */
type Reads = () => unknown | Promise<unknown>;

interface Kind {
  readonly name: string;
  /** Relative to the root. */
  readonly files: () => readonly string[];
  readonly reads: Reads;
  /** It reads more than the file, and is tried less often. */
  readonly isSlow?: true;
  /**
   * Why another outcome than before is right: `made again`, where what is damaged counts as not there; `theirs`, where
   * the file is the user's own text, and what it says is what is meant.
   */
  readonly besides?: 'made again' | 'theirs';
}

async function outcome(reads: Reads): Promise<string | UserError> {
  try {
    return JSON.stringify((await reads()) ?? null, (_, value: unknown) =>
      value instanceof Map ? [...value] : value,
    );
  } catch (error) {
    if (error instanceof UserError) return error;
    throw error;
  }
}

const below = (folder: string, matches: RegExp) => (): readonly string[] =>
  readdirSync(join(workspace.root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(workspace.root.length + 1))
    .filter((file) => matches.test(file))
    .sort();

const cellsOf = (): Plan['cells'] => plan.cells;

/** As a run writes it. */
const LOG = [
  { event: 'run-started', cells: 2, engine: 'embedded', pid: 1 },
  { event: 'cell-started', cell: `${CELL}/t_choice`, requests: 6, known: 0 },
  { event: 'cell-ended', cell: `${CELL}/t_choice`, origin: 'computed', seconds: 2 },
  { event: 'run-ended', done: 2, failed: 0, seconds: 3 },
].map((event) => `${JSON.stringify({ time: '2026-01-31T12:00:00.000Z', ...event })}\n`);

async function allSamples(): Promise<unknown> {
  const all: unknown[] = [];
  for (const cell of cellsOf().filter((one) => isTaskCell(one) && one.checkpoint.id === CELL)) {
    const results = await readCells(workspace.root, plan, [cell]);
    const own = results.get(cell.id);
    if (own !== undefined) all.push([...(await readSamples(workspace.root, 't', cell, own))]);
  }
  return all;
}

/** Everything of a report but its drawing. */
async function reported(): Promise<unknown> {
  const input = await collectReport(workspace.root, plan, embeddedEngine);
  const { samples, ...rest } = completeReport(workspace.root, plan, input);
  const rows: unknown[] = [];
  for (const cell of cellsOf().filter(isTaskCell)) {
    const task = cell.name === 't_group' ? 't_a' : cell.name;
    const { model, checkpoint } = { model: cell.checkpoint.model.name, checkpoint: cell.checkpoint.id };
    const read = (await samples?.({ model, checkpoint, cell: cell.name, task })) ?? [];
    for await (const row of read) rows.push(row);
  }
  return { ...rest, rows };
}

const store = (): string => storeFolder(workspace.root);
const keyed = (): string[] => cellsOf().flatMap(({ key }) => (key === null ? [] : [key]));

/** Entries that are served as they were, or not at all. */
async function stored(): Promise<unknown> {
  const key = keyed()[0] ?? '';
  const found = await readStored(store(), key);
  return found === null ? null : [...found].map(([name, content]) => [name, content.toString('latin1')]);
}

/** What plan, report and all others ask before they serve a number. */
async function locked(): Promise<unknown> {
  const now = planPipeline(workspace.root, 't', 'full');
  await requireAsLocked(workspace.root, now);
  return now.cells.map(({ id, key }) => [id, key]);
}

const KINDS: readonly Kind[] = [
  {
    name: 'results.json of a cell',
    files: below('results/t', /(tiny|pruned)[^/]*\/[^/]+\/results\.json$/),
    reads: () => readCells(workspace.root, plan, cellsOf()),
  },
  {
    name: 'manifest.json of a cell',
    files: below('results/t', /(tiny|pruned)[^/]*\/[^/]+\/manifest\.json$/),
    reads: () => readCells(workspace.root, plan, cellsOf()),
  },
  {
    name: 'samples of a task',
    files: below(`results/t/${CELL}`, /samples_.*\.jsonl$/),
    reads: allSamples,
  },
  {
    name: 'run.json of a cell',
    files: below('results/t', /\/run\.json$/),
    reads: () => measuredRate(workspace.root, plan),
  },
  {
    name: 'key.json of a cell',
    files: () => [`results/t/${CELL}/t_choice/key.json`],
    reads: () => {
      const cell = plan.cells.find(({ id }) => id === `${CELL}/t_choice`);
      return cell && readPlacedRecord(cellPlace(workspace.root, 't', cell), KEY_FILE, shape.json);
    },
  },
  {
    name: 'reconciliation.json and divergence.json',
    isSlow: true,
    files: below('results/t', /(reconciliation|divergence)\.json$/),
    reads: async () => {
      await runComparison(workspace.root, plan, 'pruned');
      return workspace.read('results/t/comparisons/pruned/comparison_results.json');
    },
  },
  {
    name: 'comparison_results.json',
    files: () => ['results/t/comparisons/pruned/comparison_results.json'],
    reads: () => plan.comparisons.map((one) => readComparison(workspace.root, plan, one))[0],
  },
  {
    name: 'an entry of the store',
    files: () =>
      readdirSync(entryFolder(store(), keyed()[0] ?? '')).map((name) =>
        join(entryFolder(store(), keyed()[0] ?? ''), name).slice(workspace.root.length + 1),
      ),
    reads: stored,
    besides: 'made again',
  },
  {
    name: 'a record of imported results',
    files: below('pipelines/got/imported', /\.json$/),
    reads: async () => {
      const own = planPipeline(workspace.root, 'got', 'full');
      const found = await readCells(workspace.root, own, own.cells);
      // The digest of the file is part of the key: white space alone makes another.
      return [...found.values()].map(({ results, groupSubtasks, numFewshot }) => [
        results,
        groupSubtasks,
        numFewshot,
      ]);
    },
  },
  {
    name: 'summary.json, for verify',
    files: () => ['results/t/summary.json'],
    reads: () => parseSummary(workspace.read('results/t/summary.json'), 'results/t/summary.json'),
  },
  {
    name: 'summary.json, for diff',
    files: () => ['results/t/summary.json'],
    reads: () => readSummary(workspace.read('results/t/summary.json'), 'results/t/summary.json'),
  },
  {
    name: 'locks of checkpoints and data',
    isSlow: true,
    files: () => [...below('pipelines/t/locks', /\.json$/)(), 'datasets/t/lock.json'],
    reads: locked,
  },
  {
    name: 'the memory of digests',
    isSlow: true,
    files: () => ['.evalgraph/verified.json'],
    reads: locked,
    besides: 'made again',
  },
  {
    name: 'a manifest of the store',
    files: () => [
      join(entryFolder(store(), keyed()[0] ?? ''), 'manifest.json').slice(workspace.root.length + 1),
    ],
    reads: stored,
    besides: 'made again',
  },
  {
    name: 'stored responses',
    files: () => below('.evalgraph/store/responses', /\.jsonl$/)().slice(0, 1),
    reads: () => {
      const [file = ''] = below('.evalgraph/store/responses', /\.jsonl$/)();
      return readResponses(store(), basename(file, '.jsonl'), answered);
    },
    besides: 'made again',
  },
  {
    name: 'key.json of a comparison',
    files: () => ['results/t/comparisons/pruned/key.json'],
    reads: () => plan.comparisons.map((one) => readComparison(workspace.root, plan, one))[0],
  },
  {
    name: 'figures.json of the report',
    files: () => ['results/t/report/figures.json'],
    reads: () => [...readFigures(workspace.root, plan).cells],
    besides: 'theirs',
  },
  {
    name: 'an index of shards',
    files: () => ['sharded/model.safetensors.index.json'],
    reads: () => checkpointFiles(join(workspace.root, 'sharded')),
    besides: 'theirs',
  },
  {
    name: 'a claim',
    files: below('.evalgraph/claims', /\.\d+$/),
    // A record that is none is nobody's: whoever comes takes the name.
    reads: () => {
      const taken = openClaims(join(workspace.root, '.evalgraph/claims')).tryTake('name');
      if (taken.taken) taken.claim.release();
      return typeof taken.taken;
    },
    besides: 'made again',
  },
  {
    name: 'a dataset.yaml',
    files: () => ['datasets/own/dataset.yaml'],
    reads: () => openCatalog(workspace.root).find('some/own', null, null),
    besides: 'theirs',
  },
  {
    name: 'a pipeline’s own file',
    isSlow: true,
    files: () => ['pipelines/t/pipeline.yaml'],
    reads: () => planPipeline(workspace.root, 't', 'full').cells.length,
    besides: 'theirs',
  },
  {
    name: 'a chart of the pipeline',
    files: () => ['pipelines/t/charts/own.vl.json'],
    reads: () => readTemplates(workspace.root, 't'),
    besides: 'theirs',
  },
  {
    name: 'evaluation.log',
    isSlow: true,
    files: () => ['results/t/evaluation.log'],
    reads: () => printed(watchCommand, ['t', '--once']),
    besides: 'theirs',
  },
  {
    name: 'stage.json and what it names',
    files: () => ['made/t/corpora/c/stage.json', 'made/t/corpora/c/card.json'],
    reads: async () => {
      const folder = join(workspace.root, 'made/t/corpora/c');
      return [await readStage(folder), String(await readMade(folder, 'card.json'))];
    },
  },
  {
    name: 'a journal',
    files: () => [`.evalgraph/store/journals/${JOURNAL}.jsonl`],
    reads: () => {
      const journal = openJournal(store(), JOURNAL, 3);
      journal.close();
      // What is good of it: a part of what was written, each answer as it was.
      const wrong = [...journal.known].filter(
        ([index, one]) => JSON.stringify(one) !== JSON.stringify(answer(index)),
      );
      return wrong.length === 0 ? 'a part' : wrong;
    },
  },
  {
    name: 'memory of batches',
    files: below('.evalgraph/b', /\.json$/),
    reads: () => rememberedBatch(join(workspace.root, '.evalgraph/b'), PLACE, 'auto'),
    besides: 'made again',
  },
  {
    name: 'job.json of Slurm',
    files: () => ['.evalgraph/job/job.json'],
    reads: () => readJobRecord(join(workspace.root, '.evalgraph/job')),
    besides: 'made again',
  },
];

const JOURNAL = 'cd'.repeat(32);
const answer = (index: number): SessionResponse =>
  ({ kind: 'score', sumNats: -(index + 1) / 3, isGreedy: false }) as unknown as SessionResponse;

const PLACE = { model: 'm', gpu: 'g', task: 't', engine: 'e' };

async function printed(
  command: (root: string, args: readonly string[], print: (line: string) => void) => Promise<void>,
  args: readonly string[],
): Promise<readonly string[]> {
  const lines: string[] = [];
  await command(workspace.root, args, (line) => lines.push(line));
  return lines;
}

beforeAll(async () => {
  workspace.write('results/t/evaluation.log', LOG.join(''));
  const made = join(workspace.root, 'made/t/corpora/c');
  mkdirSync(made, { recursive: true });
  const card = '{"documents": 3}\n';
  writeFileSync(join(made, 'card.json'), card);
  await writeStage(made, {
    format: 1,
    key: sha256Hex('key'),
    keyParts: { stage: 'corpus' },
    state: 'done',
    digest: sha256Hex('out'),
    files: { 'card.json': { sha256: sha256Hex(card), size: card.length } },
  });
  const [responses = ''] = below('.evalgraph/store/responses', /\.jsonl$/)();
  answered = Number(/"requests":(\d+)/.exec(workspace.read(responses))?.[1]);
  workspace.write('datasets/own/dataset.yaml', 'name: own\npath: some/own\nsplits: { test: a.jsonl }\n');
  workspace.write('datasets/own/a.jsonl', '{"a": 1}\n');
  for (const name of ['config.json', 'tokenizer.json', 'model-00001-of-00001.safetensors']) {
    workspace.write(`sharded/${name}`, '{}');
  }
  const map = { weight_map: { a: 'model-00001-of-00001.safetensors' } };
  workspace.write('sharded/model.safetensors.index.json', JSON.stringify(map));
  openClaims(join(workspace.root, '.evalgraph/claims')).tryTake('name');
  const journal = openJournal(store(), JOURNAL, 3);
  for (const index of [0, 1, 2]) journal.append([{ request: index, response: answer(index) }]);
  journal.close();
  await rememberBatch(join(workspace.root, '.evalgraph/b'), PLACE, 'auto', { fits: '8', failed: '16' });
  mkdirSync(join(workspace.root, '.evalgraph/job'), { recursive: true });
  await writeJobRecord(join(workspace.root, '.evalgraph/job'), {
    format: 1,
    name: 'evalgraph-1',
    job: { id: '7', cluster: null },
    command: ['a'],
    tag: 't',
    logStart: 0,
  });
});

const ALL_RUNS = fuzz(60).numRuns;
const RUNS = Math.ceil(ALL_RUNS / KINDS.filter(({ isSlow }) => isSlow !== true).length);
const SLOW_RUNS = Math.ceil(ALL_RUNS / 100);

/** Undone after each test, whatever it ended in. */
const undo: (() => void)[] = [];
afterEach(() => {
  for (const one of undo.splice(0)) one();
});

describe.each(KINDS)('$name', ({ name, files, reads, isSlow, besides }) => {
  it('damaged, gives what it gave before or is named', { timeout: FUZZ_TIMEOUT_MS }, async () => {
    const before = await outcome(reads);
    if (before instanceof UserError) throw before;
    const own = files();
    expect(own.length).toBeGreaterThan(0);
    const content = new Map(own.map((file) => [file, readFileSync(join(workspace.root, file))]));
    const whole = new Map(
      [...new Set(own.map((file) => dirname(file)))].flatMap((folder) =>
        readdirSync(join(workspace.root, folder), { withFileTypes: true })
          .filter((entry) => entry.isFile())
          .map((entry) => [join(folder, entry.name), readFileSync(join(workspace.root, folder, entry.name))]),
      ),
    );
    const restore = (): void => {
      for (const [file, bytes] of whole) workspaceWrite(file, bytes);
    };
    undo.push(restore);
    const next = randomOf([...name].reduce((sum, letter) => sum * 31 + letter.charCodeAt(0), 7));
    let refused = 0;
    for (let run = 0; run < (isSlow === true ? SLOW_RUNS : RUNS); run += 1) {
      const file = own[Math.floor(next() * own.length)] ?? '';
      const bytes = damaged(content.get(file) ?? Buffer.alloc(0), next);
      workspaceWrite(file, bytes);
      const after = await outcome(reads).catch((error: unknown) => {
        throw new Error(`${file}: ${String(error)}\n${shown(bytes)}`, { cause: error });
      });
      if (after instanceof UserError) {
        refused += 1;
        expect(after.message).not.toMatch(/\n\s+at \S+ \(|node:internal/);
        if (!after.message.includes(dirname(file)))
          throw new Error(`${file} is not named: ${after.message}\n${shown(bytes)}`);
      } else if (
        after !== before &&
        besides !== 'theirs' &&
        !(besides === 'made again' && after === 'null')
      ) {
        throw new Error(`${file} gives something else, without a word:\n${shown(bytes)}`);
      }
      if (besides === 'made again') restore();
      else workspaceWrite(file, content.get(file) ?? Buffer.alloc(0));
    }
    // A journal is used as far as it is good.
    if (besides === undefined && name !== 'a journal') expect(refused).toBeGreaterThan(0);
  });
});

function workspaceWrite(file: string, bytes: Buffer): void {
  const path = join(workspace.root, file);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, bytes);
}

function shown(bytes: Buffer): string {
  return JSON.stringify(bytes.subarray(0, 2000).toString('latin1'));
}

describe('every command', () => {
  const commands: readonly (readonly [string, () => Promise<unknown>])[] = [
    ['show', () => printed(showCommand, ['t'])],
    ['report', reported],
    ['why', () => printed(whyCommand, [`t/${CELL}/t_choice`])],
    ['questions', () => printed(questionsCommand, ['t_choice', '--stats'])],
    ['export', () => printed(exportCommand, ['t', '--to', mkdtempSync(join(tmpdir(), 'damage-'))])],
    ['compare', () => runComparison(workspace.root, plan, 'pruned')],
    ['plan', () => printed(planCommand, ['t'])],
    ['doctor', () => printed(doctorCommand, ['t'])],
    ['watch', () => printed(watchCommand, ['t', '--once'])],
  ];
  const TARGETS = [
    `results/t/${CELL}/t_choice/results.json`,
    `results/t/${CELL}/t_choice/samples_t_choice.jsonl`,
    `results/t/${CELL}/t_choice/manifest.json`,
    `results/t/${CELL}/t_choice/run.json`,
    'results/t/comparisons/pruned/comparison_results.json',
    'results/t/summary.json',
    'results/t/evaluation.log',
    'pipelines/t/charts/own.vl.json',
  ];
  const CONTENTS: readonly (readonly [string, Buffer | 'a folder' | 'nothing'])[] = [
    ['empty', Buffer.alloc(0)],
    ['an empty object', Buffer.from('{}')],
    ['null', Buffer.from('null')],
    ['a list', Buffer.from('[]')],
    ['deep', Buffer.from('['.repeat(1_000_000))],
    ['binary', Buffer.from([0, 255, 254, 7])],
    ['a folder', 'a folder'],
    ['nothing', 'nothing'],
  ];

  it.each(TARGETS)('keeps its words where %s is damaged', { timeout: 300_000 }, async (file) => {
    const path = join(workspace.root, file);
    const content = readFileSync(path);
    undo.push(() => {
      rmSync(path, { recursive: true, force: true });
      workspaceWrite(file, content);
    });
    for (const [number, [what, made]] of CONTENTS.entries()) {
      rmSync(path, { recursive: true, force: true });
      if (made === 'a folder') mkdirSync(path);
      else if (made !== 'nothing') writeFileSync(path, made);
      // Each command with every third of the contents, another third for each file.
      const turn = number + TARGETS.indexOf(file);
      for (const [name, command] of commands.filter((_, at) => (at + turn) % 3 === 0)) {
        await outcome(command).catch((error: unknown) => {
          throw new Error(`${name}, ${file} is ${what}: ${String(error)}`, { cause: error });
        });
      }
    }
  });

  it('of another pipeline does not hear of it', async () => {
    const file = join(workspace.root, 'pipelines/got/imported');
    const [record = ''] = readdirSync(file);
    const content = readFileSync(join(file, record));
    undo.push(() => writeFileSync(join(file, record), content));
    const before = await printed(showCommand, ['t']);
    writeFileSync(join(file, record), '{');
    expect(await printed(showCommand, ['t'])).toEqual(before);
    await expect(printed(showCommand, ['got'])).rejects.toThrow(
      `pipelines/got/imported/${record} is damaged`,
    );
  });

  it('of a real process ends with code 1 and no stack', { timeout: 120_000 }, async () => {
    const cases = [
      ['results/t/comparisons/pruned/comparison_results.json', '{}', ['show', 't']],
      ['results/t/comparisons/pruned/comparison_results.json', '{"format":1,', ['show', 't']],
      [`results/t/${CELL}/t_choice/results.json`, '{"results":{}}', ['show', 't']],
    ] as const;
    for (const [file, text, args] of cases) {
      const content = readFileSync(join(workspace.root, file));
      writeFileSync(join(workspace.root, file), text);
      const ended = await start('packages/cli/bin/evalgraph.js', args, { cwd: workspace.root }).ended;
      writeFileSync(join(workspace.root, file), content);
      expect(ended.code).toBe(1);
      expect(ended.stderr).toContain(`${file} is damaged`);
      expect(ended.stderr).toContain('--skip-nx-cache');
      expect(ended.stderr + ended.stdout).not.toMatch(/\n\s+at |TypeError/);
    }
  });
});

describe('a digit of a score that was changed by hand', () => {
  it('is noticed by everything that would show it', async () => {
    const file = `results/t/${CELL}/t_choice/results.json`;
    const text = workspace.read(file);
    undo.push(() => workspace.write(file, text));
    const changed = text.replace(/("acc,none": 0)(\.\d)?/, '$1.9');
    expect(changed).not.toBe(text);
    workspace.write(file, changed);
    for (const command of [showCommand, exportCommand, questionsCommand]) {
      const args = command === questionsCommand ? ['t_choice', '--stats'] : ['t'];
      await expect(printed(command, args)).rejects.toThrow(
        `${file} is damaged: its content is not what manifest.json`,
      );
    }
    await expect(reported()).rejects.toThrow(`${file} is damaged`);
    await expect(runComparison(workspace.root, plan, 'pruned')).rejects.toThrow(`${file} is damaged`);
  });
});
