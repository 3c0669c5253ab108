/**
 * `evalgraph ppl` and `evalgraph compare --divergence` beside torch scripts of each program's definition, and real
 * lm-eval: over the demo's text, on the demo's last checkpoint and on a random model of 20 million parameters.
 * Needs EVALGRAPH_LM_EVAL, a program `lm_eval` beside whose Python torch and transformers are.
 */
import { execFileSync } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { NEEDS_LM_EVAL, judgeLmEval as program } from '../../formats/test/judges.ts';
import { compareCommand, pplCommand } from './support/commands.ts';
import { pythonOf, temporaryFolder } from './support/judge.ts';
import { makeWorkspace, repository } from './support/workspace.ts';

const DENSE = join(repository, 'models/demo/iter_0003600');
const PRUNED = join(repository, 'models/demo/wanda-50');
const CORPUS = join(repository, 'datasets/demo/paragraphs/test.jsonl');
const RELATIVE = 1e-5;

/** What the torch script prints: figures by protocol, each with its options. */
interface Judged {
  readonly [protocol: string]: readonly Readonly<Record<string, number>>[];
}
interface Figure {
  readonly perplexity: number;
  readonly perWord: number | null;
  readonly perByte: number | null;
  readonly bitsPerByte: number | null;
}

describe.skipIf(program === undefined)(`torch (${NEEDS_LM_EVAL})`, () => {
  const folder = temporaryFolder();
  const { root } = makeWorkspace();
  const randomModel = join(folder, 'random-20m');
  const python = (script: string, ...args: readonly string[]): string =>
    execFileSync(pythonOf(program ?? ''), [join(repository, script), ...args], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
      maxBuffer: 2 ** 26,
    });

  beforeAll(() => {
    python('packages/runner/test/support/make_random_model.py', DENSE, randomModel);
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  async function ppl(model: string, args: readonly string[]): Promise<Figure> {
    const printed: string[] = [];
    const all = [model, ...args, '--corpus', CORPUS, '--column', 'page', '--json'];
    await pplCommand(root, all, (line) => void printed.push(line));
    const [figure] = JSON.parse(printed.join('\n')) as Figure[];
    if (figure === undefined) throw new Error('no figure');
    return figure;
  }

  it.each([
    ['the demo', () => DENSE],
    ['a random model', () => randomModel],
  ])('gives the same perplexities of %s, by every protocol', { timeout: 600_000 }, async (_name, modelOf) => {
    const model = modelOf();
    const judged = JSON.parse(
      python('packages/ppl-compare/test/fixtures/make_demo.py', model, CORPUS),
    ) as Judged;
    const rows: [string, number, number][] = [];
    for (const protocol of ['wanda', 'gptq', 'hf-strided', 'llama.cpp', 'lm-eval']) {
      // gptq's program has wanda's lines.
      for (const { seqlen, stride, ...theirs } of judged[protocol === 'gptq' ? 'wanda' : protocol] ?? []) {
        const args = ['--protocol', protocol, '--seqlen', String(seqlen)];
        const ours = await ppl(model, stride === undefined ? args : [...args, '--stride', String(stride)]);
        const names = {
          perplexity: ours.perplexity,
          word_perplexity: ours.perWord,
          byte_perplexity: ours.perByte,
          bits_per_byte: ours.bitsPerByte,
        };
        for (const [name, value] of Object.entries(theirs)) {
          const own = names[name as keyof typeof names] ?? Number.NaN;
          rows.push([`${protocol} ${seqlen} ${name}`, own, value]);
        }
      }
    }
    expect(rows).toHaveLength(2 + 2 + 2 + 2 + 6);
    for (const [name, ours, theirs] of rows) {
      expect(Math.abs(ours / theirs - 1), `${name}: ${ours}, torch ${theirs}`).toBeLessThan(RELATIVE);
    }
  });

  it('gives the same divergence of the pruned demo', { timeout: 300_000 }, async () => {
    const output = join(folder, 'compared');
    const args = ['--corpus', CORPUS, '--column', 'page', '--seqlen', '512', '--divergence'];
    await compareCommand(root, [DENSE, PRUNED, ...args, '--output', output], () => {});
    const { divergence } = JSON.parse(readFileSync(join(output, 'comparison_results.json'), 'utf8'));
    const judged = JSON.parse(
      python('packages/runner/test/support/divergence_judge.py', DENSE, PRUNED, CORPUS, 'page', '512'),
    );
    expect(divergence.positions).toBe(judged.positions);
    expect(divergence.sameTop.value).toBe(judged.sameTop);
    const names = ['mean', 'median', 'p90', 'p95', 'p99', 'p999', 'max'];
    const rows: [string, number, number][] = [
      ...names.map((name, place): [string, number, number] => [
        `KL, ${name}`,
        divergence.klNats[name].value,
        judged.klNats[place],
      ]),
      ...['rmsDeltaP', 'meanDeltaP', 'perplexityRatio'].map((name): [string, number, number] => [
        name,
        divergence[name].value,
        judged[name],
      ]),
    ];
    // Both engines compute logits in float32; a single position far out in the tail moves with them.
    for (const [name, ours, theirs] of rows) {
      const tolerance = /p9|max|median/.test(name) ? 5e-5 : 1e-6;
      expect(Math.abs(ours - theirs), `${name}: ${ours}, torch ${theirs}`).toBeLessThan(tolerance);
    }
  });
});
