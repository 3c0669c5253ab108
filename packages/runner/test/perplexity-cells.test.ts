/** Perplexities, reconciliations and divergences as cells of a pipeline, and the commands that need none. */
import { appendFileSync, existsSync, readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { UserError } from '@evalgraph/formats';
import { beforeAll, describe, expect, it } from 'vitest';
import { toProjects } from '../../plugin/src/projects.ts';
import { joinPositions, openDivergenceJournal } from '../src/run/divergence-journal.ts';
import { planPipeline } from '../src/workspace.ts';
import { compareCommand, pplCommand } from './support/commands.ts';
import { evaluate, lock, report } from './support/run.ts';
import { makeWorkspace, type Workspace } from './support/workspace.ts';

const MORE = `      - { protocol: gptq, seqlen: 32 }
      - { protocol: llama.cpp, seqlen: 32 }
      - { protocol: hf-strided, seqlen: 32, stride: 8 }
`;

interface Comparison {
  readonly tasks: readonly { readonly verdict: string | null; readonly adjustedP: number | null }[];
  readonly perplexity: readonly {
    readonly dense: Figure;
    readonly pruned: Figure;
    readonly ratio: number;
    readonly interval95: readonly [number, number] | null;
  }[];
  readonly reconciliations: readonly {
    readonly whole: readonly number[];
    readonly rows: readonly { readonly factors: readonly number[] }[];
    readonly end: readonly number[];
  }[];
  readonly divergence: {
    readonly klNats: Readonly<Record<string, { readonly value: number }>>;
    readonly sameTop: { readonly value: number };
    readonly rmsDeltaP: { readonly value: number };
    readonly perplexityRatio: { readonly value: number };
    readonly parts: readonly unknown[];
  };
}

interface Figure {
  readonly protocol: string;
  readonly perplexity: number;
  readonly reported: number;
  readonly seqlen: number;
  readonly tokens: number;
  readonly tokenizerDigest: string;
}

describe('a comparison with every protocol', () => {
  let workspace: Workspace;
  let record: Comparison;
  let self: Comparison;

  const metrics = (cell: string): Readonly<Record<string, number>> => {
    const { results } = JSON.parse(workspace.read(`results/t/${cell}/results.json`)) as {
      results: Record<string, Record<string, number>>;
    };
    return results[cell.slice(cell.indexOf('/') + 1)] ?? {};
  };

  beforeAll(async () => {
    workspace = makeWorkspace();
    workspace.edit(
      'pipelines/t/pipeline.yaml',
      '    perplexity: [wanda, lm-eval]\n',
      `    perplexity:\n      - wanda\n      - lm-eval\n${MORE}    divergence: true\n`,
    );
    const yaml = workspace.read('pipelines/t/pipeline.yaml');
    workspace.write(
      'pipelines/t/pipeline.yaml',
      `${yaml.replace('tasks: [t_ch', '  same: { source: ./models/tiny/step_2, evaluate: false }\ntasks: [t_ch')}  self:
    dense: tiny@last
    pruned: same
    tasks: [t_choice]
    perplexity: [wanda]
    divergence: true
    seqlen: 32
    corpus: ./datasets/t
    column: page
    split: pages
`,
    );
    await lock(workspace.root);
    const outcomes = await evaluate(workspace.root);
    // One pass serves what shares its windows: gptq asks what wanda asked, and `same` is a checkpoint that was there.
    expect(outcomes.get('pruned/perplexity-gptq-t-32-pages')).toBe('rescored');
    expect([...new Set(outcomes.values())].sort()).toEqual(['computed', 'rescored', 'store']);
    await report(workspace.root);
    const read = (name: string): Comparison =>
      JSON.parse(workspace.read(`results/t/comparisons/${name}/comparison_results.json`)) as Comparison;
    record = read('pruned');
    self = read('self');
  });

  it('measures lm-eval’s pages as its rolling task does', () => {
    for (const side of ['pruned', 'tiny@step_2']) {
      const own = metrics(`${side}/perplexity-lm-eval-t-pages`);
      const task = metrics(`${side}/t_pages`);
      for (const name of ['word_perplexity,none', 'bits_per_byte,none']) {
        expect(own[name] ?? 0, name).toBeCloseTo(task[name] ?? Number.NaN, 9);
      }
    }
  });

  it('gives gptq what it gives wanda, and every figure what it was measured by', () => {
    const figures = record.perplexity.map(({ pruned }) => pruned);
    expect(figures.map(({ protocol }) => protocol)).toEqual([
      'wanda',
      'lm-eval',
      'gptq',
      'llama.cpp',
      'hf-strided',
    ]);
    expect(figures[2]?.perplexity).toBe(figures[0]?.perplexity);
    for (const { tokens, seqlen, tokenizerDigest } of figures) {
      expect(tokens).toBeGreaterThan(0);
      expect(seqlen).toBeGreaterThan(1);
      expect(tokenizerDigest).toMatch(/^[0-9a-f]{64}$/);
    }
    for (const { ratio, interval95 } of record.perplexity) {
      expect(interval95?.[0]).toBeLessThanOrEqual(ratio);
      expect(interval95?.[1]).toBeGreaterThanOrEqual(ratio);
    }
  });

  it('reconciles the first protocol with each other, in factors that multiply to the whole', () => {
    expect(record.reconciliations).toHaveLength(4);
    for (const { whole, rows } of record.reconciliations) {
      for (const model of [0, 1]) {
        const product = rows.reduce((all, { factors }) => all * (factors[model] ?? Number.NaN), 1);
        expect(Math.abs(product / (whole[model] ?? Number.NaN) - 1)).toBeLessThan(1e-9);
      }
    }
    const lmEval = record.perplexity[1];
    // The ends are measured among other windows than the protocols' own cells: equal but for rounding.
    expect((record.reconciliations[0]?.end[1] ?? 0) / (lmEval?.pruned.reported ?? 1)).toBeCloseTo(1, 6);
  });

  it('finds the same ratio of perplexities by whole distributions as by log-likelihoods', () => {
    const { perplexityRatio, parts } = record.divergence;
    expect(perplexityRatio.value / (record.perplexity[0]?.ratio ?? 1)).toBeCloseTo(1, 5);
    expect(record.divergence.klNats['mean']?.value).toBeGreaterThan(0);
    expect(parts.length).toBeGreaterThan(0);
  });

  it('finds no divergence of a model from itself', () => {
    const { klNats, sameTop, rmsDeltaP, perplexityRatio, parts } = self.divergence;
    expect(Object.values(klNats).map(({ value }) => value)).toEqual([0, 0, 0, 0, 0, 0, 0]);
    expect([sameTop.value, rmsDeltaP.value, perplexityRatio.value]).toEqual([1, 0, 1]);
    expect(parts).toEqual([]);
    expect(self.perplexity[0]?.ratio).toBe(1);
  });

  it('judges every task, and writes all of it', () => {
    expect(record.tasks.some(({ verdict }) => verdict !== null)).toBe(true);
    for (const { adjustedP } of record.tasks) expect(adjustedP ?? 0.5).toBeLessThanOrEqual(1);
    const text = workspace.read('results/t/comparisons/pruned/comparison_report.md');
    const headings = [...text.matchAll(/^## (.*)$/gm)].map((match) => match[1]);
    expect(headings).toEqual([
      'Summary',
      'Task Results',
      'Recovery and power',
      'Flips',
      'Perplexity',
      'From wanda to lm-eval',
      'From wanda to gptq',
      'From wanda to llama.cpp',
      'From wanda to hf-strided',
      'Divergence',
      'Sparsity',
      'How to read this',
    ]);
  });

  it('computes nothing twice', async () => {
    expect([...new Set((await evaluate(workspace.root)).values())]).toEqual(['store']);
  });

  it('refuses a comparison whose measurement is gone', async () => {
    const cell = 'pruned/divergence-from-tiny@step_2-t-32-pages';
    const file = `results/t/${cell}/divergence.json`;
    const text = workspace.read(file);
    workspace.write(file, text.replace(/"key": "[0-9a-f]/, '"key": "x'));
    await expect(report(workspace.root)).rejects.toThrow(UserError);
    workspace.write(file, text);
  });

  it('has targets of its own in Nx', () => {
    const projects = toProjects({
      full: planPipeline(workspace.root, 't', 'full'),
      quick: planPipeline(workspace.root, 't', 'quick'),
    });
    const targets = (root: string) => projects[root]?.targets ?? {};
    const own = targets('pipelines/t');
    expect(own['ppl']?.dependsOn).toMatchObject([{ target: 'eval' }]);
    const [needed] = targets('results/t/comparisons/pruned')['compare']?.dependsOn ?? [];
    const [diverged] = own['divergence']?.dependsOn ?? [];
    const names = (value: unknown): readonly string[] => (value as { projects: readonly string[] }).projects;
    expect(names(needed)).toContain('t/pruned/divergence-from-tiny@step_2-t-32-pages');
    expect(names(diverged)).toHaveLength(2);
  });

  it('measures a model without a pipeline, and keeps what it computed', async () => {
    const lines: string[] = [];
    const args = ['--protocol', 'wanda,lm-eval', '--column', 'page', '--seqlen', '32', '--json'];
    const corpus = ['--corpus', join(workspace.root, 'datasets/t/pages.jsonl')];
    const model = join(workspace.root, 'models/pruned');
    const run = (): Promise<void> =>
      pplCommand(workspace.root, [model, ...args, ...corpus], (line) => lines.push(line));
    await run();
    const [wanda, lmEval] = JSON.parse(lines[0] ?? '') as Figure[];
    expect(wanda?.perplexity).toBe(record.perplexity[0]?.pruned.perplexity);
    expect(lmEval?.protocol).toBe('lm-eval');
    await run();
    expect(lines[1]).toBe(lines[0]);
    expect(readdirSync(tmpdir()).filter((name) => name.startsWith('evalgraph-one-off-'))).toEqual([]);
  });

  it('puts the same files in place whoever stored them, under whatever name of file and cell', async () => {
    const other = makeWorkspace();
    other.edit(
      'pipelines/t/pipeline.yaml',
      'perplexity: [wanda, lm-eval]\n',
      'perplexity: [wanda, lm-eval]\n    divergence: true\n',
    );
    const yaml = other.read('pipelines/t/pipeline.yaml');
    const copy = 'datasets/t/copy of pages.jsonl';
    other.write(copy, other.read('datasets/t/pages.jsonl'));
    const renamed = yaml
      .replace('perplexity: [wanda, lm-eval]', 'perplexity: [{ protocol: wanda, name: mine }, lm-eval]')
      .replace(/corpus: .*/, `corpus: "./${copy}"`)
      .replace(/ *split: .*\n/, '');
    expect(renamed).toContain(copy);
    other.write('pipelines/t/pipeline.yaml', renamed);
    await lock(other.root);
    await evaluate(other.root);
    await report(other.root);
    other.write('pipelines/t/pipeline.yaml', yaml);
    await lock(other.root);
    const outcomes = await evaluate(other.root);
    expect([...new Set(outcomes.values())]).toEqual(['store']);
    await report(other.root);
    for (const folder of ['pruned', 'tiny@step_2']) {
      for (const cell of readdirSync(join(other.root, 'results/t', folder))) {
        for (const file of ['results.json', 'reconciliation.json', 'divergence.json']) {
          const path = `results/t/${folder}/${cell}/${file}`;
          if (cell.includes('mine') || cell.includes('copy') || !existsSync(join(other.root, path))) continue;
          expect([path, other.read(path)]).toEqual([path, workspace.read(path)]);
        }
      }
    }
  });

  it('compares two models without a pipeline', async () => {
    const lines: string[] = [];
    const { root } = workspace;
    const output = join(root, 'compared');
    const args = ['--tasks', 't_choice', '--include', join(root, 'pipelines/t/tasks'), '--output', output];
    const models = [join(root, 'models/tiny/step_2'), join(root, 'models/pruned')];
    await compareCommand(root, [...models, ...args], (line) => lines.push(line));
    expect(lines.join('\n')).toContain('t_choice (acc)');
    expect(existsSync(join(output, 'comparison_results.json'))).toBe(true);
    await expect(compareCommand(root, models.slice(1), () => {})).rejects.toThrow(
      "missing required argument 'pruned'",
    );
    const none = pplCommand(root, [models[1] ?? '', '--protocol', 'wnada'], () => {});
    await expect(none).rejects.toThrow("Did you mean 'wanda'?");
  });
});

describe('the journal of a divergence', () => {
  const positions = (window: number) => ({
    vocabulary: 3,
    count: 2,
    klNats: Float64Array.of(0.1, 1 / 3),
    deltaP: Float64Array.of(0, -0.5),
    denseNllNats: Float64Array.of(1, 2),
    prunedNllNats: Float64Array.of(1.5, 2.25),
    denseTop: Uint32Array.of(0, 1),
    prunedTop: Uint32Array.of(0, 2),
    target: Uint32Array.of(1, 1),
    window: Uint32Array.of(window, window),
  });

  it('goes on after the last whole line, and forgets what is of another key', () => {
    const { root } = makeWorkspace();
    const first = openDivergenceJournal(root, 'k', 3);
    first.append({ index: 0, positions: positions(0) });
    first.append({ index: 1, positions: positions(1) });
    const path = join(root, 'journals/k.divergence.jsonl');
    appendFileSync(path, 'torn by a ki');
    const again = openDivergenceJournal(root, 'k', 3);
    expect([...again.known.keys()]).toEqual([0, 1]);
    expect(again.known.get(1)).toEqual(positions(1));
    again.append({ index: 2, positions: positions(2) });
    expect(readFileSync(path, 'utf8')).not.toContain('torn');
    const third = openDivergenceJournal(root, 'k', 3);
    const all = joinPositions([...third.known.values()]);
    expect([...all.window]).toEqual([0, 0, 1, 1, 2, 2]);
    expect(all.klNats[5]).toBe(1 / 3);
    expect(openDivergenceJournal(root, 'k', 4).known.size).toBe(0);
    third.finish();
    expect(existsSync(path)).toBe(false);
  });
});
