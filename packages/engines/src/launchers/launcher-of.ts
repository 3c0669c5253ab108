/** The launcher that a pipeline names. */
import type { LauncherUse } from '@evalgraph/spec';
import type { Launcher } from './launcher.ts';
import { localLauncher } from './local.ts';
import { slurmLauncher } from './slurm/launcher.ts';
import { hasJobRecord } from './slurm/record.ts';

export function launcherOf(use: LauncherUse): Launcher {
  return use.kind === 'slurm' ? slurmLauncher(use) : localAfterSlurm;
}

const localAfterSlurm: Launcher = {
  ...localLauncher,
  async earlier(folder) {
    // A job that the pipeline submitted before it was told to compute here: it would write into the same folder.
    if (hasJobRecord(folder)) await slurmLauncher(PLAIN).discard(folder);
    return null;
  },
};

const PLAIN = { kind: 'slurm', partition: null, time: null, gpus: null, jobs: 1, extra: [] } as const;
