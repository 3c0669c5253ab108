/** Messages of engines/embedded. */
import type { Problem } from '@evalgraph/formats';

/** The code of the one problem that the runner answers by itself: it starts the worker again, once. */
export const WORKER_ENDED = 'worker-ended';

export const messages = {
  workerEnded: (folder: string, code: number | null, signal: string | null): Problem => ({
    code: WORKER_ENDED,
    message: `The engine's worker for ${folder} ended by itself (${signal ?? `code ${code}`}).`,
    remedy:
      signal === 'SIGABRT'
        ? 'What it printed last says why: memory ran out, or a native library gave up (a pattern of tokenizer.json on a long text, for example). What was computed is kept.'
        : 'This is most often a lack of memory. Run the same command again: what was computed is kept.',
  }),
  workerSilent: (folder: string, silence: string): Problem => ({
    code: WORKER_ENDED,
    message: `The engine's worker for ${folder} said nothing for ${silence} and was ended.`,
    remedy:
      "Run the same command again: what was computed is kept. Where one pass takes so long on this machine, raise the engine's 'silence_minutes'.",
  }),
} as const;
