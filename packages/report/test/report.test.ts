/** A report of synthetic series: its numbers, its files, what it refuses, and what a part of the results makes of it. */
import type { CellResults } from '@evalgraph/formats';
import { beforeAll, describe, expect, it } from 'vitest';
import { problemsOf } from '../../formats/test/problems.ts';
import { buildReport } from '../src/build-report.ts';
import * as format from '../src/format.ts';
import type { ReportInput } from '../src/input.ts';
import { renderComparison } from '../src/markdown/report.ts';
import { messages } from '../src/messages.ts';
import { reportData } from '../src/report-data.ts';
import { syntheticInput } from './synthetic.ts';

const input = syntheticInput({ checkpoints: 4, subjects: 3 });
let files: ReadonlyMap<string, Uint8Array | string>;
beforeAll(async () => {
  files = await buildReport(input);
});

/** Cells of all tables of a Markdown text, without bold. */
function tableCells(markdown: string): readonly string[] {
  return markdown
    .split('\n')
    .filter((line) => line.startsWith('|') && !/^[|\s:-]+$/.test(line))
    .flatMap((line) => line.split(/(?<!\\)\|/).slice(1, -1))
    .map((cell) => cell.trim().replaceAll('**', ''))
    .filter((cell) => cell !== '95 % interval');
}

/** Every way in which a number of the input may be written, and differences between two checkpoints of a model. */
function writtenNumbers({
  cells,
  comparisons,
  models,
  computed,
  pipeline,
}: ReportInput): ReadonlySet<string> {
  const written = new Set<string>();
  const add = (value: number): void => {
    for (const write of [
      format.formatScore,
      format.formatPerplexity,
      format.formatDifference,
      format.formatPercent,
      format.formatPercentDifference,
      format.formatP,
      format.formatRatio,
      format.formatCount,
    ]) {
      written.add(write(value));
      written.add(write(value / 100));
    }
  };
  const walk = (value: unknown): void => {
    if (typeof value === 'number') add(value);
    else if (typeof value === 'object' && value !== null) Object.values(value).forEach(walk);
  };
  walk([cells, comparisons, models, computed, pipeline]);
  for (const model of models) {
    const own = (checkpoint: { readonly name: string } | undefined): readonly CellResults[] =>
      cells.filter(({ checkpoint: c }) => c.model === model.name && c.checkpoint === checkpoint?.name);
    const [first, last] = [own(model.checkpoints[0]), own(model.checkpoints.at(-1))];
    for (const cell of first) {
      const other = last.find(({ task }) => task === cell.task);
      for (const [name, { metrics }] of Object.entries(cell.results)) {
        for (const [key, value] of Object.entries(metrics)) {
          const end = other?.results[name]?.metrics[key];
          if (typeof value === 'number' && typeof end === 'number') add(end - value);
        }
      }
    }
  }
  for (const { perplexity, sparsity } of comparisons) {
    for (const { dense, pruned } of perplexity) add(pruned.perplexity - dense.perplexity);
    for (const part of ['linear', 'all'] as const) {
      const shares = [sparsity.dense[part], sparsity.pruned[part]].map(
        ({ zeros, elements }) => zeros / elements,
      );
      add(shares[0] ?? 0);
      add(shares[1] ?? 0);
      add((shares[1] ?? 0) - (shares[0] ?? 0));
    }
  }
  return written;
}

/** Mean of the headline fractions, computed here from the records. */
function means({ cells, models }: ReportInput): readonly number[] {
  const headline: Readonly<Record<string, string>> = {
    hellaswag: 'acc_norm,none',
    arc_easy: 'acc_norm,none',
    squadv2: 'f1,none',
    gsm8k: 'exact_match,strict-match',
  };
  return models.flatMap((model) =>
    model.checkpoints.map((checkpoint) => {
      const values = cells
        .filter(({ checkpoint: c }) => c.model === model.name && c.checkpoint === checkpoint.name)
        .filter(({ task }) => task !== 'wikitext' && !task.startsWith('perplexity'))
        .map(({ task, results }) => {
          const value = Number(results[task]?.metrics[headline[task] ?? 'acc,none']);
          return task === 'squadv2' ? value / 100 : value;
        });
      expect(values).toHaveLength(8);
      return values.reduce((sum, value) => sum + value, 0) / values.length;
    }),
  );
}

describe('numbers', () => {
  it('all stand in the input', () => {
    const written = writtenNumbers(input);
    const mean = new Set(means(input).map(format.formatScore));
    const numbers = tableCells(String(files.get('report.md')))
      .filter(
        (cell) =>
          /^[[<+x-]?\s?\d/.test(cell) && !/^[0-9a-f]{12}$/.test(cell) && !/^\d+\.\d+\.\d+$/.test(cell),
      )
      .flatMap((cell) =>
        cell
          .replace(', not above chance', '')
          .split(/ ± |, (?=[+-])|[[\]()]| (?=\(x)/)
          .map((part) => part.trim())
          .filter((part) => part !== ''),
      );
    expect(numbers.length).toBeGreaterThan(400);
    expect(numbers.filter((number) => !written.has(number) && !mean.has(number))).toEqual([]);
    expect(numbers.filter((number) => mean.has(number)).length).toBeGreaterThanOrEqual(mean.size);
  });

  it('of the summary are the records, each with its key', () => {
    const summary = JSON.parse(String(files.get('summary.json'))) as {
      scores: {
        model: string;
        checkpoint: string;
        task: string;
        metric: string;
        value: number;
        key: string;
      }[];
    };
    expect(summary.scores).toHaveLength(6 * 10);
    for (const score of summary.scores) {
      const cell = input.cells.find(({ key }) => key === score.key);
      const recorded = Number(cell?.results[score.task]?.metrics[score.metric]);
      expect(score.value).toBe(score.task === 'squadv2' ? recorded / 100 : recorded);
      expect(cell?.checkpoint).toMatchObject({ model: score.model, checkpoint: score.checkpoint });
    }
  });

  it('name the best checkpoint', () => {
    const best = Math.max(...means(input).slice(0, 4));
    const step = input.models[0]?.checkpoints[means(input).indexOf(best)]?.step ?? 0;
    expect(String(files.get('report.md'))).toContain(
      `Best checkpoint overall: **demo, step ${format.formatCount(step)}**, mean of 8 tasks **${format.formatScore(best)}**`,
    );
  });
});

describe('files', () => {
  it('that are all alike have no best', async () => {
    const own = syntheticInput({ checkpoints: 3, subjects: 1 });
    const boldRows = async (input: typeof own): Promise<number> => {
      const [, scores = ''] = String((await buildReport(input)).get('report.md')).split('\n## Scores\n');
      const rows = scores.split('\n');
      const head = rows.find((row) => /^\| Step .* boolq acc /.test(row)) ?? '';
      const at = head.split('|').findIndex((cell) => cell.includes('boolq'));
      const table = rows.slice(rows.indexOf(head) + 2);
      return table.slice(0, table.indexOf('')).filter((row) => row.split('|')[at]?.includes('**')).length;
    };
    const level = own.cells.map((cell) => {
      const metrics = cell.results['boolq']?.metrics;
      return metrics === undefined
        ? cell
        : {
            ...cell,
            results: {
              ...cell.results,
              boolq: { ...cell.results['boolq'], metrics: { ...metrics, 'acc,none': 0.5 } },
            },
          };
    });
    expect(await boldRows(own)).toBe(1);
    expect(await boldRows({ ...own, cells: level as typeof own.cells })).toBe(0);
  });

  it('are the same bytes for the same input, whatever was drawn before', async () => {
    await buildReport(syntheticInput({ checkpoints: 2, subjects: 1 }));
    const again = await buildReport(structuredClone(input));
    expect([...again.keys()]).toEqual([...files.keys()]);
    for (const [name, content] of files) expect([name, same(again.get(name), content)]).toEqual([name, true]);
  });

  it('are the report, its summary, its page and five for each chart', () => {
    const charts = [
      'learning-curves',
      'first-last-demo',
      'mmlu-categories',
      'mmlu-subjects',
      'mmlu-heat-map-demo',
      ...['wanda-50', 'blocks-16x16'].flatMap((name) =>
        ['comparison', 'flips', 'perplexity', 'sparsity'].map((kind) => `${kind}-${name}`),
      ),
    ];
    const endings = ['vl.json', 'svg', 'png', 'dark.svg', 'dark.png'];
    expect([...files.keys()].sort()).toEqual(
      [
        'report.md',
        'summary.json',
        ...charts.flatMap((name) => endings.map((ending) => `charts/${name}.${ending}`)),
        'index.html',
      ].sort(),
    );
    for (const name of charts) expect(String(files.get('report.md'))).toContain(`(charts/${name}.svg)`);
  });

  it('mark a limited run in title, note, tables and charts', async () => {
    const limited = await buildReport(syntheticInput({ checkpoints: 2, subjects: 1, limit: 20 }));
    const report = String(limited.get('report.md'));
    expect(report).toMatch(/^# .*†\n\n> † \*\*Limited run\*\*: at most 20 documents a task/);
    expect(report).toContain('| boolq†');
    for (const [name, content] of limited) {
      // Perplexities and zeros are not limited.
      if (name.endsWith('.svg') && !/perplexity|sparsity/.test(name))
        expect([name, String(content).includes('Limited run')]).toEqual([name, true]);
    }
  });
});

describe('what is missing or damaged is refused', () => {
  const refused = (changed: Partial<ReportInput>) => problemsOf(() => buildReport({ ...input, ...changed }));
  const replaced = (index: number, change: (cell: CellResults) => CellResults): readonly CellResults[] =>
    input.cells.map((cell, at) => (at === index ? change(cell) : cell));
  const [first] = input.cells;
  const name = `demo/${first?.checkpoint.checkpoint}/mmlu`;

  it('cells', async () => {
    expect(await refused({ cells: input.cells.slice(1) })).toEqual([messages.cellsMissing([name])]);
    expect(await refused({ missing: ['a/b'] })).toEqual([messages.cellsMissing(['a/b'])]);
  });

  it('cells of nothing, twice, of other weights, or of another engine', async () => {
    expect(await refused({ cells: [...input.cells, ...input.cells.slice(0, 1)] })).toEqual([
      messages.listedTwice('The result of', name),
    ]);
    const stray = replaced(0, (cell) => ({ ...cell, checkpoint: { ...cell.checkpoint, model: 'stray' } }));
    expect((await refused({ cells: stray })).map(({ code }) => code)).toEqual([
      'unexpected-cell',
      'cells-missing',
    ]);
    const stale = replaced(0, (cell) => ({ ...cell, checkpoint: { ...cell.checkpoint, digest: 'old' } }));
    expect(await refused({ cells: stale })).toEqual([
      messages.wrongDigest(name, first?.checkpoint.digest ?? '', 'old'),
    ]);
    const other = replaced(0, (cell) => ({ ...cell, engine: { ...cell.engine, dtype: 'bf16' } }));
    expect(await refused({ cells: other })).toEqual([
      messages.settingDiffers(name, 'the engine', 'embedded numerics 1 fp32', 'embedded numerics 1 bf16'),
    ]);
  });

  it('numbers that are none, metrics that are not there, and mixed settings', async () => {
    const withMetrics = (metrics: Readonly<Record<string, number>>) =>
      replaced(0, (cell) => ({
        ...cell,
        results: { ...cell.results, mmlu: { alias: 'mmlu', samples: 36, metrics } },
      }));
    expect(await refused({ cells: withMetrics({ 'acc,none': Number.NaN }) })).toEqual([
      messages.notFinite(`${name}, mmlu acc,none`, Number.NaN),
    ]);
    const later = replaced(11, (cell) => ({
      ...cell,
      results: { [cell.task]: { alias: '', samples: 1, metrics: {} } },
    }));
    expect((await refused({ cells: later })).map(({ code }) => code)).toContain('metric-missing');
    const limited = replaced(0, (cell) => ({ ...cell, limit: 5 }));
    expect((await refused({ cells: limited }))[0]?.code).toBe('setting-differs');
  });

  it('a comparison with NaN', async () => {
    const [record] = input.comparisons;
    if (record === undefined) throw new Error('no comparison');
    const broken = { ...record, tasks: record.tasks.map((task) => ({ ...task, dense: Number.NaN })) };
    const problems = await problemsOf(() => renderComparison(broken));
    expect(problems).toHaveLength(record.tasks.length);
    expect(problems[0]).toEqual(messages.notFinite('comparison wanda-50.tasks.0.dense', Number.NaN));
    expect(await refused({ comparisons: [broken] })).toEqual(problems);
  });

  it('an empty pipeline, all at once', async () => {
    const problems = await refused({ models: [], tasks: [], cells: [], comparisons: [] });
    expect(problems).toEqual([messages.nothingToShow('model'), messages.nothingToShow('task')]);
  });

  it('two charts of one name', async () => {
    const [record] = input.comparisons;
    if (record === undefined) throw new Error('no comparison');
    const comparisons = [
      { ...record, name: 'a b' },
      { ...record, name: 'a/b' },
    ];
    expect(new Set((await refused({ comparisons })).map(({ code }) => code))).toEqual(
      new Set(['same-file-name']),
    );
  });
});

describe('a partial report', () => {
  const rest = input.cells.filter(
    ({ task, checkpoint }) =>
      (task !== 'boolq' || checkpoint.step !== 800) && task !== 'gsm8k' && checkpoint.model !== 'wanda-50',
  );
  const partial: ReportInput = { ...input, cells: rest, comparisons: [], partial: true };

  it('says what is missing, where it is missing, and calls nothing zero', async () => {
    const built = await buildReport(partial);
    const report = String(built.get('report.md'));
    const last = series(input).checkpoints.at(-1);
    expect(report).toMatch(/> \*\*Partial report\*\*: \d+ results are still to come/);
    expect(report).toContain(`- demo/${last?.name}/boolq`);
    expect(report).toContain('- wanda-50/wanda-50/mmlu');
    expect(report).toContain('missing: this result is still to come.');
    expect(report).not.toContain('| gsm8k');
    expect(String(built.get('index.html'))).toContain('<strong>Partial report</strong>');
  });

  it('becomes the whole one when nothing is missing', async () => {
    const whole = await buildReport({ ...input, partial: true });
    for (const [name, content] of files) expect([name, same(whole.get(name), content)]).toEqual([name, true]);
  });

  it('of nothing at all is refused', async () => {
    expect(await problemsOf(() => buildReport({ ...partial, cells: [] }))).toEqual([
      messages.nothingToShow('result'),
    ]);
  });
});

describe('figures from elsewhere', () => {
  it('stand beside the models with their source, and never in bold', async () => {
    const references = [{ model: 'SmolLM2-1.7B', task: 'mmlu', value: 0.2362, source: 'its model card' }];
    const report = String((await buildReport({ ...input, references })).get('report.md'));
    expect(report).toMatch(/\| SmolLM2-1\.7B \(reported\) \| +0\.2362 \| +- \|/);
    expect(report).toContain('- SmolLM2-1.7B, mmlu: its model card');
  });

  it('about a task that is not there, or no number, are refused', async () => {
    const references = [{ model: 'x', task: 'mlmu', value: Number.NaN, source: '' }];
    const problems = await problemsOf(() => buildReport({ ...input, references }));
    expect(problems.map(({ code }) => code)).toEqual(['not-finite', 'unknown-task']);
  });

  it('over the steps have a table with what each column is', async () => {
    const figures = [
      { label: 'Spearman', value: 0.91234, unit: 'difference', note: 'rank correlation with the step' },
      { label: 'plateau', value: null, unit: 'step', note: 'first step after which nothing moves' },
    ] as const;
    const report = String(
      (await buildReport({ ...input, statistics: [{ model: 'demo', task: 'boolq', figures }] })).get(
        'report.md',
      ),
    );
    expect(report).toMatch(/\| boolq \| +\+0\.9123 \| +n\/a \|/);
    expect(report).toContain('- Spearman: rank correlation with the step');
  });

  it('of subtasks are folded away, and of more than five figures stand in two tables', async () => {
    const figures = ['a', 'b', 'c', 'd', 'e', 'f'].map(
      (label) => ({ label, value: 0.5, unit: 'score', note: `what ${label} is` }) as const,
    );
    const statistics = [
      { model: 'demo', task: 'boolq', figures },
      { model: 'demo', task: 'mmlu_botany', figures, isDetail: true },
    ];
    const files = await buildReport({ ...input, statistics });
    const report = String(files.get('report.md'));
    expect(report).toMatch(/\| Task +\| +a \| +b \| +c \|\n/);
    expect(report).toMatch(/\| Task +\| +d \| +e \| +f \|\n/);
    expect(
      report.slice(report.indexOf('## Over the steps'), report.indexOf('What the columns are')),
    ).not.toContain('mmlu_botany');
    expect(String(files.get('index.html'))).toContain('Over the steps of demo, every subtask (1 rows)');
  });

  it('of rankings say how many series were ranked', async () => {
    const figures = [{ label: 'Mean tau', value: 0.25, unit: 'score', note: 'how alike' }] as const;
    const rankings = [{ task: 'boolq', models: 3, figures }];
    const report = String((await buildReport({ ...input, rankings })).get('report.md'));
    expect(report).toMatch(/\| boolq \| +3 \| +0\.2500 \|/);
    expect(report).toContain('- Mean tau: how alike');
    const problems = await problemsOf(() =>
      buildReport({
        ...input,
        rankings: [{ task: 'boolq', models: 3, figures: [{ ...figures[0], value: Number.NaN }] }],
      }),
    );
    expect(problems.map(({ code }) => code)).toEqual(['not-finite']);
  });

  it('that are percent where scores are fractions are refused, with what was meant', async () => {
    const references = [{ model: 'x', task: 'mmlu', value: 23.62, source: 'a page' }];
    const problems = await problemsOf(() => buildReport({ ...input, references }));
    expect(problems).toEqual([messages.noFraction('The reference figure of x', 'mmlu', 23.62)]);
    expect(problems[0]?.remedy).toContain('0.2362.');
  });
});

describe('a checkpoint that is not evaluated on everything', () => {
  const [series, ...others] = input.models;
  const isAsked = ({ task, checkpoint, perplexity }: CellResults): boolean =>
    perplexity !== undefined || task === 'boolq' || checkpoint.step === series?.checkpoints.at(-1)?.step;
  const ragged: ReportInput = {
    ...input,
    models: (series === undefined ? [] : [series, ...others]).map((model) => ({
      ...model,
      checkpoints: model.checkpoints.map((checkpoint, index) =>
        model === series && index === model.checkpoints.length - 1
          ? checkpoint
          : { ...checkpoint, tasks: ['boolq'] },
      ),
    })),
    cells: input.cells.filter(isAsked),
  };

  it('has a dash in its place, a note that says why, and charts of what there is', async () => {
    const report = String((await buildReport(ragged)).get('report.md'));
    const [first, last] = [series?.checkpoints[0]?.step, series?.checkpoints.at(-1)?.step];
    expect(report).toMatch(new RegExp(`\\| ${first} +\\| +- \\| +- \\|`));
    expect(report).toContain('-: the pipeline does not evaluate this checkpoint on this task.');
    expect(report).toMatch(
      new RegExp(`\\| mmlu +\\| acc +\\| +5 .*\\| +- \\| +0\\.\\d{4} ± .*\\| +- \\|.*\\| +${last} \\|`),
    );
    expect(report).not.toContain('Best checkpoint overall: **demo, step 200**');
  });

  it('is refused where a cell that it should have is missing', async () => {
    const cells = ragged.cells.filter(({ task, checkpoint }) => task !== 'boolq' || checkpoint.step !== 200);
    expect(await problemsOf(() => buildReport({ ...ragged, cells }))).toEqual([
      messages.cellsMissing([`demo/${series?.checkpoints[0]?.name}/boolq`]),
    ]);
    const [extra] = input.cells;
    if (extra === undefined) throw new Error('no cell');
    expect(
      (await problemsOf(() => buildReport({ ...ragged, cells: [...ragged.cells, extra] })))[0]?.code,
    ).toBe('unexpected-cell');
  });
});

describe('a group without a metric', () => {
  it('is shown by its children', () => {
    const cells = input.cells.map((cell) =>
      cell.task === 'mmlu'
        ? { ...cell, results: { ...cell.results, mmlu: { alias: 'mmlu', samples: 36, metrics: {} } } }
        : cell,
    );
    const names = reportData({ ...input, cells }).tasks.map(({ name, column }) => [name, column.cell]);
    expect(names.slice(0, 2)).toEqual([
      ['mmlu_humanities', 'mmlu'],
      ['mmlu_social_sciences', 'mmlu'],
    ]);
  });
});

describe('headline metric', () => {
  it('follows the convention of each kind of task', () => {
    const found = reportData(input).tasks.map(({ name, column }) => [
      name,
      column.metric.metric,
      column.metric.filter,
    ]);
    expect(found).toEqual([
      ['mmlu', 'acc', 'none'],
      ['mmlu_letters', 'acc', 'none'],
      ['hellaswag', 'acc_norm', 'none'],
      ['arc_easy', 'acc_norm', 'none'],
      ['winogrande', 'acc', 'none'],
      ['boolq', 'acc', 'none'],
      ['squadv2', 'f1', 'none'],
      ['gsm8k', 'exact_match', 'strict-match'],
      ['wikitext', 'word_perplexity', 'none'],
    ]);
    expect(reportData(input).extras.map(({ task, metric }) => [task, metric.metric])).toEqual([
      ['squadv2', 'HasAns_exact'],
    ]);
  });
});

function series({ models }: ReportInput): ReportInput['models'][number] {
  const [first] = models;
  if (first === undefined) throw new Error('no model');
  return first;
}

function same(a: Uint8Array | string | undefined, b: Uint8Array | string): boolean {
  return a !== undefined && Buffer.from(a).equals(Buffer.from(b));
}
