/** Prunes a model by python/prune.py: settings, events, result. The masks are made there (python/masks.py). */
import { resolve } from 'node:path';
import { type Problem, UserError, writeFileAtomic } from '@evalgraph/formats';
import { type PruneEvent, parsePruneEvent } from '../train/events.ts';
import { type LaunchOptions, runScript } from '../train/launch.ts';
import { trainMessages as messages } from '../train/messages.ts';
import { toSettingsJson } from '../train/settings.ts';

/** Counts up when the same settings and weights are meant to give other masks. */
export const PRUNE_VERSION = 1;

/** Which weights of a matrix become zero. */
export type PrunePattern =
  /** A share of the weights: of each output's for wanda, of the whole matrix's for magnitude. */
  | { readonly kind: 'unstructured'; readonly sparsity: number }
  /** Of every m consecutive inputs, n stay. */
  | { readonly kind: 'n:m'; readonly n: number; readonly m: number }
  /**
   * Square blocks ranked by importance, in tiers from the most important down: each a share of the blocks and the
   * sparsity inside them. Shares sum to 1.
   */
  | {
      readonly kind: 'blocks';
      readonly size: number;
      readonly tiers: readonly (readonly [share: number, sparsity: number])[];
    };

/** What a weight is worth. */
export type PruneImportance =
  | { readonly kind: 'magnitude' }
  /** |W| x ||X||; X: the inputs that `sequences` of the calibration give. */
  | {
      readonly kind: 'wanda';
      /** A folder of packed tokens, or a UTF-8 text file. */
      readonly calibration: string;
      readonly sequences: number;
      /** Tokens; for a text file, packed tokens have their own. */
      readonly sequenceLength: number;
      /** Chooses the sequences of packed tokens. */
      readonly seed: number;
    };

export interface PruneSettings {
  readonly model: string;
  readonly importance: PruneImportance;
  readonly pattern: PrunePattern;
  readonly saveDtype: 'float32' | 'bfloat16' | 'float16';
}

export interface PruneSummary {
  /** In the matrices of all layers. */
  readonly weights: number;
  readonly zeros: number;
}

/**
 * Writes the pruned model and pruning.json (settings, zeros of each matrix) into `out`, as a whole or not at all;
 * beside it `<out>.settings.json` and `<out>.log`. null: the signal came first.
 * @throws UserError bad-setting, bad-shape, and those of runScript.
 */
export async function pruneModel(
  settings: PruneSettings,
  out: string,
  options: Omit<LaunchOptions, 'log' | 'processes'> & { readonly onEvent?: (event: PruneEvent) => void },
): Promise<PruneSummary | null> {
  const problems = pruneProblems(settings);
  if (problems.length > 0) throw new UserError(problems);
  const file = `${out}.settings.json`;
  const log = `${out}.log`;
  await writeFileAtomic(file, toSettingsJson(flat(settings), resolve(out)));
  let summary: PruneSummary | null = null;
  const { onEvent, ...launch } = options;
  const byItself = await runScript('prune.py', file, { ...launch, log }, (line) => {
    const event = parsePruneEvent(line);
    if (event === null) return 'other';
    onEvent?.(event);
    if (event.event === 'done') summary = { weights: event.weights, zeros: event.zeros };
    return event.event === 'error' ? event : 'event';
  });
  if (byItself && summary === null) throw new UserError(messages.unfinished('prune.py', log));
  return summary;
}

/** The program's settings have no nesting. */
function flat({ model, importance, pattern, saveDtype }: PruneSettings): object {
  const { kind, ...shape } = pattern;
  const { size, ...rest } = 'size' in shape ? shape : { ...shape, size: undefined };
  const calibration =
    importance.kind === 'magnitude'
      ? {}
      : {
          calibration: resolve(importance.calibration),
          sequences: importance.sequences,
          sequenceLength: importance.sequenceLength,
          seed: importance.seed,
        };
  return {
    model: resolve(model),
    importance: importance.kind,
    pattern: kind,
    ...rest,
    ...(size === undefined ? {} : { block: size }),
    ...calibration,
    saveDtype,
  };
}

/** All that is wrong; none: []. */
export function pruneProblems({ importance, pattern }: PruneSettings): readonly Problem[] {
  const problems: Problem[] = [];
  const need = (holds: boolean, name: string, value: unknown, expected: string): void => {
    if (!holds) problems.push(messages.badSetting(name, value, expected));
  };
  const isCount = (value: number, least: number): boolean => Number.isSafeInteger(value) && value >= least;
  if (pattern.kind === 'unstructured') {
    need(
      pattern.sparsity > 0 && pattern.sparsity < 1,
      'sparsity',
      pattern.sparsity,
      'a number between 0 and 1',
    );
  } else if (pattern.kind === 'n:m') {
    need(isCount(pattern.m, 2), 'm', pattern.m, 'a whole number of at least 2');
    need(
      isCount(pattern.n, 1) && pattern.n < pattern.m,
      'n',
      pattern.n,
      `a whole number from 1 to ${pattern.m - 1}`,
    );
  } else {
    need(isCount(pattern.size, 2), 'size', pattern.size, 'a whole number of at least 2');
    const sum = pattern.tiers.reduce((total, [share]) => total + share, 0);
    const areLegal = pattern.tiers.every(([share, sparsity]) => share > 0 && sparsity >= 0 && sparsity < 1);
    need(
      areLegal && Math.abs(sum - 1) < 1e-9,
      'tiers',
      pattern.tiers,
      '[share, sparsity] pairs with shares that sum to 1',
    );
  }
  if (importance.kind === 'wanda') {
    const { sequences, sequenceLength, seed } = importance;
    need(isCount(sequences, 1), 'sequences', sequences, 'a whole number of at least 1');
    need(isCount(sequenceLength, 2), 'sequenceLength', sequenceLength, 'a whole number of at least 2');
    need(isCount(seed, 0), 'seed', seed, 'a whole number of at least 0');
  }
  return problems;
}
