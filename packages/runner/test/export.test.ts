/** Export: lm-eval's layout, read back by our own import; the zip by Python's zipfile, where there is a Python. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type CellResults, sha256Hex } from '@evalgraph/formats';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { messages } from '../../cli/src/messages.ts';
import { openZip } from '../src/exchange/zip.ts';
import { isTaskCell } from '../src/plan/plan.ts';
import { readCells } from '../src/results/read-results.ts';
import { planPipeline } from '../src/workspace.ts';
import { exportCommand, importCommand } from './support/commands.ts';
import { evaluate, lock } from './support/run.ts';
import { makeWorkspace, placeAgain, snapshot, type Workspace } from './support/workspace.ts';

const python = spawnSync('python3', ['-c', 'import zipfile']).status === 0;

let workspace: Workspace;

const folder = (): string => mkdtempSync(join(tmpdir(), 'evalgraph-export-'));

async function exported(...options: readonly string[]): Promise<readonly string[]> {
  const lines: string[] = [];
  await exportCommand(workspace.root, ['t', ...options], (line) => lines.push(line));
  return lines;
}

function filesBelow(path: string): readonly string[] {
  return [...snapshot(path).keys()];
}

beforeAll(async () => {
  workspace = makeWorkspace();
  await lock(workspace.root);
  const outcomes = await evaluate(workspace.root);
  expect([...new Set(outcomes.values())]).toEqual(['computed']);
}, 120_000);

describe('the layout', () => {
  it('is a folder for each checkpoint, in it one for the source, in it results and samples', async () => {
    const to = folder();
    const lines = await exported('--to', to, '--time', '2026-01-31T12:00:00.5Z');
    const names = (place: string): readonly string[] =>
      [
        'results_2026-01-31T12-00-00.500000.json',
        ...['t_a', 't_b', 't_choice', 't_generate', 't_pages'].map(
          (task) => `samples_${task}_2026-01-31T12-00-00.500000.jsonl`,
        ),
      ].map((name) => `${place}/${name}`);
    expect(filesBelow(to)).toEqual([
      ...names('results_pruned/models__pruned'),
      ...names('results_tiny/step_1/models__tiny'),
      ...names('results_tiny/step_2/models__tiny'),
    ]);
    expect(lines[0]).toBe(`t: 3 checkpoints, 12 cells, 18 files in ${to}`);
    expect(lines[1]).toMatch(/^6 cells of perplexity/);
  });

  it("has all of lm-eval's keys, and says null where it does not know", async () => {
    const to = folder();
    await exported('--to', to, '--model', 'pruned', '--time', '2026-01-31T12:00:00Z');
    const inner = join(to, 'results_pruned/models__pruned');
    const file = JSON.parse(readFileSync(join(inner, 'results_2026-01-31T12-00-00.000000.json'), 'utf8'));
    const keys =
      `results groups group_subtasks configs versions n-shot higher_is_better n-samples config git_hash date
      pretty_env_info transformers_version lm_eval_version upper_git_hash tokenizer_pad_token tokenizer_eos_token
      tokenizer_bos_token eot_token_id max_length task_hashes model_source model_name model_name_sanitized
      system_instruction system_instruction_sha fewshot_as_multiturn chat_template chat_template_sha
      total_evaluation_time_seconds`.split(/\s+/);
    expect(Object.keys(file).sort()).toEqual([...keys, 'evalgraph'].sort());
    const config =
      `model model_args model_num_parameters model_dtype model_revision model_sha batch_size batch_sizes device
      use_cache limit bootstrap_iters gen_kwargs random_seed numpy_seed torch_seed fewshot_seed`.split(/\s+/);
    expect(Object.keys(file.config).sort()).toEqual(config.sort());
    expect(file.date).toBe(Date.parse('2026-01-31T12:00:00Z') / 1000);
    expect(file.total_evaluation_time_seconds).toMatch(/^[\d.]+$/);
    expect(file.group_subtasks).toEqual({ t_group: ['t_a', 't_b'] });
    expect(Object.keys(file.groups)).toEqual(['t_group']);
    const rows = readFileSync(join(inner, 'samples_t_a_2026-01-31T12-00-00.000000.jsonl'), 'utf8')
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, string>);
    expect(file.task_hashes.t_a).toBe(
      sha256Hex(rows.map((row) => `${row['doc_hash']}${row['prompt_hash']}${row['target_hash']}`).join('')),
    );
  });

  it('is the same bytes every time; the time is that of the last cell', async () => {
    const [one, other] = [folder(), folder()];
    await exported('--to', one);
    await exported('--to', other);
    expect(snapshot(one)).toEqual(snapshot(other));
    const ended = ['t_choice', 't_generate', 't_group', 't_pages'].map(
      (task) => JSON.parse(workspace.read(`results/t/pruned/${task}/run.json`)).finishedAt as string,
    );
    const time = ended.sort().at(-1)?.replaceAll(':', '-').replace('Z', '000');
    expect(filesBelow(one)[0]).toBe(`results_pruned/models__pruned/results_${time}.json`);
  });

  it('gives cells with other limits a file of their own', async () => {
    const other = makeWorkspace();
    other.write(
      'pipelines/t/pipeline.yaml',
      'models: { pruned: { source: ./models/pruned } }\ntasks: [t_choice, { task: t_choice, limit: 2, alias: few }]\n',
    );
    await lock(other.root);
    await evaluate(other.root);
    const to = folder();
    await exportCommand(other.root, ['t', '--to', to, '--time', '2026-01-31T12:00:00Z'], () => {});
    expect(filesBelow(to)).toEqual([
      'results_pruned/models__pruned/results_2026-01-31T12-00-00.000000.json',
      'results_pruned/models__pruned/results_2026-01-31T12-00-00.000001.json',
      'results_pruned/models__pruned/samples_few_2026-01-31T12-00-00.000001.jsonl',
      'results_pruned/models__pruned/samples_t_choice_2026-01-31T12-00-00.000000.jsonl',
    ]);
  });
});

describe('read back by import', () => {
  it('gives the same scores, groups, shots, limits, versions and counts', async () => {
    const to = folder();
    await exported('--to', to);
    await importCommand(workspace.root, [to, '--pipeline', 'back'], () => {});
    const [own, back] = await Promise.all(
      ['t', 'back'].map(async (name) => {
        const plan = planPipeline(workspace.root, name, 'full');
        const cells = plan.cells.filter(isTaskCell);
        const results = await readCells(workspace.root, plan, cells);
        // Import names checkpoints by their steps alone.
        return new Map(
          [...results].map(([id, found]) => [id.replace('step_', 'step'), kept(found)] as const),
        );
      }),
    );
    if (own === undefined || back === undefined) throw new Error('no results');
    expect([...back.keys()].sort()).toEqual([...own.keys()].sort());
    for (const [id, results] of own) expect(back.get(id), id).toEqual(results);
  });
});

/** Chance levels and whole configurations are not in an imported record. */
function kept(results: CellResults): Partial<CellResults> {
  const { results: scores, groupSubtasks, numFewshot, limit, versions, sampleCounts } = results;
  const { [results.task]: _, ...directions } = { ...results.higherIsBetter };
  const grouped = Object.keys(groupSubtasks).length > 0;
  const higherIsBetter = grouped ? directions : results.higherIsBetter;
  return {
    results: scores,
    groupSubtasks,
    numFewshot,
    limit,
    versions,
    sampleCounts,
    higherIsBetter,
  };
}

describe('the zip', () => {
  it.skipIf(!python)(
    "is the folder's files, by Python's zipfile (skipped where there is no python3)",
    async () => {
      const [to, path] = [folder(), join(folder(), 'deep/submission.zip')];
      await exported('--to', to);
      await exported('--zip', path);
      const unpacked = folder();
      const code =
        'import sys, zipfile\nz = zipfile.ZipFile(sys.argv[1])\nassert z.testzip() is None\nz.extractall(sys.argv[2])';
      const { status, stderr } = spawnSync('python3', ['-c', code, path, unpacked], { encoding: 'utf8' });
      expect([status, stderr]).toEqual([0, '']);
      expect(snapshot(unpacked)).toEqual(snapshot(to));
      const first = readFileSync(path);
      await exported('--zip', path);
      expect(readFileSync(path).equals(first)).toBe(true);
    },
  );

  it.skipIf(!python)('holds any names and bytes, by their digests', () => {
    const entry = fc.tuple(
      fc.stringMatching(/^[a-zé😀 _.-]{1,12}$/u).filter((name) => !/^[. ]+$/.test(name)),
      fc.oneof(fc.uint8Array({ maxLength: 3000 }), fc.constant(new Uint8Array(200_000))),
    );
    const entries = fc.sample(
      fc.uniqueArray(entry, { selector: ([name]) => name, minLength: 60, maxLength: 80 }),
      {
        seed: 31,
        numRuns: 1,
      },
    )[0];
    if (entries === undefined) throw new Error('no entries');
    const path = join(folder(), 'x.zip');
    const zip = openZip(path);
    for (const [name, content] of entries) zip.add(`f/${name}`, content);
    zip.finish();
    const code =
      'import hashlib, json, sys, zipfile\nz = zipfile.ZipFile(sys.argv[1])\nprint(json.dumps({i.filename: [hashlib.sha256(z.read(i)).hexdigest(), i.date_time, i.external_attr >> 16] for i in z.infolist()}))';
    const { stdout, stderr } = spawnSync('python3', ['-c', code, path], { encoding: 'utf8' });
    expect(stderr).toBe('');
    expect(JSON.parse(stdout)).toEqual(
      Object.fromEntries(
        entries.map(([name, content]) => [
          `f/${name}`,
          [sha256Hex(content), [1980, 1, 1, 0, 0, 0], 0o100644],
        ]),
      ),
    );
  });

  it('without entries is an archive too, and a discarded one leaves nothing', () => {
    const inside = folder();
    const empty = openZip(join(inside, 'empty.zip'));
    empty.finish();
    expect(readFileSync(join(inside, 'empty.zip'))).toHaveLength(22);
    const dropped = openZip(join(inside, 'dropped.zip'));
    dropped.add('a', new Uint8Array(10));
    dropped.discard();
    expect(readdirSync(inside)).toEqual(['empty.zip']);
  });
});

describe('what cannot be exported', () => {
  it.each([
    [['--model', 'tiyn'], messages.exportNoModel('tiyn', ['tiny', 'pruned']).message],
    [['--to', 'a', '--zip', 'b'], "option '--to <folder>' cannot be used with option '--zip <file>'"],
    [
      ['--time', 'yesterday'],
      "option '--time <time>' argument 'yesterday' is invalid. Write a date and a time",
    ],
    [['x'], 'at most 1 name is expected'],
  ])('%s', async (options, message) => {
    await expect(exported(...options)).rejects.toThrow(message);
  });

  it('results of another key, and no half archive is left', async () => {
    const file = 'results/t/pruned/t_choice/results.json';
    const before = workspace.read(file);
    const inside = folder();
    placeAgain(workspace, file, before.replace(/"key": "\w/, '"key": "x'));
    await expect(exported('--zip', join(inside, 'x.zip'))).rejects.toThrow('was computed for another key');
    placeAgain(workspace, file, before);
    const samples = 'results/t/pruned/t_choice/samples_t_choice.jsonl';
    const rows = workspace.read(samples);
    rmSync(join(workspace.root, samples));
    await expect(exported('--zip', join(inside, 'x.zip'))).rejects.toThrow(
      'samples_t_choice.jsonl does not exist',
    );
    writeFileSync(join(workspace.root, samples), rows);
    expect(readdirSync(inside)).toEqual([]);
  });
});
