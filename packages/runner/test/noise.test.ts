/**
 * What is committed of a report does not move with a processor's last digits. Every float of the results and samples
 * is moved by a random relative 1e-6, everything is written again, and the bytes are compared; 1e-2 must show.
 */
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { agrees, FLOAT_NOISE, parseRecord } from '@evalgraph/formats';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { embeddedEngine } from '../../engines/src/embedded/adapter.ts';
import { runComparison } from '../src/comparison/comparison-run.ts';
import { committedFigures, settleComparison, writeFigures } from '../src/reporting/committed-figures.ts';
import { collectReport, completeReport, runReport } from '../src/reporting/report-run.ts';
import { planPipeline } from '../src/workspace.ts';
import { evalgraph } from './support/child.ts';
import { evaluate, lock, report } from './support/run.ts';
import { makeWorkspace, placeAgain, snapshot, type Workspace } from './support/workspace.ts';

const FIGURES = 'results/t/report/figures.json';
const SUMMARY = 'results/t/summary.json';
const SEEDS = Math.min(200, Math.max(3, Number(process.env['EVALGRAPH_FUZZ_RUNS'] ?? 0) / 50));

let workspace: Workspace;
/** Path from the root -> what evaluation wrote. */
let evaluated: ReadonlyMap<string, string>;

beforeAll(async () => {
  workspace = makeWorkspace();
  workspace.edit(
    'pipelines/t/pipeline.yaml',
    '    split: pages\n',
    '    split: pages\n    divergence: true\n',
  );
  await lock(workspace.root);
  const outcomes = await evaluate(workspace.root);
  expect([...new Set(outcomes.values())]).toEqual(['computed']);
  evaluated = new Map(
    filesBelow('results').flatMap((path) =>
      /(results|divergence|reconciliation)\.json$|samples_[^/]*\.jsonl$/.test(path)
        ? [[path, workspace.read(path)]]
        : [],
    ),
  );
  await report(workspace.root);
  workspace.write('.gitignore', 'node_modules\n.nx\n.evalgraph\n');
  const git = (...args: readonly string[]) =>
    execFileSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@t', ...args], { cwd: workspace.root });
  git('init', '-q', '-b', 'main');
  git('add', '.');
  git('commit', '-qm', 'start');
}, 120_000);

function filesBelow(folder: string): readonly string[] {
  return readdirSync(join(workspace.root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(workspace.root.length + 1));
}

/** The page and its questions are not committed: they show single answers. */
function committed(): ReadonlyMap<string, string> {
  const files = [...snapshot(join(workspace.root, 'results/t/report'))];
  return new Map([
    ...files.filter(([name]) => name !== 'index.html' && !name.startsWith('samples/')),
    [SUMMARY, workspace.read(SUMMARY)],
  ]);
}

const figuresOf = (text: string) =>
  parseRecord(text, { file: FIGURES, remedy: 'Restore it.' }, committedFigures);

/** Uniform in [-1, 1]: mulberry32. */
function uniform(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t ^= t + Math.imul(t ^ (t >>> 7), 61 | t);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 31 - 1;
  };
}

/** What was asked, and what is counted: no processor computes it. */
const GIVEN = new Set(['doc', 'arguments', 'configs', 'config', 'chance', 'n-shot', 'n-samples', 'versions']);

function moved(value: unknown, by: () => number): unknown {
  if (typeof value === 'number') return Number.isInteger(value) ? value : value * (1 + by());
  if (Array.isArray(value)) return value.map((item) => moved(item, by));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, item]) => [name, GIVEN.has(name) ? item : moved(item, by)]),
  );
}

/** @returns how many numbers are others now. */
function moveResults(by: () => number, files = /./): number {
  let count = 0;
  const counted = (): number => {
    count += 1;
    return by();
  };
  for (const [path, text] of evaluated) {
    const lines = path.endsWith('.jsonl') ? text.trimEnd().split('\n') : [text];
    const written = lines.map((line) => JSON.stringify(moved(JSON.parse(line), counted)));
    const content = files.test(path) ? `${written.join('\n')}\n` : text;
    // As another machine would have written it.
    placeAgain(workspace, path, content);
  }
  return count;
}

async function compareAgain(): Promise<void> {
  const plan = planPipeline(workspace.root, 't', 'full');
  for (const { use } of plan.comparisons) await runComparison(workspace.root, plan, use.name);
}

async function shown() {
  const plan = planPipeline(workspace.root, 't', 'full');
  const { samples: _samples, ...input } = completeReport(
    workspace.root,
    plan,
    await collectReport(workspace.root, plan, embeddedEngine),
  );
  // Not shown: what the comparisons' intervals were made of.
  return JSON.parse(
    JSON.stringify(input, (name, value) => (/^window(NllNats|Weights)$/.test(name) ? 0 : value)),
  );
}

describe('results moved by a relative 1e-6', () => {
  it(`are shown as the committed ones, with their comparisons: ${SEEDS} seeds`, async () => {
    moveResults(() => 0);
    const before = await shown();
    for (let seed = 0; seed < SEEDS; seed++) {
      const random = uniform(seed);
      const by = seed === 1 ? () => 1 : seed === 2 ? () => Math.sign(random()) : random;
      expect(moveResults(() => FLOAT_NOISE * by())).toBeGreaterThan(100);
      await compareAgain();
      expect(await shown(), `seed ${seed}`).toEqual(before);
    }
  }, 120_000);

  it('write the same committed files, and diff names none', async () => {
    const random = uniform(7);
    const before = committed();
    moveResults(() => FLOAT_NOISE * random());
    await report(workspace.root);
    expect(committed()).toEqual(before);
    const { code, stdout } = await evalgraph(workspace.root, ['diff', 'main']);
    expect(code).toBe(0);
    expect(stdout).toContain('0 moved, 0 significantly');
  }, 120_000);

  it('change the summary where no figures are committed, and diff still calls none moved', async () => {
    const [before, figures] = [workspace.read(SUMMARY), workspace.read(FIGURES)];
    const random = uniform(9);
    moveResults(() => 0.4 * FLOAT_NOISE * random());
    rmSync(join(workspace.root, FIGURES));
    await report(workspace.root);
    expect(workspace.read(SUMMARY)).not.toBe(before);
    const { stdout } = await evalgraph(workspace.root, ['diff', 'main']);
    expect(stdout).toContain('0 moved, 0 significantly');
    workspace.write(FIGURES, figures);
    await report(workspace.root);
    expect(workspace.read(SUMMARY)).toBe(before);
  }, 120_000);
});

describe('what is no noise', () => {
  it('a relative 1e-2 of the perplexities changes the files, and diff names the figures', async () => {
    const before = committed();
    moveResults(() => 1e-2, /(t_pages|perplexity-)[^/]*\/results\.json$/);
    await report(workspace.root);
    const after = committed();
    const changed = [...before].filter(([name, text]) => after.get(name) !== text).map(([name]) => name);
    expect(changed).toEqual(expect.arrayContaining(['report.md', 'figures.json', SUMMARY]));
    const { stdout } = await evalgraph(workspace.root, ['diff', 'main']);
    expect(stdout).toMatch(/t_pages, .*word perplexity/);
    expect(stdout).toMatch(/wanda, seqlen 32/);
    expect(stdout).toContain('moved under an unchanged key');
    moveResults(() => 0);
    await report(workspace.root);
    expect(committed()).toEqual(before);
  }, 120_000);

  it('a figure that moved by three times the noise is new, and its neighbours stay', async () => {
    const text = workspace.read(FIGURES);
    const before = figuresOf(text);
    moveResults(() => 3 * FLOAT_NOISE, /pruned\/t_pages\/results\.json$/);
    await report(workspace.root);
    const after = figuresOf(workspace.read(FIGURES));
    const others = [...after.cells].filter(([id, figures]) => {
      const earlier = before.cells.get(id);
      return JSON.stringify(figures) !== JSON.stringify(earlier);
    });
    expect(others.map(([id]) => id)).toEqual(['pruned/t_pages']);
    moveResults(() => 0);
    workspace.write(FIGURES, text);
  }, 120_000);

  it('figures of another key are not the committed ones, however near', () => {
    const first = settleComparison({ difference: 0.5, documents: 10 }, 'a', undefined);
    const near = { difference: 0.5 + 1e-9, documents: 10 };
    expect(settleComparison(near, 'a', first.figures).value.difference).toBe(0.5);
    expect(settleComparison(near, 'b', first.figures).value).toBe(near);
    const counted = { difference: 0.5, documents: 11 };
    expect(settleComparison(counted, 'a', first.figures).value).toBe(counted);
    const named = { difference: 0.5, documents: 10, verdict: 'significant' };
    expect(settleComparison(named, 'a', first.figures).value).toBe(named);
  });

  it('settling twice is settling once, and what agrees is what verify passes', () => {
    const number = fc.oneof(fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e6, max: 1e6 }));
    fc.assert(
      fc.property(
        fc.array(number, { maxLength: 20 }),
        fc.double({ min: -1, max: 1, noNaN: true }),
        (list, by) => {
          const record = { tasks: list.map((difference) => ({ difference, task: 'x' })) };
          const { figures } = settleComparison(record, 'k', undefined);
          const noisy = {
            tasks: list.map((value) => ({ difference: value * (1 + by * FLOAT_NOISE), task: 'x' })),
          };
          const settled = settleComparison(noisy, 'k', figures);
          expect(settled.value).toEqual(record);
          expect(settled.figures).toBe(figures);
          for (const value of list)
            expect(agrees(value * (1 + by * FLOAT_NOISE), value, FLOAT_NOISE)).toBe(true);
        },
      ),
      { seed: 11, numRuns: 300 },
    );
  });
});

describe('the file of figures', () => {
  it('is a line for each cell and comparison, and reads back', () => {
    const text = workspace.read(FIGURES);
    const figures = figuresOf(text);
    const plan = planPipeline(workspace.root, 't', 'full');
    expect([...figures.cells.keys()].sort()).toEqual(plan.cells.map(({ id }) => id).sort());
    expect([...figures.comparisons.keys()]).toEqual(['pruned']);
    expect(text.split('\n')).toHaveLength(plan.cells.length + 1 + 6);
    expect(writeFigures(figures)).toBe(text);
  });

  it('that is damaged is named with what to do', async () => {
    const text = workspace.read(FIGURES);
    const damaged = ['', '{}', '[]', 'null', text.slice(0, -20), text.replace('"cells"', '"sells"')];
    damaged.push(
      `<<<<<<< HEAD\n${text}=======\n${text}>>>>>>> theirs\n`,
      text.replace(/"numbers":\[/, '"numbers":["",'),
    );
    for (const bad of damaged) {
      expect(() => figuresOf(bad), bad.slice(0, 40)).toThrow('is damaged');
    }
    workspace.write(FIGURES, damaged.at(-2) ?? '');
    const { code, stderr } = await evalgraph(workspace.root, ['report']);
    expect([code, stderr.includes(`git checkout -- ${FIGURES}`)]).toEqual([1, true]);
    expect(stderr).not.toContain('    at ');
    workspace.write(FIGURES, text);
  }, 60_000);

  it('keeps what a partial report waits for', async () => {
    const before = figuresOf(workspace.read(FIGURES));
    const waiting = 'results/t/pruned/t_pages/results.json';
    const text = workspace.read(waiting);
    rmSync(join(workspace.root, waiting));
    const plan = planPipeline(workspace.root, 't', 'full');
    expect(await runReport(workspace.root, plan, embeddedEngine, { partial: true })).toEqual([
      'pruned/t_pages',
    ]);
    expect(figuresOf(workspace.read(FIGURES)).cells).toEqual(before.cells);
    workspace.write(waiting, text);
    await runReport(workspace.root, plan, embeddedEngine);
    expect(readFileSync(join(workspace.root, FIGURES), 'utf8')).toBe(writeFigures(before));
  }, 60_000);
});
