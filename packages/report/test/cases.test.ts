/**
 * Each folder of cases/ is a report: input.json beside the report.md, and comparison_report.md where it has a
 * comparison, that were read and found right. To take over a wanted change: EVALGRAPH_UPDATE_CASES=1, then read the diff.
 */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { buildCharts } from '../src/charts/charts.ts';
import type { ReportInput } from '../src/input.ts';
import { renderComparison, renderReport } from '../src/markdown/report.ts';
import { reportData } from '../src/report-data.ts';

const folder = new URL('cases/', import.meta.url);
const update = process.env.EVALGRAPH_UPDATE_CASES === '1';

describe.each(readdirSync(folder))('case %s', (name) => {
  const at = (file: string): URL => new URL(`${name}/${file}`, folder);
  const input = JSON.parse(readFileSync(at('input.json'), 'utf8')) as ReportInput;
  const data = reportData(input);
  const check = (file: string, found: string): void => {
    if (update) writeFileSync(at(file), found);
    expect(found).toBe(readFileSync(at(file), 'utf8'));
  };

  it('has this report', () => {
    check('report.md', renderReport(data, buildCharts(data)));
  });

  const [comparison] = input.comparisons;
  if (comparison !== undefined) {
    it('has this comparison report', () => {
      check('comparison_report.md', renderComparison(comparison));
    });
  }

  it('leaves no file unread', () => {
    expect(existsSync(at('comparison_report.md'))).toBe(comparison !== undefined);
  });
});
