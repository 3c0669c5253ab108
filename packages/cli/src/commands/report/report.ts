/**
 * `evalgraph report [pipeline]`: builds the report outside Nx, of what is there if asked so. A command and no flag of
 * the target: Nx makes flags part of a target's hash, and a partial report must never come out of its cache.
 */

import { join, resolve } from 'node:path';
import { writeFileAtomic } from '@evalgraph/formats';
import type { ReportFormat } from '@evalgraph/report';
import { formatCount } from '@evalgraph/report/data';
import { collectReport, completeReport, runReport } from '@evalgraph/runner/reporting';
import { plannedEngine } from '@evalgraph/runner/run';
import { pipelineNames, reportFolder, resultsFolder } from '@evalgraph/spec';
import { writeError, writing } from '@evalgraph/system';
import type { Call } from '../../command.ts';
import { openShown } from '../../shown-run.ts';
import { onePipeline } from '../../terminal/one-pipeline.ts';

const NAMED = 10;

export interface ReportArguments {
  readonly pipeline: string | null;
  readonly partial: boolean;
  readonly quick: boolean;
  /** What is printed instead of the report's files; null, as is `samples`: the report. */
  readonly format: ReportFormat | null;
  readonly samples: 'csv' | null;
  /** null: the terminal; of samples a file of the results. */
  readonly out: string | null;
}

export async function makeReport({ root, print, words }: Call, wanted: ReportArguments): Promise<void> {
  const { partial, format, samples, out } = wanted;
  const pipeline = onePipeline(pipelineNames(root), wanted.pipeline, words);
  const { plan, note } = await openShown(root, pipeline, wanted.quick);
  // What is printed may be piped into a file: a note is no part of it.
  if (note !== null) writeError(`${note}\n`);
  const { variant } = plan;
  const engine = plannedEngine(plan);
  if (samples !== null) {
    const file = resolve(out ?? join(root, resultsFolder(pipeline, variant), 'samples.csv'));
    const input = completeReport(root, plan, await collectReport(root, plan, engine, { partial }));
    const { writeSamplesCsv } = await import('@evalgraph/runner/reporting');
    print(`${file}: ${formatCount(await writeSamplesCsv(input, file))} lines`);
    return;
  }
  if (format !== null) {
    const { renderReportAs } = await import('@evalgraph/report');
    const input = completeReport(root, plan, await collectReport(root, plan, engine, { partial }));
    const text = renderReportAs(input, format);
    if (out === null) print(text.trimEnd());
    else await writing(out, () => writeFileAtomic(resolve(out), text));
    return;
  }
  const missing = await runReport(root, plan, engine, { partial });
  print(`${reportFolder(pipeline, variant)}/report.md`);
  print(`${reportFolder(pipeline, variant)}/index.html`);
  if (missing.length === 0) return;
  const rest = missing.length - NAMED;
  print('');
  print(`Partial: ${formatCount(missing.length)} still to come; summary.json was left as it was.`);
  for (const name of missing.slice(0, NAMED)) print(`  ${name}`);
  if (rest > 0) print(`  and ${formatCount(rest)} more`);
  print(
    `Evaluate them (npx nx run ${pipeline}:eval${variant === 'quick' ? ':quick' : ''}), then run the same command again.`,
  );
}
