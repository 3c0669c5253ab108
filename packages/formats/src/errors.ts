/**
 * The one error type that a user's mistake or a bad file ends in. Anything else that is thrown is a defect of
 * the program. Depths report `Problem`s; the top throws (or prints) them all at once.
 */
import { visibleText } from './visible-text.ts';

export interface Position {
  readonly file: string;
  /** 1-based. */
  readonly line: number;
  /** 1-based. */
  readonly column: number;
  /** The source line and a line of `^^^`, ready to print. */
  readonly excerpt?: string;
}

export interface Problem {
  /** Short and stable, for tests and for docs/errors.md: `unknown-key`, `truncated-weights`. */
  readonly code: string;
  /** What is wrong, where, and the offending value, in one sentence. */
  readonly message: string;
  /** What to do about it; the legal values where the set is closed. */
  readonly remedy?: string;
  readonly at?: Position;
}

export class UserError extends Error {
  readonly problems: readonly Problem[];
  constructor(problems: readonly Problem[] | Problem) {
    const list = 'code' in problems ? [problems] : problems;
    super(list.map(formatProblem).join('\n\n'));
    this.name = 'UserError';
    this.problems = list;
  }
}

/** Renders one problem for a terminal: position, message, excerpt, remedy; control characters in them as escapes. */
export function formatProblem(problem: Problem): string {
  const { at } = problem;
  const head = at === undefined ? '' : `${at.file}:${at.line}:${at.column}: `;
  const lines = [`${head}${problem.message}`];
  if (at?.excerpt !== undefined) lines.push(at.excerpt);
  if (problem.remedy !== undefined) lines.push(problem.remedy);
  return visibleText(lines.join('\n'));
}
