/** Whether this machine can do what the pipelines ask: a line for each thing that was looked at. */
import { accessSync, constants, existsSync, statfsSync } from 'node:fs';
import { availableParallelism, totalmem } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { bytesText } from '@evalgraph/formats';
import type { Plan } from '@evalgraph/runner/plan';

/** Less than this and journals, results or downloads may not find room. */
const LITTLE_DISK_BYTES = 1e9;

export interface MachineCheck {
  readonly lines: readonly string[];
  /** What will not work as it is. */
  readonly problems: readonly string[];
}

const OPTIONAL: readonly (readonly [readonly string[], string])[] = [
  [['python3', 'python'], "for the engine 'lm-eval' only: install Python 3.10 or later"],
  [['lm_eval', 'lm-eval'], "for the engine 'lm-eval' only: pip install lm-eval"],
  [['chromium', 'chromium-browser', 'google-chrome'], "for this repository's own browser tests only"],
];

export function checkMachine(store: string, plans: readonly Plan[]): MachineCheck {
  const problems: string[] = [];
  const free = freeBytes(store);
  const memory = memoryBytes();
  const largest = largestCheckpoint(plans);
  if (free < LITTLE_DISK_BYTES) {
    problems.push(
      `${bytesText(free)} are free at ${store}: make room, or set EVALGRAPH_STORE to a larger disk`,
    );
  }
  if (largest !== null && largest.bytes > memory) {
    problems.push(
      `${largest.id} has ${bytesText(largest.bytes)} of weights, this machine ${bytesText(memory)} of memory: evaluate it on a larger one, or through a server (engine: { use: openai })`,
    );
  }
  const weights = largest === null ? '' : `; largest checkpoint ${largest.id}: ${bytesText(largest.bytes)}`;
  return {
    problems,
    lines: [
      `Node ${process.version}, ${process.platform} ${process.arch}, ${availableParallelism()} processors`,
      `memory ${bytesText(memory)}${weights}`,
      `disk ${bytesText(free)} free at ${store}`,
      ...OPTIONAL.map(([names, how]) => programLine(names, how)),
    ],
  };
}

/** The store need not exist yet. */
function freeBytes(store: string): number {
  let folder = store;
  while (!existsSync(folder) && dirname(folder) !== folder) folder = dirname(folder);
  const { bavail, bsize } = statfsSync(folder);
  return bavail * bsize;
}

/** What a container may use, where there is one. */
function memoryBytes(): number {
  const allowed = process.constrainedMemory();
  return allowed > 0 ? Math.min(allowed, totalmem()) : totalmem();
}

function largestCheckpoint(plans: readonly Plan[]): { readonly id: string; readonly bytes: number } | null {
  const sizes = plans
    .flatMap(({ checkpoints }) => checkpoints)
    .map(({ id, lock }) => {
      const weights = Object.entries(lock?.files ?? {}).filter(([name]) => name.endsWith('.safetensors'));
      return { id, bytes: weights.reduce((sum, [, { size }]) => sum + size, 0) };
    });
  return sizes.reduce<(typeof sizes)[number] | null>(
    (most, one) => (one.bytes > (most?.bytes ?? 0) ? one : most),
    null,
  );
}

function programLine(names: readonly string[], how: string): string {
  const found = names.map(programPath).find((path) => path !== null);
  return found === undefined ? `${names[0]} not found: ${how}` : `${names[0]} found: ${found}`;
}

function programPath(name: string): string | null {
  for (const folder of (process.env['PATH'] ?? '').split(delimiter).filter(Boolean)) {
    try {
      accessSync(join(folder, name), constants.X_OK);
      return join(folder, name);
    } catch {
      // Not there, or not ours to start: the next folder.
    }
  }
  return null;
}
