/** The engine `openai`: a completions server with echo and logprobs, one session a checkpoint. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { OpenAiUse } from '@evalgraph/spec';
import type { RequestEngine } from '../session.ts';
import type { Waiting } from './client.ts';
import { openAiIdentity } from './identity.ts';
import { openServerSession } from './session.ts';

const REAL_WAITING: Waiting = {
  sleep: (ms, signal) => sleep(ms, undefined, { signal }),
  random: Math.random,
};

/** @param waiting between attempts; tests replace it. */
export function openAiEngine(use: OpenAiUse, waiting: Waiting = REAL_WAITING): RequestEngine {
  let facts: Readonly<Record<string, string>> = {};
  return {
    kind: 'requests',
    identity: openAiIdentity(use),
    // Not part of the identity: a plan is made without a server, and not every server tells.
    versions: () => facts,
    open: (folder, settings) =>
      openServerSession(use, folder, settings, waiting, (found) => {
        facts = found;
      }),
  };
}
