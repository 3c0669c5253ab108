/** `perplexity:` of a comparison, with the keys beside it -> PerplexityUses. */
import type { Context } from './context.ts';
import type { ComparisonInput, PerplexityEntryInput, PerplexityInput } from './input.ts';
import { messages } from './messages.ts';
import { type Parsed, parsePath } from './paths.ts';
import { folderSafe } from './pattern.ts';
import type { PerplexityUse } from './pipeline.ts';
import type { Path } from './problems.ts';
import type { TaskRegistry } from './tasks.ts';

/** What the pruning papers' tables use: WikiText-2 as it is published, windows of 2048 tokens. */
const paperCorpus = { corpus: 'wikitext-2-raw-v1', column: 'text', split: 'test', seqlen: 2048 };

const corpusKeys = ['seqlen', 'corpus', 'column', 'split'] as const;

export interface NormalizedPerplexity {
  readonly uses: readonly PerplexityUse[];
  readonly needsRollingTask: boolean;
}

export type PerplexityNormalizer = (comparison: ComparisonInput, path: Path) => NormalizedPerplexity;

/** One normalizer for all comparisons of a pipeline: cells are shared, so a name must mean one thing. */
export function perplexityNormalizer(tasks: TaskRegistry, context: Context): PerplexityNormalizer {
  const { problems, lineOf } = context;
  const known = new Map<string, { readonly use: PerplexityUse; readonly path: Path }>();

  function register(use: PerplexityUse, path: Path): void {
    const other = known.get(use.name.toLowerCase());
    if (tasks.has(use.name)) problems.value(path, messages.perplexityIsTask(use.name));
    if (other === undefined) known.set(use.name.toLowerCase(), { use, path });
    else if (!sameUse(other.use, use)) {
      problems.value(
        path,
        messages.conflictingPerplexity(use.name, () => lineOf(other.path)),
      );
    }
  }

  return (comparison, path) => {
    const uses = new Map<string, PerplexityUse>();
    let needsRollingTask = false;
    for (const [index, entry] of (comparison.perplexity ?? []).entries()) {
      const at = [...path, 'perplexity', index];
      if (entry === 'lm-eval') needsRollingTask = true;
      else {
        const use = normalizeUse(entry, at, comparison, path, context);
        if (use === null) continue;
        if (uses.has(use.name)) problems.value(at, messages.repeatedPerplexity(use.name));
        else register(use, at);
        uses.set(use.name, use);
      }
    }
    const wanda = comparison.perplexity === null || comparison.perplexity?.some((each) => each !== 'lm-eval');
    for (const key of wanda === true ? [] : corpusKeys) {
      if (comparison[key] !== undefined) problems.key([...path, key], messages.unusedCorpusKey(key));
    }
    return { uses: [...uses.values()], needsRollingTask };
  };
}

function normalizeUse(
  entry: PerplexityInput | null,
  at: Path,
  comparison: ComparisonInput,
  path: Path,
  { root, problems }: Context,
): PerplexityUse | null {
  if (entry === null) return null;
  const own: PerplexityEntryInput = typeof entry === 'string' ? { protocol: 'wanda' } : entry;
  const seqlen = own.seqlen ?? comparison.seqlen ?? paperCorpus.seqlen;
  const column = own.column ?? comparison.column ?? paperCorpus.column;
  const split = own.split ?? comparison.split ?? paperCorpus.split;
  const corpus = own.corpus ?? comparison.corpus ?? paperCorpus.corpus;
  const data = parseCorpus(corpus, root);
  if ('finding' in data) {
    problems.value([...(typeof own.corpus === 'string' ? at : path), 'corpus'], data.finding);
    return null;
  }
  const name = own.name ?? nameOf(data.value, seqlen, split);
  return { protocol: own.protocol ?? 'wanda', seqlen, data: data.value, split, column, name };
}

/** A name below datasets/, or a path. */
function parseCorpus(text: string, root: string): Parsed<string> {
  if (/^[./~\\]|^[A-Za-z]:/.test(text)) return parsePath(text, root);
  const name = text.replace(/^datasets\//, '');
  const legal = name.split('/').every((part) => /^[A-Za-z0-9][\w.+-]*$/.test(part));
  return legal ? { value: `datasets/${name}` } : { finding: messages.badCorpus(text) };
}

/** File names that say nothing about the text in them. */
const plainNames = ['test', 'train', 'validation', 'data', 'text'];

/** Made from its own settings alone: another comparison must not rename a cell. */
function nameOf(data: string, seqlen: number, split: string): string {
  const parts = data
    .replace(/\.[A-Za-z]+(\.gz)?$/, '')
    .split(/[/\\]/)
    .filter((part) => part !== '' && part !== '.' && part !== '..');
  const corpus = parts.findLast((part) => !plainNames.includes(part)) ?? parts.at(-1) ?? 'text';
  const suffix = split === paperCorpus.split ? '' : `-${split}`;
  return `perplexity-wanda-${folderSafe(corpus)}-${seqlen}${suffix}`;
}

function sameUse(a: PerplexityUse, b: PerplexityUse): boolean {
  return (
    a.name === b.name &&
    a.seqlen === b.seqlen &&
    a.data === b.data &&
    a.split === b.split &&
    a.column === b.column
  );
}
