/** `gpus`, `gpus_per_checkpoint` and `launcher` of an engine: where its program runs. None of them is in a key. */
import { readSetting, type SettingValue } from '@evalgraph/formats';
import type { Context } from './context.ts';
import type { engine } from './declared/engine.ts';
import { slurm } from './declared/launcher.ts';
import type { EngineInput } from './input.ts';
import { messages } from './messages.ts';
import type { GpusUse, LauncherUse, LmEvalUse, SlurmUse } from './pipeline.ts';

type Places = Pick<
  Extract<SettingValue<typeof engine>, { readonly use: 'lm-eval' }>,
  'gpus' | 'gpusPerCheckpoint' | 'launcher'
>;

/** @returns defaults filled in; what does not go together was reported. */
export function normalizeLaunching(
  read: Places,
  { gpus, gpus_per_checkpoint, device }: EngineInput,
  context: Context,
): Pick<LmEvalUse, 'gpus' | 'launcher'> {
  const { problems } = context;
  const launcher = launcherOf(read.launcher, context);
  if (gpus !== undefined && gpus !== null && launcher.kind === 'slurm') {
    problems.key(['engine', 'gpus'], messages.gpusWithSlurm());
  } else if (gpus !== undefined && typeof device === 'string' && !/^cuda(:0)?$/.test(device)) {
    problems.value(['engine', 'device'], messages.gpusWithDevice(device));
  } else if (gpus === undefined && gpus_per_checkpoint !== undefined) {
    problems.key(['engine', 'gpus_per_checkpoint'], messages.unusedKey.gpus('gpus_per_checkpoint'));
  }
  return { gpus: gpusOf(read, context), launcher };
}

function gpusOf({ gpus, gpusPerCheckpoint: perCheckpoint }: Places, { problems }: Context): GpusUse | null {
  if (gpus === null) return null;
  if (typeof gpus === 'string') return { which: { kind: 'all' }, perCheckpoint };
  const ids = typeof gpus === 'number' ? null : [...new Set(gpus)].filter((id) => id !== null);
  const count = typeof gpus === 'number' ? gpus : (ids?.length ?? 0);
  if (perCheckpoint > count) {
    problems.value(['engine', 'gpus_per_checkpoint'], messages.fewerGpus(count, perCheckpoint));
  }
  return { which: ids === null ? { kind: 'count', count } : { kind: 'ids', ids }, perCheckpoint };
}

function launcherOf(read: Places['launcher'], context: Context): LauncherUse {
  if (read === null || read === 'local') return { kind: 'local' };
  const options = typeof read === 'string' ? null : read.slurm;
  return slurmUse(options ?? readSetting(slurm, {}, 'snake_case').value, context);
}

function slurmUse(
  { partition, time, gpus, jobs, extra }: SettingValue<typeof slurm>,
  { problems }: Context,
): SlurmUse {
  const path = ['engine', 'launcher', 'slurm'];
  const options = (extra ?? []).filter((option) => option !== null);
  for (const [index, option] of options.entries()) {
    if (!/^-[^\n\0]+$/.test(option)) problems.value([...path, 'extra', index], messages.badOption(option));
    else if (ownOption(option)) problems.value([...path, 'extra', index], messages.ownOption(option));
  }
  return {
    kind: 'slurm',
    partition,
    time: time === null ? null : String(time),
    gpus: gpus === null ? null : String(gpus),
    jobs,
    extra: options,
  };
}

/** Options by which a job is found again and its output read. */
function ownOption(option: string): boolean {
  return /^(--(job-name|output|error|open-mode|parsable|wait|chdir|wrap|array|test-only|export|export-file)(=|$)|-[JoeWDa])/.test(
    option,
  );
}
