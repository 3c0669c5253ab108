/** `perplexity:` of a comparison or a model, with the keys beside it -> PerplexityUses. */
import type { Context } from './context.ts';
import { OWN_SEQLEN, PAPER_CORPUS } from './declared/perplexity.ts';
import type { CorpusInput, PerplexityEntryInput, PerplexityInput } from './input.ts';
import { messages } from './messages.ts';
import { type Parsed, parsePath } from './paths.ts';
import { folderSafe } from './pattern.ts';
import type { CorpusUse, DivergenceUse, PerplexityUse } from './pipeline.ts';
import type { Path } from './problems.ts';
import type { TaskRegistry } from './tasks.ts';

const corpusKeys = ['seqlen', 'corpus', 'column', 'split'] as const;

/** A comparison or a model, as far as its perplexities go. */
interface PerplexityOwner extends CorpusInput {
  readonly perplexity?: readonly (PerplexityInput | null)[] | null | undefined;
}

export interface NormalizedPerplexity {
  readonly uses: readonly PerplexityUse[];
  readonly needsRollingTask: boolean;
  readonly divergence: DivergenceUse | null;
}

/** @param divergence what a comparison says of it; null: reported */
export type PerplexityNormalizer = (
  owner: PerplexityOwner,
  path: Path,
  divergence: boolean | null,
) => NormalizedPerplexity;

/**
 * One normalizer for all of a pipeline: cells are shared, so a name must mean one thing.
 *
 * @param runsTasks the engine runs whole tasks and gives no log-probabilities of tokens: then the word `lm-eval`
 *   means the perplexities of a rolling task
 */
export function perplexityNormalizer(
  tasks: TaskRegistry,
  runsTasks: boolean,
  context: Context,
): PerplexityNormalizer {
  const { problems, lineOf } = context;
  const known = new Map<string, { readonly use: PerplexityUse; readonly path: Path }>();

  function register(use: PerplexityUse, path: Path): void {
    const other = known.get(use.name.toLowerCase());
    if (tasks.has(use.name)) problems.value(path, messages.conflictingPerplexity.task(use.name));
    if (other === undefined) known.set(use.name.toLowerCase(), { use, path });
    else if (JSON.stringify(other.use) !== JSON.stringify(use)) {
      problems.value(
        path,
        messages.conflictingPerplexity.settings(use.name, () => lineOf(other.path)),
      );
    }
  }

  return (owner, path, divergence) => {
    const uses = new Map<string, PerplexityUse>();
    let needsRollingTask = false;
    for (const [index, entry] of (owner.perplexity ?? []).entries()) {
      const at = [...path, 'perplexity', index];
      if (entry === 'lm-eval' && runsTasks) needsRollingTask = true;
      else {
        const use = normalizeUse(entry, at, owner, path, context);
        if (use === null) continue;
        if (uses.has(use.name)) problems.value(at, messages.duplicatePerplexity(use.name));
        else register(use, at);
        uses.set(use.name, use);
      }
    }
    if (divergence === false) reportUnusedKeys(owner, path, runsTasks, context);
    return {
      uses: [...uses.values()],
      needsRollingTask,
      divergence: divergence === true ? divergenceOf(owner, path, context) : null,
    };
  };
}

/** Keys beside the list that no measurement reads. */
function reportUnusedKeys(
  owner: PerplexityOwner,
  path: Path,
  runsTasks: boolean,
  { problems }: Context,
): void {
  if (owner.perplexity === null) return;
  const measured = (owner.perplexity ?? []).filter((entry) => entry !== 'lm-eval' || !runsTasks);
  const ofWindows = measured.filter((entry) => entry !== 'lm-eval');
  for (const key of corpusKeys) {
    const used = key === 'seqlen' ? ofWindows : measured;
    if (owner[key] !== undefined && used.length === 0) {
      problems.key([...path, key], messages.unusedKey.corpus(key));
    }
  }
}

function normalizeUse(
  entry: PerplexityInput | null,
  at: Path,
  owner: PerplexityOwner,
  path: Path,
  context: Context,
): PerplexityUse | null {
  if (entry === null) return null;
  const own: PerplexityEntryInput = typeof entry === 'string' ? { protocol: entry } : entry;
  if (own.protocol === null || own.protocol === undefined) return null;
  const { protocol } = own;
  const corpus = corpusOf(own, owner, typeof own.corpus === 'string' ? at : path, context);
  if (corpus === null) return null;
  // The pages of lm-eval go through windows as long as the model takes, whatever the other protocols' window is.
  const beside = protocol === 'lm-eval' ? undefined : owner.seqlen;
  const seqlen = own.seqlen ?? beside ?? OWN_SEQLEN[protocol];
  const stride = protocol !== 'hf-strided' || seqlen === null ? null : (own.stride ?? Math.ceil(seqlen / 2));
  if (typeof own.stride === 'number' && stride === null) {
    context.problems.key([...at, 'stride'], messages.unusedKey.stride(protocol));
  } else if (stride !== null && seqlen !== null && stride > seqlen) {
    context.problems.value([...at, 'stride'], messages.badStride(stride, seqlen));
  }
  const options = {
    text: own.text ?? null,
    bos: own.bos ?? null,
    nsamples: own.nsamples ?? null,
  };
  const numbers = [seqlen, stride].filter((value) => value !== null);
  const words = [
    ...(corpus.split === PAPER_CORPUS.split ? [] : [corpus.split]),
    ...(options.text === null ? [] : [options.text]),
    ...(options.bos === null ? [] : [`bos-${options.bos}`]),
    ...(options.nsamples === null ? [] : [`first-${options.nsamples}`]),
  ];
  const name = own.name ?? ['perplexity', protocol, labelOf(corpus.data), ...numbers, ...words].join('-');
  return { protocol, seqlen, stride, ...options, ...corpus, name };
}

function divergenceOf(owner: PerplexityOwner, path: Path, context: Context): DivergenceUse | null {
  const corpus = corpusOf({}, owner, path, context);
  if (corpus === null) return null;
  return { seqlen: owner.seqlen ?? PAPER_CORPUS.seqlen, label: labelOf(corpus.data), ...corpus };
}

/** null: reported. */
function corpusOf(
  own: CorpusInput,
  owner: CorpusInput,
  path: Path,
  { root, problems }: Context,
): CorpusUse | null {
  const data = parseCorpus(own.corpus ?? owner.corpus ?? PAPER_CORPUS.corpus, root);
  if ('finding' in data) {
    problems.value([...path, 'corpus'], data.finding);
    return null;
  }
  return {
    data: data.value,
    split: own.split ?? owner.split ?? PAPER_CORPUS.split,
    column: own.column ?? owner.column ?? PAPER_CORPUS.column,
    pages: /wikitext/i.test(data.value) ? 'wikitext' : 'rows',
  };
}

/** A name below datasets/, or a path. */
function parseCorpus(text: string, root: string): Parsed<string> {
  if (/^hf:[\w.-]+\/[\w.-]+(\/[\w.+-]+)?$/.test(text) && !text.includes('..')) return { value: text };
  if (/^[./~\\]|^[A-Za-z]:/.test(text)) return parsePath(text, root);
  const name = text.replace(/^datasets\//, '');
  const legal = name.split('/').every((part) => /^[A-Za-z0-9][\w.+-]*$/.test(part));
  return legal ? { value: `datasets/${name}` } : { finding: messages.badCorpus(text) };
}

/** File names that say nothing about the text in them. */
const plainNames = ['test', 'train', 'validation', 'data', 'text'];

/** Made from the path alone: another comparison must not rename a cell. */
function labelOf(data: string): string {
  const parts = data
    .replace(/\.[A-Za-z]+(\.gz)?$/, '')
    .split(/[/\\]/)
    .filter((part) => part !== '' && part !== '.' && part !== '..');
  return folderSafe(parts.findLast((part) => !plainNames.includes(part)) ?? parts.at(-1) ?? 'text');
}
