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
    pattern: { text, render: (step) => render(text, step), name: (step) => folderSafe(render(tail, step)) },
  };
}

const placeholder = /\{step(?::0(\d+))?\}/g;

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
