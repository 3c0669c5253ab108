/** Patterns of names: "iter_{step:07}" with a step gives "iter_0002000". */

export interface Pattern {
  readonly text: string;
  render(step: number): string;
  /**
   * A checkpoint's name: the parts of the path from the first with a {step} on, joined by '-', so that
   * `/runs/a/step{step}/hf` gives `step100-hf`.
   */
  name(step: number): string;
}

export type PatternResult =
  | { readonly pattern: Pattern }
  /** What stands in braces and is no placeholder. */
  | { readonly badPlaceholder: string }
  | { readonly missing: true };

/** A 64-bit step has 19 digits. */
const maxDigits = 20;

export function parsePattern(text: string): PatternResult {
  const bad = text.replaceAll(placeholder, '').match(/\{[^{}]*\}?|\}/);
  if (bad !== null) return { badPlaceholder: bad[0] };
  const wide = [...text.matchAll(placeholder)].find(([, digits]) => Number(digits ?? 0) > maxDigits);
  if (wide !== undefined) return { badPlaceholder: wide[0] };
  const parts = text.split('/');
  const first = parts.findIndex((part) => part.includes('{step'));
  if (first === -1) return { missing: true };
  const tail = parts.slice(first).join('/');
  return {
    pattern: {
      text,
      render: (step) => render(text, step),
      name: (step) => folderSafe(render(tail, step)),
    },
  };
}

const placeholder = /\{step(?::0(\d+))?\}/g;

/** The pattern is rendered again, so that widths count, and a step that stands in it twice is one step. */
function stepOf(text: string, name: string): number | null {
  const [before = '', after = ''] = text.split(/\{step(?::0\d+)?\}/);
  if (!name.startsWith(before)) return null;
  const digits = new RegExp(`^\\d{1,${maxDigits}}`).exec(name.slice(before.length))?.[0] ?? '';
  if (digits === '' || !name.slice(before.length + digits.length).startsWith(after)) return null;
  const step = Number(digits);
  // Beyond 2^53 a step is not exact.
  return Number.isSafeInteger(step) && render(text, step) === name ? step : null;
}

export interface SeriesStep {
  readonly step: number;
  /** The folder or the revision. */
  readonly name: string;
}

/**
 * Those of `names` that the pattern gives, each name once.
 * @param text a legal pattern. @returns ascending by step.
 */
export function stepsAmong(text: string, names: readonly string[]): readonly SeriesStep[] {
  const found = [...new Set(names)].flatMap((name) => {
    const step = stepOf(text, name);
    return step === null ? [] : [{ step, name }];
  });
  return found.sort((a, b) => a.step - b.step || (a.name < b.name ? -1 : 1));
}

/**
 * Finds a step inside a longer text, such as a path.
 * @returns a global expression whose first group is the digits; null where the pattern is not legal, or does not have
 * exactly one {step}.
 */
export function stepFinder(text: string): RegExp | null {
  if (!('pattern' in parsePattern(text))) return null;
  const [before, after, ...more] = text.split(/\{step(?::0\d+)?\}/);
  if (before === undefined || after === undefined || more.length > 0) return null;
  const width = Math.max(1, Number([...text.matchAll(placeholder)][0]?.[1] ?? 1));
  const escaped = [before, after].map((part) => part.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&'));
  return new RegExp(escaped.join(`(\\d{${width},${maxDigits}})`), 'g');
}

function render(text: string, step: number): string {
  return text.replaceAll(placeholder, (_, digits: string | undefined) =>
    String(step).padStart(Number(digits ?? 0), '0'),
  );
}

/** A text as the name of a folder and of an Nx project: what neither takes becomes '-'. */
export function folderSafe(text: string): string {
  const safe = text.replaceAll(/[^A-Za-z0-9._+-]+/g, '-').replace(/^[^A-Za-z0-9]+/, '');
  return safe.slice(0, 100).replace(/[-.]+$/, '') || 'checkpoint';
}
