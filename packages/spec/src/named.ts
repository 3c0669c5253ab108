/**
 * What a pipeline file that cannot be read as a pipeline still names, as far as its text shows it: Nx looks for targets
 * by name before anything can say why there are none. Nothing is computed from these names.
 */
import { parseYaml } from '@evalgraph/formats';

export interface NamedInText {
  /** Every word: among them are the names of models, checkpoints and tasks. */
  readonly words: readonly string[];
  readonly tasks: readonly string[];
  readonly comparisons: readonly string[];
}

/** A pipeline file has some hundred words; each becomes a few tags of one project. */
const MOST_WORDS = 2_000;

export function namedIn(text: string): NamedInText {
  const words = [...new Set(text.match(/[\w.@-]+/g))].slice(0, MOST_WORDS);
  const value = parsedValue(text);
  return { words, tasks: [...tasksIn(value)].sort(), comparisons: keysAt(value, 'comparisons') };
}

/** null where the text is no YAML at all. */
function parsedValue(text: string): unknown {
  try {
    const tooLong = { code: 'too-many-tokens', message: 'The text is too long.' };
    return parseYaml(text, {}, tooLong).toJS({ maxAliasCount: 100 });
  } catch {
    return null;
  }
}

/** The items of every list under a key `tasks`, by name or by alias. */
function tasksIn(value: unknown): ReadonlySet<string> {
  const names = new Set<string>();
  const visit = (node: unknown, key: string): void => {
    if (Array.isArray(node)) {
      for (const item of node) {
        if (key === 'tasks') {
          for (const name of [item, fieldOf(item, 'alias') ?? fieldOf(item, 'task')])
            if (typeof name === 'string' && /^[\w.:-]+$/.test(name)) names.add(name);
        }
        visit(item, '');
      }
    } else if (typeof node === 'object' && node !== null) {
      for (const [inner, item] of Object.entries(node)) visit(item, inner);
    }
  };
  visit(value, '');
  return names;
}

function keysAt(value: unknown, key: string): readonly string[] {
  const found = fieldOf(value, key);
  if (typeof found !== 'object' || found === null || Array.isArray(found)) return [];
  return Object.keys(found).filter((name) => /^[\w.-]+$/.test(name));
}

function fieldOf(value: unknown, key: string): unknown {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined;
  return (value as Readonly<Record<string, unknown>>)[key];
}
