/** How values and paths are written in messages. */
import { Document } from 'yaml';
import type { Path } from './problems.ts';

/** Characters of a value in a message; the excerpt below it shows the rest. */
const MAX_SHOWN = 60;

/** A value in one line, cut where it is long: texts in single quotes. */
export function show(value: unknown): string {
  if (typeof value === 'string') return `'${cut(value.replace(/\p{Cc}/gu, '\ufffd'))}'`;
  if (typeof value === 'object' && value !== null) return cut(flow(value));
  return cut(String(value));
}

/** `tasks[1].num_fewshot`. */
export function showPath(path: Path): string {
  return path
    .map((part, depth) => (typeof part === 'number' ? `[${part}]` : depth === 0 ? part : `.${part}`))
    .join('');
}

/** A value as YAML in one line: `{ subfolder: "iter_{step:07}", from: 2000 }`. */
export function flow(value: unknown): string {
  const text = new Document(value).toString({ collectionStyle: 'flow', lineWidth: 0 });
  return text.trimEnd().replaceAll(/\s*\n\s*/g, ' ');
}

function cut(text: string): string {
  const characters = [...text];
  return characters.length <= MAX_SHOWN ? text : `${characters.slice(0, MAX_SHOWN - 1).join('')}…`;
}
