/**
 * A checkpoint's results -> the files that lm-eval would have written: results_<time>.json with all of 0.4's keys, and
 * samples_<task>_<time>.jsonl beside it. Pure. What we do not know is null there; nothing is made up.
 */
import {
  byName,
  type CellResults,
  lmEvalSanitised,
  prettyJson,
  type RunRecord,
  sha256Hex,
} from '@evalgraph/formats';
import { directionsOf, sampleCountOf } from './export-groups.ts';
import { lmEvalConfig } from './lm-eval-config.ts';

export interface ExportedCell {
  readonly results: CellResults;
  /** null: imported, nothing ran here. */
  readonly run: RunRecord | null;
  /** Task -> content of its samples file. Empty for imported results. */
  readonly samples: ReadonlyMap<string, string>;
  readonly prompts: ExportedPrompts;
  /** lm-eval's --limit: a number of documents or a share of them; null: all, or those that were named by their rows. */
  readonly limit: number | null;
}

/** How documents became prompts: lm-eval says it once for a file. */
export interface ExportedPrompts {
  readonly systemInstruction: string | null;
  /** The checkpoint's, where it was applied. */
  readonly chatTemplate: string | null;
  /** Shots as turns of their own; null: without a template, or not known. */
  readonly multiturn: boolean | null;
}

export interface ExportedCheckpoint {
  readonly model: string;
  /** `iter_0002000`; null where the model is no series. */
  readonly checkpoint: string | null;
  /** What was evaluated, as lm-eval's `pretrained` names it: `tiiuae/dense-500m-arch1`. */
  readonly source: string;
  /** Where in the source: `subfolder` or `revision`; null: the source itself. */
  readonly place: { readonly kind: 'subfolder' | 'revision'; readonly text: string } | null;
  /** When the results were made, where no cell says: imported ones. ISO 8601, UTC; null: not known. */
  readonly date: string | null;
  readonly seed: number;
  readonly maxLength: number | null;
  readonly cells: readonly ExportedCell[];
}

/** Where nobody says when: the beginning of time, which nobody takes for a date. */
const NO_DATE = '1970-01-01T00:00:00.000Z';

/**
 * @param time for the names, ISO 8601; null: when the last of the cells was computed
 * @returns path -> content, relative, forward slashes
 */
export function exportCheckpoint(one: ExportedCheckpoint, time: string | null): ReadonlyMap<string, string> {
  const parts = [`results_${one.model}`, ...(one.checkpoint === null ? [] : [one.checkpoint])];
  const folder = [...parts, lmEvalSanitised(one.source)].join('/');
  const files = new Map<string, string>();
  for (const [index, cells] of bundles(one.cells).entries()) {
    const ended = cells.flatMap(({ run }) => (run === null ? [] : [run.finishedAt])).sort();
    const date = time ?? ended.at(-1) ?? one.date ?? NO_DATE;
    const name = fileTime(date, index);
    files.set(`${folder}/results_${name}.json`, `${resultsText(one, cells, date)}`);
    for (const [task, text] of cells.flatMap(({ samples }) => [...samples])) {
      files.set(`${folder}/samples_${task}_${name}.jsonl`, text);
    }
  }
  return files;
}

/** lm-eval has one limit, one way to prompt and one row of a name in a file: cells that disagree go to files of their own. */
function bundles(cells: readonly ExportedCell[]): readonly (readonly ExportedCell[])[] {
  const found: ExportedCell[][] = [];
  for (const cell of cells) {
    const names = Object.keys(cell.results.results);
    const home = found.find(
      (bundle) =>
        bundle[0]?.limit === cell.limit &&
        isAlike(bundle[0].prompts, cell.prompts) &&
        !bundle.some(({ results }) => names.some((name) => Object.hasOwn(results.results, name))),
    );
    if (home === undefined) found.push([cell]);
    else home.push(cell);
  }
  return found;
}

function isAlike(one: ExportedPrompts, other: ExportedPrompts): boolean {
  return (
    one.systemInstruction === other.systemInstruction &&
    one.chatTemplate === other.chatTemplate &&
    one.multiturn === other.multiturn
  );
}

/** As Python's isoformat with '-' for ':'; the bundles of a checkpoint are a microsecond apart. */
function fileTime(date: string, index: number): string {
  const iso = new Date(date).toISOString();
  return `${iso.slice(0, 19).replaceAll(':', '-')}.${iso.slice(20, 23)}${String(index).padStart(3, '0')}`;
}

function resultsText(one: ExportedCheckpoint, cells: readonly ExportedCell[], date: string): string {
  const all = cells.map(({ results }) => results);
  const [first] = all;
  const prompts = cells[0]?.prompts;
  if (first === undefined || prompts === undefined) throw new Error(`${one.model} has nothing to export`);
  const merged = <T>(part: (results: CellResults) => Readonly<Record<string, T>>): Record<string, T> =>
    byName(all.flatMap((results) => Object.entries(part(results))));
  const rows = Object.entries(
    merged((results) =>
      Object.fromEntries(
        Object.entries(results.results).map(([name, row]) => {
          const counts = sampleCountOf(results, name);
          const { alias, samples, metrics } = row;
          const own = counts === null ? {} : { sample_count: counts };
          return [name, { name, alias, sample_len: samples, ...metrics, ...own }];
        }),
      ),
    ),
  );
  const groups = merged((results) => results.groupSubtasks);
  const seconds = cells.reduce((sum, { run }) => sum + (run?.seconds ?? 0), 0);
  const versions = Object.assign({}, ...cells.map(({ run }) => run?.versions ?? {})) as Record<
    string,
    string
  >;
  const args = one.place === null ? [] : [`${one.place.kind}=${one.place.text}`];
  return prettyJson({
    results: Object.fromEntries(rows),
    groups: Object.fromEntries(rows.filter(([name]) => Object.hasOwn(groups, String(name)))),
    group_subtasks: groups,
    configs: merged(({ configs, numFewshot }) =>
      Object.fromEntries(
        Object.entries(configs).map(([task, config]) => [
          task,
          lmEvalConfig(config, Object.hasOwn(numFewshot, task) ? (numFewshot[task] ?? null) : null),
        ]),
      ),
    ),
    versions: merged((results) => results.versions),
    'n-shot': merged((results) => results.numFewshot),
    higher_is_better: merged(directionsOf),
    'n-samples': merged((results) => results.sampleCounts),
    config: {
      model: first.engine.details['model'] ?? `evalgraph-${first.engine.name}`,
      model_args: [`pretrained=${one.source}`, ...args, `dtype=${first.engine.dtype}`].join(','),
      model_num_parameters: null,
      model_dtype: first.engine.dtype,
      model_revision: one.place?.kind === 'revision' ? one.place.text : 'main',
      model_sha: first.checkpoint.digest,
      batch_size: null,
      batch_sizes: [],
      device: null,
      use_cache: null,
      limit: cells[0]?.limit ?? null,
      bootstrap_iters: 0,
      gen_kwargs: null,
      random_seed: 0,
      numpy_seed: 1234,
      torch_seed: 1234,
      fewshot_seed: one.seed,
    },
    git_hash: null,
    date: Date.parse(date) / 1000,
    pretty_env_info: null,
    transformers_version: versions['transformers'] ?? null,
    lm_eval_version: versions['lm_eval'] ?? null,
    upper_git_hash: null,
    tokenizer_pad_token: null,
    tokenizer_eos_token: null,
    tokenizer_bos_token: null,
    eot_token_id: null,
    max_length: one.maxLength,
    task_hashes: Object.fromEntries(
      cells.flatMap(({ samples }) => [...samples].map(([task, text]) => [task, taskHash(text)] as const)),
    ),
    model_source: first.engine.details['model'] ?? `evalgraph-${first.engine.name}`,
    model_name: one.source,
    model_name_sanitized: lmEvalSanitised(one.source),
    system_instruction: prompts.systemInstruction,
    system_instruction_sha: digestOf(prompts.systemInstruction),
    fewshot_as_multiturn: prompts.multiturn,
    chat_template: prompts.chatTemplate,
    chat_template_sha: digestOf(prompts.chatTemplate),
    total_evaluation_time_seconds: String(seconds),
    evalgraph: {
      checkpoint: { model: one.model, checkpoint: one.checkpoint, digest: first.checkpoint.digest },
      engine: first.engine,
      keys: Object.fromEntries(all.map(({ task, key }) => [task, key])),
      versions,
    },
  });
}

/** lm-eval digests what there is, and no empty text. */
function digestOf(text: string | null): string | null {
  return text === null || text === '' ? null : sha256Hex(text);
}

/** lm-eval's: the digest of all rows' digests, in their order. */
function taskHash(samples: string): string {
  const rows = samples
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as { doc_hash: string; prompt_hash: string; target_hash: string });
  return sha256Hex(
    rows.map(({ doc_hash, prompt_hash, target_hash }) => doc_hash + prompt_hash + target_hash).join(''),
  );
}
