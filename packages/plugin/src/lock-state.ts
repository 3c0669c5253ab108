/**
 * What Nx cannot see: weights and data that git ignores or that lie elsewhere, edited since its graph or its cache was
 * written. Before any task runs, restored ones too, each pipeline's files are held against its locks, and the outcome
 * goes into variables that its targets have among their inputs. A difference so reaches the executor, which says what
 * differs and fails; other pipelines are not disturbed.
 */
import { randomUUID } from 'node:crypto';
import { digestValue, UserError } from '@evalgraph/formats';
import { planPipeline } from '@evalgraph/runner';
import { lockProblems, openLockCheck } from '@evalgraph/runner/locking';
import type { Plan } from '@evalgraph/runner/plan';
import { pipelineNames } from '@evalgraph/spec';

/** What serves numbers has this variable among its inputs: every file is as it was locked, or what differs. */
export function lockedVariable(pipeline: string): string {
  return `EVALGRAPH_LOCKED_${pipeline}`;
}

/** What is made of results has this variable among its inputs: the keys that they must have. */
export function keysVariable(pipeline: string): string {
  return `EVALGRAPH_KEYS_${pipeline}`;
}

const AS_LOCKED = 'as locked';
/** Targets that end in numbers; a run of others waits for no digest. */
const SERVING: readonly string[] = ['eval', 'ppl', 'divergence', 'sample', 'compare', 'report'];

/** @param argv of the `nx` that runs */
export async function setLockStates(
  root: string,
  argv: readonly string[],
  env: Record<string, string | undefined>,
): Promise<void> {
  const words = new Set(argv.slice(2).flatMap((word) => word.split(/[:,=\s]/)));
  const isServing = SERVING.some((target) => words.has(target));
  const names = pipelineNames(root);
  const named = names.filter((name) =>
    [...words].some((word) => word === name || word.startsWith(`${name}/`)),
  );
  for (const name of names) {
    const isAsked = isServing && (named.length === 0 || named.includes(name));
    const { locked, keys } = await stateOf(root, name, isAsked);
    env[lockedVariable(name)] = locked;
    env[keysVariable(name)] = keys;
  }
}

interface LockState {
  readonly locked: string;
  readonly keys: string;
}

/** @param isAsked files that are not known yet may be read */
async function stateOf(root: string, name: string, isAsked: boolean): Promise<LockState> {
  try {
    const plan = planPipeline(root, name, 'full', 'foreseen');
    const keys = digestValue(plan.cells.map(({ id, key }) => [id, key]));
    return { locked: await lockedState(root, plan, isAsked), keys };
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    // Its targets say what is wrong.
    const broken = `broken ${digestValue(error.message)}`;
    return { locked: broken, keys: broken };
  }
}

async function lockedState(root: string, plan: Plan, isAsked: boolean): Promise<string> {
  const missing = lockProblems(plan);
  const check = openLockCheck(root, plan);
  const found = check.atAGlance() ?? (isAsked ? await check.all() : null);
  // Nothing that was stored under this name is ever found again: whoever runs looks for himself.
  if (found === null) return `unknown ${randomUUID()}`;
  const problems = [...missing, ...found];
  return problems.length === 0 ? AS_LOCKED : `differs ${digestValue(problems.map(({ message }) => message))}`;
}
