/** The machine's GPUs as nvidia-smi lists them, and which of them a pipeline may use. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { UserError } from '@evalgraph/formats';
import type { GpusUse } from '@evalgraph/spec';
import { messages, phrases } from './messages.ts';

const run = promisify(execFile);
/** Without its persistence daemon nvidia-smi initialises each GPU first: seconds each on a large machine. */
const TIMEOUT_MS = 60_000;
/** Far more than any machine's list takes. */
const MAX_OUTPUT_BYTES = 1 << 20;

export interface Gpu {
  /** nvidia-smi's index, in the order of the bus. */
  readonly index: number;
  readonly uuid: string;
  readonly name: string;
  readonly memoryMib: number;
}

export interface FoundGpus {
  /** Those that CUDA_VISIBLE_DEVICES leaves, by index. */
  readonly gpus: readonly Gpu[];
  /** Why there are none. */
  readonly reason: string;
}

/** Asks nvidia-smi; never fails, since a machine without GPUs is a usual one. */
export async function findGpus(environment: NodeJS.ProcessEnv = process.env): Promise<FoundGpus> {
  let listed: readonly Gpu[];
  try {
    const query = ['--query-gpu=index,uuid,name,memory.total', '--format=csv,noheader,nounits'];
    const options = { timeout: TIMEOUT_MS, maxBuffer: MAX_OUTPUT_BYTES, env: environment };
    listed = parseGpus((await run('nvidia-smi', query, options)).stdout);
  } catch (error) {
    return { gpus: [], reason: whyNot(error) };
  }
  const visible = environment['CUDA_VISIBLE_DEVICES'];
  const gpus = visible === undefined ? listed : visibleOf(listed, visible);
  const reason = listed.length > 0 && visible !== undefined ? phrases.hidden(visible) : phrases.listIsEmpty();
  return { gpus, reason };
}

/** Lines of `index, uuid, name, MiB`; others (a warning of the driver) are passed over. Pure. */
export function parseGpus(text: string): readonly Gpu[] {
  return text
    .split('\n')
    .flatMap((line) => {
      const match = /^\s*(\d+),\s*(GPU-[\w-]+),\s*(.+),\s*(\d+|\[[^\]]*\])\s*$/.exec(line);
      if (match === null) return [];
      const [, index, uuid = '', name = '', memory] = match;
      // Some GPUs that share the machine's memory tell no size of their own.
      const memoryMib = Number(memory);
      return [
        { index: Number(index), uuid, name: name.trim(), memoryMib: Number.isNaN(memoryMib) ? 0 : memoryMib },
      ];
    })
    .sort((a, b) => a.index - b.index);
}

/** As CUDA reads it: indices or beginnings of UUIDs up to the first that names no GPU. */
function visibleOf(gpus: readonly Gpu[], visible: string): readonly Gpu[] {
  const chosen: Gpu[] = [];
  for (const name of visible.split(',').map((part) => part.trim())) {
    const gpu = /^\d+$/.test(name)
      ? gpus.find(({ index }) => index === Number(name))
      : gpus.find(({ uuid }) => name.length > 'GPU-'.length && uuid.startsWith(name));
    if (gpu === undefined) break;
    if (!chosen.includes(gpu)) chosen.push(gpu);
  }
  return chosen.toSorted((a, b) => a.index - b.index);
}

/**
 * Those that a pipeline asks for; a number means at most so many.
 *
 * @throws UserError where there are none, or not those of its list
 */
export function chooseGpus({ gpus, reason }: FoundGpus, use: GpusUse): readonly Gpu[] {
  if (gpus.length === 0) throw new UserError(messages.noGpus(reason));
  const { which, perCheckpoint } = use;
  const indices = gpus.map(({ index }) => index);
  const missing = which.kind === 'ids' ? which.ids.filter((id) => !indices.includes(id)) : [];
  if (missing.length > 0) throw new UserError(messages.gpuNotFound(missing, indices));
  const chosen =
    which.kind === 'ids'
      ? gpus.filter(({ index }) => which.ids.includes(index))
      : gpus.slice(0, which.kind === 'count' ? which.count : gpus.length);
  if (chosen.length < perCheckpoint) {
    throw new UserError(
      messages.tooFewGpus(
        perCheckpoint,
        chosen.map(({ index }) => index),
      ),
    );
  }
  return chosen;
}

/** Name and memory: what decides whether a batch fits. */
export function gpuKind({ name, memoryMib }: Gpu): string {
  return memoryMib === 0 ? name : `${name}, ${memoryMib} MiB`;
}

function whyNot(error: unknown): string {
  const { code, stderr, stdout, message } = error as NodeJS.ErrnoException & {
    readonly stderr?: string;
    readonly stdout?: string;
  };
  if (code === 'ENOENT') return phrases.noProgram();
  const said = `${stdout ?? ''}\n${stderr ?? ''}`.trim().split('\n')[0];
  return phrases.programFailed(said === undefined || said === '' ? (message ?? '') : said.slice(0, 200));
}
