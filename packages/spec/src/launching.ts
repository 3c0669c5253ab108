/** `gpus`, `gpus_per_checkpoint` and `launcher` of an engine: where its program runs. None of them is in a key. */
import type { Context } from './context.ts';
import { type EngineInput, isList, type SlurmInput } from './input.ts';
import { messages } from './messages.ts';
import type { GpusUse, LauncherUse, LmEvalUse, SlurmUse } from './pipeline.ts';

/** Checkpoints wait in the cluster's queue side by side; a share of it, not all of it. */
const DEFAULT_JOBS = 8;

/** @returns defaults filled in; what does not go together was reported. */
export function normalizeLaunching(
  input: EngineInput,
  context: Context,
): Pick<LmEvalUse, 'gpus' | 'launcher'> {
  const { problems } = context;
  const { gpus, launcher, device } = input;
  const use = launcherOf(launcher, context);
  if (gpus !== undefined && gpus !== null && use.kind === 'slurm') {
    problems.key(['engine', 'gpus'], messages.gpusWithSlurm());
  } else if (gpus !== undefined && typeof device === 'string' && !/^cuda(:0)?$/.test(device)) {
    problems.value(['engine', 'device'], messages.gpusWithDevice(device));
  } else if (gpus === undefined && input.gpus_per_checkpoint !== undefined) {
    problems.key(['engine', 'gpus_per_checkpoint'], messages.onlyWithGpus('gpus_per_checkpoint'));
  }
  return { gpus: gpusOf(input, context), launcher: use };
}

function gpusOf({ gpus, gpus_per_checkpoint }: EngineInput, { problems }: Context): GpusUse | null {
  if (gpus === undefined || gpus === null) return null;
  const perCheckpoint = gpus_per_checkpoint ?? 1;
  if (typeof gpus === 'string') return { which: { kind: 'all' }, perCheckpoint };
  const ids = isList<number>(gpus) ? [...new Set(gpus)].filter((id) => id !== null) : null;
  const count = typeof gpus === 'number' ? gpus : (ids?.length ?? 0);
  if (perCheckpoint > count) {
    problems.value(['engine', 'gpus_per_checkpoint'], messages.fewerGpus(count, perCheckpoint));
  }
  return { which: ids === null ? { kind: 'count', count } : { kind: 'ids', ids }, perCheckpoint };
}

function launcherOf(input: EngineInput['launcher'], context: Context): LauncherUse {
  if (input === null || input === undefined || input === 'local') return { kind: 'local' };
  return slurm(typeof input === 'string' ? {} : (input.slurm ?? {}), context);
}

function slurm({ partition, time, gpus, jobs, extra }: SlurmInput, { problems }: Context): SlurmUse {
  const path = ['engine', 'launcher', 'slurm'];
  const options = (extra ?? []).filter((option) => option !== null);
  for (const [index, option] of options.entries()) {
    if (!/^-[^\n\0]+$/.test(option)) problems.value([...path, 'extra', index], messages.noOption(option));
    else if (ownOption(option)) problems.value([...path, 'extra', index], messages.ownOption(option));
  }
  return {
    kind: 'slurm',
    partition: partition ?? null,
    time: time === null || time === undefined ? null : String(time),
    gpus: gpus === null || gpus === undefined ? null : String(gpus),
    jobs: jobs ?? DEFAULT_JOBS,
    extra: options,
  };
}

/** Options by which a job is found again and its output read. */
function ownOption(option: string): boolean {
  return /^(--(job-name|output|error|open-mode|parsable|wait|chdir|wrap|array|test-only|export|export-file)(=|$)|-[JoeWDa])/.test(
    option,
  );
}
