/** Messages of engines/embedded. */
import { defineMessages } from '@evalgraph/formats';

export const messages = defineMessages({
  workerEnded: {
    ended: (folder: string, code: number | null, signal: string | null) => ({
      message: `The engine's worker for ${folder} ended by itself (${signal ?? `code ${code}`}).`,
      remedy:
        signal === 'SIGABRT'
          ? 'What it printed last says why: memory ran out, or a native library gave up (a pattern of tokenizer.json on a long text, for example). What was computed is kept.'
          : 'This is most often a lack of memory. Run the same command again: what was computed is kept.',
    }),
    silent: (folder: string, silence: string) => ({
      message: `The engine's worker for ${folder} said nothing for ${silence} and was ended.`,
      remedy:
        "Run the same command again: what was computed is kept. Where one pass takes so long on this machine, raise the engine's 'silence_minutes'.",
    }),
  },
});
