/**
 * One parsed line of samples_<task>.jsonl -> what the explorer shows of it. Fields are lm-eval's; both its forms of a
 * log-likelihood are read (`["-1.27", "False"]` and `[-1.27, false]`). Texts are cut at a length that no page needs.
 */
import { type Problem, shape, UserError } from '@evalgraph/formats';
import { FIXED } from '../../page/chunks.ts';
import { formatScore } from '../format.ts';
import { messages } from '../messages.ts';

/** A book as a prompt would make a chunk that no browser opens at once. */
export const MAX_TEXT = 200_000;
/** More requests than any task has for one document. */
const MAX_REQUESTS = 1_000;

export interface Sample {
  readonly docId: number;
  readonly label: string;
  readonly prompt: string;
  readonly options: readonly string[];
  readonly target: string;
  readonly gold: number | null;
  /** Ten-thousandths of a nat; null for minus infinity. */
  readonly nats: readonly (number | null)[];
  readonly answer: string | null;
  readonly filter: string;
  /** null where the filter only repeats the log-likelihoods. */
  readonly filtered: string | null;
  /** Scores of this document by metric, in ten-thousandths. */
  readonly scores: ReadonlyMap<string, number>;
}

type Fields = Readonly<Record<string, unknown>>;

/** @throws UserError bad-sample */
export function readSample(row: unknown, where: string): Sample {
  const fail = (why: string): never => {
    throw new UserError(messages.badSample(where, why) satisfies Problem);
  };
  if (!shape.isObject(row)) return fail('a line that is no object');
  const docId = row['doc_id'];
  if (typeof docId !== 'number' || !Number.isSafeInteger(docId)) return fail('a row without a whole doc_id');
  const { contexts, continuations } = readArguments(row['arguments'], fail);
  const responses = Array.isArray(row['resps']) ? row['resps'] : fail(`doc_id ${docId} has no resps`);
  const nats: (number | null)[] = [];
  const answers: string[] = [];
  for (const [index, continuation] of continuations.entries()) {
    const response = firstOf(responses[index]);
    const likelihood = likelihoodOf(response);
    if (continuation !== null && likelihood !== undefined) nats.push(likelihood);
    else if (typeof response === 'string') answers.push(response);
    else if (Array.isArray(response) && typeof response[0] === 'string') answers.push(response[0]);
  }
  const listed = continuations.filter((one) => one !== null);
  if (nats.length > 0 && nats.length !== listed.length) {
    return fail(`doc_id ${docId} has ${listed.length} options and ${nats.length} log-likelihoods`);
  }
  const prompt = commonPrefix(contexts);
  const options = continuations.flatMap((one, index) =>
    one === null ? [] : [cut((contexts[index] ?? '').slice(prompt.length) + one)],
  );
  const target = textOf(row['target']);
  const isLikelihood = nats.length > 0 && answers.length === 0;
  return {
    docId,
    label: labelOf(row['doc'], prompt),
    prompt: cut(prompt),
    options,
    target: cut(target),
    gold: goldOf(target, options),
    nats,
    answer: answers.length === 0 ? null : cut(answers.join('\n')),
    filter: textOf(row['filter'] ?? 'none'),
    filtered: isLikelihood || answers.length === 0 ? null : cut(filteredText(row['filtered_resps'])),
    scores: scoresOf(row),
  };
}

/** What a number is shown as, without its point: four decimals. */
export function toFixedPoint(value: number): number {
  return Number(formatScore(value).replace('.', ''));
}

function readArguments(
  value: unknown,
  fail: (why: string) => never,
): { readonly contexts: readonly string[]; readonly continuations: readonly (string | null)[] } {
  const list = Array.isArray(value) ? value : shape.isObject(value) ? Object.values(value) : [];
  if (list.length > MAX_REQUESTS) fail(`a row of ${list.length} requests`);
  const parts = list.map((one): readonly unknown[] =>
    Array.isArray(one) ? one : shape.isObject(one) ? [one['arg_0'], one['arg_1']] : [],
  );
  return {
    contexts: parts.map(([context]) => textOf(context)),
    continuations: parts.map(([, continuation]) => (typeof continuation === 'string' ? continuation : null)),
  };
}

/** `[["-1.2", "False"]]`, `["text"]`, and their older forms without the outer list. */
function firstOf(response: unknown): unknown {
  return Array.isArray(response) && (Array.isArray(response[0]) || response.length === 1)
    ? response[0]
    : response;
}

/** @returns undefined where the response is no log-likelihood */
function likelihoodOf(response: unknown): number | null | undefined {
  if (!Array.isArray(response) || response.length !== 2) return undefined;
  const [nats] = response;
  const value = typeof nats === 'number' ? nats : typeof nats === 'string' ? Number(nats) : Number.NaN;
  if (Number.isFinite(value)) return toFixedPoint(value);
  return typeof nats === 'string' && !/^-?inf/i.test(nats) ? undefined : null;
}

/** The option that the target names: by index, by letter, or by its text. */
function goldOf(target: string, options: readonly string[]): number | null {
  if (options.length < 2) return null;
  const word = target.trim();
  if (/^\d{1,3}$/.test(word) && Number(word) < options.length) return Number(word);
  const trimmed = options.map((option) => option.trim());
  const index = trimmed.indexOf(word);
  if (index !== -1 && trimmed.lastIndexOf(word) === index) return index;
  const letter = /^\(?([A-Z])\)?\.?$/.exec(word)?.[1];
  const place = letter === undefined ? -1 : letter.charCodeAt(0) - 'A'.charCodeAt(0);
  return place >= 0 && place < options.length ? place : null;
}

/** Where data sets put the question; the prompt's end where none of them is there. */
const QUESTION_FIELDS = [
  'question',
  'query',
  'ctx',
  'sentence',
  'goal',
  'problem',
  'input',
  'text',
  'page',
] as const;
const LABEL_LENGTH = 140;

function labelOf(doc: unknown, prompt: string): string {
  const field = shape.isObject(doc)
    ? QUESTION_FIELDS.map((name) => doc[name]).find((one) => typeof one === 'string')
    : undefined;
  const text = typeof field === 'string' ? field.slice(0, 4 * LABEL_LENGTH) : prompt.slice(-LABEL_LENGTH);
  const line = text.replace(/[\s\p{Cc}\u202a-\u202e\u2066-\u2069]+/gu, ' ').trim();
  return line.length > LABEL_LENGTH ? `${line.slice(0, LABEL_LENGTH - 1).toWellFormed()}…` : line;
}

function filteredText(value: unknown): string {
  const first = Array.isArray(value) && value.length > 0 ? value[0] : value;
  return textOf(first);
}

/** What a name that a stranger chose stands for; nothing that objects inherit. */
function ownValue(fields: Fields, name: string): unknown {
  return Object.hasOwn(fields, name) ? fields[name] : undefined;
}

function scoresOf(row: Fields): ReadonlyMap<string, number> {
  const scores = new Map<string, number>();
  const names = Array.isArray(row['metrics']) ? row['metrics'].filter((one) => typeof one === 'string') : [];
  const own = shape.isObject(row['doc_scores']) ? row['doc_scores'] : {};
  for (const name of names) {
    const value = ownValue(own, name) ?? ownValue(row, name);
    const score = typeof value === 'boolean' ? Number(value) : value;
    if (typeof score === 'number' && Number.isFinite(score)) scores.set(name, toFixedPoint(score));
  }
  return scores;
}

function commonPrefix(texts: readonly string[]): string {
  const [first = '', ...rest] = texts;
  let length = first.length;
  for (const text of rest) {
    let at = 0;
    while (at < length && first.charCodeAt(at) === text.charCodeAt(at)) at++;
    length = at;
  }
  return first.slice(0, length).toWellFormed();
}

function cut(text: string): string {
  return text.length <= MAX_TEXT
    ? text.toWellFormed()
    : `${text.slice(0, MAX_TEXT).toWellFormed()}… (cut: ${text.length} characters)`;
}

function textOf(value: unknown): string {
  return typeof value === 'string'
    ? value
    : value === undefined || value === null
      ? ''
      : (JSON.stringify(value) ?? '');
}

/** Full score. */
export const FULL: number = FIXED;
