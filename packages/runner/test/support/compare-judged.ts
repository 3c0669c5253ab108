/** Our answers beside lm-eval's: one row of the table a task or group, and everything that is out of tolerance. */
import type { MetricValues } from '@evalgraph/formats';
import type { GroupRow } from '@evalgraph/tasks';
import type { Answered } from './demo-answers.ts';
import { type JudgeMetrics, type JudgeRow, judgeResponse } from './judge.ts';

/** Nats: an absolute part, and one for each token of what is scored. */
const NATS = 1e-4;
const NATS_PER_TOKEN = 1e-5;
/** Of a metric: absolute below 1, relative above. */
const METRIC_DIGITS = 1e-6;
/**
 * A perplexity of whole continuations is exp(-mean of log-likelihoods): what they differ by is its relative
 * difference, and twice that the bootstrap's. lm-eval sums in float32, whose step at -40 nats is 4e-6 already.
 */
const EXPONENTIAL = /^perplexity(?:_stderr)?,/;
const MAX_PROBLEMS = 5;

export interface Compared {
  readonly task: string;
  /** null: not compared, `note` says why. */
  readonly documents: number | null;
  readonly promptsEqual: number | null;
  /** null: the task scores nothing by log-likelihood. */
  readonly maxNats: number | null;
  readonly texts: { readonly equal: number; readonly all: number } | null;
  readonly maxMetricGap: number | null;
  readonly note: string;
  /** The first differences out of tolerance, with their place; empty: the task agrees. */
  readonly problems: readonly string[];
}

export const notCompared = (task: string, note: string): Compared => ({
  ...{ task, documents: null, promptsEqual: null, maxNats: null, texts: null, maxMetricGap: null },
  ...{ note, problems: [] },
});

/** `skipMetrics`: why the metrics cannot be compared; null: they are. */
export function compareTask(
  own: Answered,
  rows: readonly JudgeRow[],
  results: JudgeMetrics,
  skipMetrics: string | null,
): Compared {
  const problems: string[] = [];
  const hashes = compareHashes(own, rows, problems);
  const answers = compareAnswers(own, rows, problems);
  const nats = answers.maxNats ?? 0;
  const maxMetricGap =
    skipMetrics === null ? compareMetrics(own.scored.metrics, results, nats, problems) : null;
  const exponential = skipMetrics === null && Object.keys(results).some((name) => EXPONENTIAL.test(name));
  return {
    task: own.prepared.name,
    documents: own.prepared.docs.length,
    ...{ promptsEqual: hashes, ...answers, maxMetricGap },
    note: skipMetrics ?? (exponential ? 'perplexity = exp(-mean LL): within 2 max |ΔLL|, relative' : ''),
    problems: problems.slice(0, MAX_PROBLEMS),
  };
}

export function compareGroup(own: GroupRow, results: JudgeMetrics): Compared {
  const problems: string[] = [];
  const maxMetricGap = compareMetrics(own.metrics, results, 0, problems);
  const note = `group of ${own.children.length}`;
  return { ...notCompared(own.name, note), documents: own.samples, maxMetricGap, problems };
}

/** Documents whose three hashes are lm-eval's under every filter. */
function compareHashes(own: Answered, rows: readonly JudgeRow[], problems: string[]): number {
  const line = (row: Omit<JudgeRow, 'resps'>): string =>
    [row.doc_id, row.filter, row.doc_hash, row.prompt_hash, row.target_hash].join(' ');
  const theirs = new Set(rows.map(line));
  const ours = own.scored.samples.map((row) => ({ docId: row.doc_id, line: line(row) }));
  if (ours.length !== rows.length) problems.push(`${ours.length} samples rows, lm-eval has ${rows.length}`);
  const different = new Set(ours.filter((row) => !theirs.has(row.line)).map((row) => row.docId));
  for (const docId of different) problems.push(`document ${docId}: another document, prompt or target`);
  return own.prepared.docs.length - different.size;
}

function compareAnswers(
  own: Answered,
  rows: readonly JudgeRow[],
  problems: string[],
): Pick<Compared, 'maxNats' | 'texts'> {
  const byDoc = new Map(rows.map((row) => [row.doc_id, row]));
  const gaps: number[] = [];
  const texts: boolean[] = [];
  for (const [index, doc] of own.prepared.docs.entries()) {
    const given = own.responses[index] ?? [];
    const row = byDoc.get(doc.docId);
    if (row?.resps.length !== given.length)
      problems.push(`document ${doc.docId}: ${given.length} requests, lm-eval ${row?.resps.length}`);
    for (const [place, response] of given.entries()) {
      const where = `document ${doc.docId}, request ${place}`;
      const want = judgeResponse(response.kind, row?.resps[place]?.[0]);
      if (response.kind === 'generate') {
        texts.push(response.text === want);
        if (response.text !== want)
          problems.push(`${where}: ${JSON.stringify(response.text)}, lm-eval ${JSON.stringify(want)}`);
        continue;
      }
      const [nats, isGreedy] = Array.isArray(want) ? want : [Number(want), null];
      const gap = Math.abs(response.logLikelihood - nats);
      gaps.push(gap);
      if (!(gap <= NATS + NATS_PER_TOKEN * response.tokens))
        problems.push(`${where}: ${response.logLikelihood} nats, lm-eval ${nats}`);
      if (response.kind === 'loglikelihood' && response.isGreedy !== isGreedy)
        problems.push(`${where}: greedy ${response.isGreedy}, lm-eval ${isGreedy}`);
    }
  }
  return {
    maxNats: gaps.length === 0 ? null : Math.max(...gaps),
    texts: texts.length === 0 ? null : { equal: texts.filter(Boolean).length, all: texts.length },
  };
}

function compareMetrics(
  own: MetricValues,
  results: JudgeMetrics,
  maxNats: number,
  problems: string[],
): number {
  const theirs = Object.keys(results).filter((name) => name.includes(','));
  const names = new Set([...Object.keys(own), ...theirs]);
  let largest = 0;
  for (const name of names) {
    const [ours, want] = [own[name], results[name]];
    if (typeof ours === 'number' && typeof want === 'number') {
      const gap = Math.abs(ours - want) / Math.max(1, Math.abs(want));
      largest = Math.max(largest, gap);
      const allowed = EXPONENTIAL.test(name) ? Math.max(METRIC_DIGITS, 2 * maxNats) : METRIC_DIGITS;
      if (gap <= allowed) continue;
    } else if (ours === want) continue;
    problems.push(`${name}: ${ours}, lm-eval ${want}`);
  }
  return largest;
}

/** Markdown. */
export function judgeTable(title: string, rows: readonly Compared[]): string {
  const head = '| task | documents | prompts equal | max \\|ΔLL\\| | texts equal | max metric Δ | |';
  const lines = rows.map(({ task, documents, promptsEqual, maxNats, texts, maxMetricGap, note, problems }) =>
    [
      ...['', task, documents ?? '-', promptsEqual ?? '-'],
      maxNats?.toExponential(1) ?? '-',
      texts === null ? '-' : `${texts.equal} of ${texts.all}`,
      maxMetricGap?.toExponential(1) ?? '-',
      [note, ...problems]
        .filter((text) => text !== '')
        .join('; ')
        .replaceAll('|', '\\|')
        .replaceAll('\n', ' '),
      '',
    ]
      .join(' | ')
      .trim(),
  );
  return [`### ${title}`, '', head, '|---|---|---|---|---|---|---|', ...lines, ''].join('\n');
}
