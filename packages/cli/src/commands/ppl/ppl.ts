/** `evalgraph ppl MODEL`: a model's perplexity by one or more protocols, without a pipeline. */

import type { PerplexityFigure } from '@evalgraph/formats';
import { paragraph, perplexityTable } from '@evalgraph/report/data';
import { renderTerminal, screenOf } from '@evalgraph/report/terminal';
import type { Cell, Plan } from '@evalgraph/runner/plan';
import { readCells } from '@evalgraph/runner/results';
import type { Cli } from '../../command.ts';
import { type CorpusArguments, corpusKeys, givenKeys, runOneOff, sourceOf } from '../../one-off.ts';

/** Windows are thousands of numbers; results.json has them. */
type Figure = Omit<PerplexityFigure, 'windowNllNats' | 'windowWeights'>;

export interface PerplexityArguments extends CorpusArguments {
  readonly model: string;
  readonly protocol: readonly string[];
  readonly stride: number | null;
  readonly text: 'lines' | 'pages' | 'file' | null;
  readonly bos: string | null;
  readonly nsamples: number | null;
  readonly json: boolean;
}

export async function computePerplexity({ root, print }: Cli, wanted: PerplexityArguments): Promise<void> {
  const { model, protocol, seqlen, stride, text, bos, nsamples, json } = wanted;
  // A window that was asked for by name is every protocol's, lm-eval's too.
  const options = givenKeys({ seqlen, stride, text, bos, nsamples });
  const perplexity = protocol.map((name) => ({ protocol: name, ...options }));
  const corpus = corpusKeys({ ...wanted, seqlen: null });
  const pipeline = { models: { model: { source: sourceOf(model), perplexity, ...corpus } } };
  const figures = await runOneOff(root, { pipeline, tasks: null }, readFigures);
  if (json) print(JSON.stringify(figures, null, 2));
  else {
    const text = `Text: ${figures[0]?.corpus ?? ''}. Figures of two protocols are not comparable; evalgraph compare reconciles them.`;
    const blocks = [perplexityTable(figures), paragraph(text)];
    for (const line of renderTerminal(blocks, screenOf(process.stdout))) print(line);
  }
}

async function readFigures(root: string, plan: Plan): Promise<readonly Figure[]> {
  const cells: readonly Cell[] = plan.cells;
  const results = await readCells(root, plan, cells);
  return [...results.values()].flatMap(({ perplexity }) => {
    if (perplexity === undefined) return [];
    const { windowNllNats: _nats, windowWeights: _weights, ...figure } = perplexity;
    return [figure];
  });
}
