/** `evalgraph show`: numbers equal the result files, missing cells are said so, tables fit, nothing is coloured for files. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { formatScore, formatWithError } from '@evalgraph/report/data';
import { displayWidth } from '@evalgraph/report/terminal';
import { describe, expect, it } from 'vitest';
import { messages } from '../../cli/src/terminal/messages.ts';
import { planPipeline } from '../src/workspace.ts';
import { evalgraph } from './support/child.ts';
import { evaluate, lock, report } from './support/run.ts';
import { makeWorkspace, repository } from './support/workspace.ts';

const environment = (columns: number): NodeJS.ProcessEnv => ({
  ...process.env,
  COLUMNS: String(columns),
  NO_COLOR: '1',
});

/** Every cell of each row. */
function comparedRows(markdown: string): readonly (readonly string[])[] {
  const lines = markdown.split('\n');
  const head = lines.findIndex((line) => /^\| Task .*\| p \(Holm\) \| Verdict /.test(line));
  const end = lines.findIndex((line, at) => at > head && !line.startsWith('|'));
  return lines.slice(head + 2, end).map((line) =>
    line
      .split('|')
      .map((text) => text.trim().replaceAll('\\', ''))
      .slice(1, -1),
  );
}

describe('evalgraph show', () => {
  it('shows what is there with its standard errors, and what is missing as missing', async () => {
    const { root, read } = makeWorkspace();
    await lock(root);
    const nothing = await evalgraph(root, ['show']);
    expect(nothing.code).toBe(1);
    expect(nothing.stderr).toContain(messages.noResults.ofPipelines(['t'], 't:report').message);

    await evaluate(root, 'full', (id) => id.startsWith('tiny@step_1/'));
    const half = await evalgraph(root, ['show'], { env: environment(100) });
    expect([half.code, half.stderr]).toEqual([0, '']);
    const row = half.stdout.split('\n').find((line) => /^ +2 .*missing/.test(line));
    expect(row?.match(/missing/g)?.length).toBeGreaterThan(1);
    expect(row).not.toMatch(/0\.0000/);
    expect(half.stdout).toContain('still to come: npx nx run t:report');

    await evaluate(root);
    await report(root);
    const { stdout } = await evalgraph(root, ['show', 't'], { env: environment(200) });
    expect(stdout).not.toContain('missing');
    expect(stdout).toMatch(
      /^Comparison pruned\nDense: tiny, tiny@step_2, step 2 \(weights \w+\)\nPruned: pruned \(/m,
    );
    // The comparison's own report says the same of every row: its metric, both scores, the corrected p, the verdict.
    const judged = comparedRows(read('results/t/comparisons/pruned/comparison_report.md'));
    expect(judged.length).toBeGreaterThan(2);
    for (const row of judged) {
      const shown = stdout.split('\n').filter((line) => line.startsWith(`${row[0]} `));
      const cells = shown.map((line) => line.split(/ {2,}/));
      expect(cells).toEqual([row]);
    }
    for (const id of ['tiny@step_1', 'tiny@step_2', 'pruned']) {
      for (const task of ['t_choice', 't_group']) {
        const { results } = JSON.parse(read(`results/t/${id}/${task}/results.json`)) as {
          results: Record<string, Record<string, number>>;
        };
        const scores = results[task] ?? {};
        const text = formatWithError(
          formatScore(scores['acc,none'] ?? Number.NaN),
          scores['acc_stderr,none'] ?? null,
        );
        expect(stdout).toContain(text);
      }
    }
  });

  it('takes one metric, and names those there are where none has it', async () => {
    const { root } = makeWorkspace();
    await lock(root);
    await evaluate(root);
    const pages = await evalgraph(root, ['show', '--metric', 'bits_per_byte'], { env: environment(100) });
    expect(pages.stdout).toContain('bits_per_byte');
    expect(pages.stdout).not.toContain('t_choice');
    const none = await evalgraph(root, ['show', '--metric', 'acccc']);
    expect(none.code).toBe(1);
    expect(none.stderr).toContain("'acccc'");
    expect(none.stderr).toContain('acc, bits_per_byte');
  });

  it('keeps to the width that it is given, without an escape sequence in a file', async () => {
    const { root } = makeWorkspace();
    await lock(root);
    await evaluate(root);
    await report(root);
    for (const width of [80, 120, 200]) {
      const { stdout } = await evalgraph(root, ['show'], { env: { ...environment(width), NO_COLOR: '' } });
      expect(Math.max(...stdout.split('\n').map(displayWidth))).toBeLessThanOrEqual(width);
      expect(stdout).not.toContain('\x1b');
    }
  });

  it.skipIf(!existsSync(join(repository, 'results/demo/demo@iter_0003600/demo_arc')))(
    "shows every score of the demo's summary that fits the pipeline",
    async () => {
      const keys = new Set(planPipeline(repository, 'demo', 'full').cells.map(({ key }) => key));
      const { scores } = JSON.parse(readFileSync(join(repository, 'results/demo/summary.json'), 'utf8')) as {
        scores: { key: string; value: number; stderr: number | null; checkpoint: string; task: string }[];
      };
      const { stdout } = await evalgraph(repository, ['show', 'demo'], { env: environment(200) });
      const present = (id: string): boolean =>
        existsSync(join(repository, 'results/demo', id, 'results.json'));
      const known = scores.filter(
        ({ key, checkpoint, task }) => keys.has(key) && present(`${checkpoint}/${task}`),
      );
      for (const { value, stderr } of known)
        expect(stdout).toContain(formatWithError(formatScore(value), stderr));
    },
  );
});
