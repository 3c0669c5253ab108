/** Texts of a checkpoint: every prompt continued in every way, recorded and not scored. */

import type { SessionRequest, SessionResponse } from '@evalgraph/engines';
import { prettyJson, writeResults } from '@evalgraph/formats';
import { planPrompts, type SampleSettings } from '@evalgraph/pretrain/settings';
import type { Cell } from '../plan/plan.ts';
import { SAMPLES_FILE } from '../results/result-files.ts';
import type { CellContext, PreparedWork } from './context.ts';
import { emptyResults } from './perplexity-work.ts';

/** @throws UserError where a prompt is empty, or settings are none. */
export async function prepareSamples(
  cell: Cell,
  settings: SampleSettings,
  context: CellContext,
): Promise<PreparedWork> {
  const planned = planPrompts(settings);
  const { maxNewTokens } = settings;
  const requests = samplesRequests(settings);
  // Tokenizers and parquet come with it, which few cells need.
  const { textRecord } = await import('@evalgraph/pretrain');
  return {
    requests,
    score: (responses) => {
      // Keys name no pipeline and no model: two checkpoints of the same weights share the record.
      const record = textRecord({ name: '', step: null }, planned, maxNewTokens, responses.map(textOf));
      const results = writeResults({
        ...emptyResults(cell, context),
        configs: { [cell.name]: { maxNewTokens } },
        results: { [cell.name]: { alias: cell.name, metrics: {}, samples: planned.length } },
      });
      return { results, samples: new Map([[SAMPLES_FILE, prettyJson(JSON.parse(JSON.stringify(record)))]]) };
    },
  };
}

/** What is asked of the engine, in the order of `planPrompts`. */
export function samplesRequests(settings: SampleSettings): readonly SessionRequest[] {
  return planPrompts(settings).map(({ prompt, drawing }): SessionRequest => {
    const greedy = {
      kind: 'generate',
      context: prompt,
      until: [],
      maxGenToks: settings.maxNewTokens,
    } as const;
    if (drawing === null) return greedy;
    const { rules, ...sampling } = drawing;
    return { ...greedy, sampling, ...(rules === undefined ? {} : { generation: rules }) };
  });
}

function textOf(response: SessionResponse): string {
  if (response.kind !== 'generate') throw new TypeError('a prompt was answered by scores');
  return response.text;
}
