/**
 * The one formatter of numbers: tables, charts, summary lines and the comparison report call these functions and
 * nothing else, so that a number looks the same wherever it stands. ASCII signs, so that it can be copied.
 * Scores are fractions with four decimals, as lm-eval prints them.
 */

const SCORE_DECIMALS = 4;
const PERCENT_DECIMALS = 2;
/** A diverged model's perplexity has many digits, none of which mean anything. */
const PERPLEXITY_IN_FULL = 1e6;
const SMALLEST_P = 1e-4;
/** Git's habit for commits, and long enough to tell files apart. */
const DIGEST_CHARACTERS = 12;

export const NOT_AVAILABLE = 'n/a';

export function formatScore(value: number): string {
  return unsigned(finite(value).toFixed(SCORE_DECIMALS));
}

export function formatPerplexity(value: number): string {
  return finite(value) < PERPLEXITY_IN_FULL
    ? value.toFixed(SCORE_DECIMALS)
    : value.toExponential(SCORE_DECIMALS);
}

/** `0.4231 ± 0.0123`; without a standard error, just the number. */
export function formatWithError(text: string, stderr: number | null): string {
  return stderr === null ? text : `${text} ± ${formatScore(stderr)}`;
}

/** Writes the sign also in front of a positive number: `+0.0123`. */
export function formatDifference(value: number): string {
  return signed(finite(value).toFixed(SCORE_DECIMALS));
}

/** A fraction in percent: 0.65 -> `65.00%`. */
export function formatPercent(fraction: number): string {
  return `${unsigned((100 * finite(fraction)).toFixed(PERCENT_DECIMALS))}%`;
}

export function formatPercentDifference(fraction: number): string {
  return `${signed((100 * finite(fraction)).toFixed(PERCENT_DECIMALS))}%`;
}

export function formatInterval(interval: readonly [number, number]): string {
  return `[${formatDifference(interval[0])}, ${formatDifference(interval[1])}]`;
}

/** A p value is never printed as 0. */
export function formatP(p: number): string {
  return finite(p) < SMALLEST_P ? `< ${SMALLEST_P.toFixed(SCORE_DECIMALS)}` : p.toFixed(SCORE_DECIMALS);
}

/** Writes a number of documents: what an imported file does not say is not a zero. */
export function formatKnownCount(value: number | null): string {
  return value === null ? NOT_AVAILABLE : formatCount(value);
}

/** A factor between two figures: `x1.3457`. */
export function formatRatio(ratio: number): string {
  return `x${finite(ratio).toFixed(SCORE_DECIMALS)}`;
}

/** Steps, documents, tokens: whole numbers with thousands separators. Not Intl: it varies with the machine. */
export function formatCount(value: number): string {
  return finite(value)
    .toFixed(0)
    .replace(/\B(?=(\d{3})+$)/g, ',');
}

/** A limit in words: a number of documents, or below 1 a share of them. */
export function formatLimit(limit: number): string {
  return limit < 1
    ? `${formatShare(limit)} of the documents of each task`
    : `at most ${formatCount(limit)} documents a task`;
}

/** The same at the head of a chart's note. */
export function limitedText(limit: number): string {
  return `Limited run: ${limit < 1 ? formatLimit(limit) : `${formatCount(limit)} documents a task at most`}`;
}

/** 0.1 -> 10 %; 0.125 -> 12.5 % */
export function formatShare(share: number): string {
  return `${Number((100 * finite(share)).toPrecision(12))} %`;
}

export function formatDigest(digest: string): string {
  return digest.replace(/^sha256:/, '').slice(0, DIGEST_CHARACTERS);
}

function finite(value: number): number {
  if (!Number.isFinite(value)) throw new RangeError(`${value} cannot be shown: not a finite number`);
  return value;
}

/** No `-0.0000`: a zero has no sign. */
function unsigned(text: string): string {
  return /^-0(\.0*)?$/.test(text) ? text.slice(1) : text;
}

function signed(text: string): string {
  const plain = unsigned(text);
  return plain.startsWith('-') || /^0(\.0*)?$/.test(plain) ? plain : `+${plain}`;
}
