/**
 * `evalgraph report [pipeline]`: builds the report outside Nx, of what is there if asked so. A command and no flag of
 * the target: Nx makes flags part of a target's hash, and a partial report must never come out of its cache.
 */

import { join, resolve } from 'node:path';
import { UserError, writeFileAtomic } from '@evalgraph/formats';
import type { ReportFormat } from '@evalgraph/report';
import { formatCount } from '@evalgraph/report/data';
import { pipelineNames } from '@evalgraph/runner';
import { collectReport, completeReport, runReport } from '@evalgraph/runner/reporting';
import { plannedEngine } from '@evalgraph/runner/run';
import { reportFolder, resultsFolder } from '@evalgraph/spec';
import { writeError, writing } from '@evalgraph/system';
import { readArguments } from '../arguments.ts';
import type { Print } from '../command.ts';
import { messages as cliMessages } from '../messages.ts';
import { openShown } from '../shown-run.ts';
import { messages } from '../terminal/messages.ts';
import { onePipeline } from '../terminal/one-pipeline.ts';

const USAGE =
  'report [pipeline] [--partial] [--quick] [--format md|csv|latex|json] [--samples csv] [--out FILE]';
const NAMED = 10;

export async function reportCommand(root: string, args: readonly string[], print: Print): Promise<void> {
  const { names, flags, values } = readArguments(
    args,
    USAGE,
    ['partial', 'quick'],
    ['format', 'samples', 'out'],
  );
  const pipeline = onePipeline(pipelineNames(root), names, USAGE, args);
  const { plan, note } = await openShown(root, pipeline, flags.has('quick'));
  // What is printed may be piped into a file: a note is no part of it.
  if (note !== null) writeError(`${note}\n`);
  const { variant } = plan;
  const engine = plannedEngine(plan);
  const partial = flags.has('partial');
  const format = values.get('format');
  const samples = values.get('samples');
  const out = values.get('out');
  const detail =
    format !== undefined && samples !== undefined
      ? 'give --format or --samples, not both'
      : out !== undefined && format === undefined && samples === undefined
        ? '--out belongs to --format or --samples'
        : null;
  if (detail !== null)
    throw new UserError(cliMessages.badArguments('report', detail, `npx evalgraph ${USAGE}`));
  if (samples !== undefined) {
    if (samples !== 'csv') throw new UserError(cliMessages.badSamplesFormat(samples));
    const file = resolve(out ?? join(root, resultsFolder(pipeline, variant), 'samples.csv'));
    const input = completeReport(root, plan, await collectReport(root, plan, engine, { partial }));
    const { writeSamplesCsv } = await import('@evalgraph/runner/reporting');
    print(`${file}: ${formatCount(await writeSamplesCsv(input, file))} lines`);
    return;
  }
  if (format !== undefined) {
    const { renderReportAs } = await import('@evalgraph/report');
    const input = completeReport(root, plan, await collectReport(root, plan, engine, { partial }));
    const text = renderReportAs(input, await formatOf(format));
    if (out === undefined) print(text.trimEnd());
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

async function formatOf(given: string): Promise<ReportFormat> {
  const { REPORT_FORMATS } = await import('@evalgraph/report');
  const format = REPORT_FORMATS.find((known) => known === given);
  if (format === undefined) throw new UserError(messages.badFormat('--format', given, REPORT_FORMATS));
  return format;
}
