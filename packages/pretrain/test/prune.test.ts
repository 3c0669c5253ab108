/** Pruning by python/prune.py: masks checked weight by weight here, and against the demo's own pruning. */
import { spawnSync } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openWeights, readTensor, UserError, type Weights } from '@evalgraph/formats';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { NEEDS_PYTHON, judgePython as python } from '../../formats/test/judges.ts';
import { initModel, type PruneEvent, type PruneSettings, pruneModel } from '../src/index.ts';
import { pruneProblems } from '../src/prune/prune.ts';
import { refusedBy } from '../src/train/messages.ts';
import { writePacked } from './packed-fixture.ts';

const DEMO = join(import.meta.dirname, '../../../models/demo/iter_0003600');
const env = process.env;

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'evalgraph-prune-'));
});
afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

async function valuesOf(weights: Weights, name: string): Promise<Float32Array> {
  const parts: Float32Array[] = [];
  for await (const part of readTensor(weights, name)) parts.push(part.slice());
  const all = new Float32Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

describe('settings', () => {
  const magnitude = { kind: 'magnitude' } as const;
  it.each([
    [{ kind: 'unstructured', sparsity: 1 }, ['sparsity']],
    [{ kind: 'n:m', n: 4, m: 4 }, ['n']],
    [{ kind: 'blocks', size: 16, tiers: [[0.5, 0.5]] }, ['tiers']],
    [{ kind: 'blocks', size: 1, tiers: [[1, 0.5]] }, ['size']],
    [{ kind: 'n:m', n: 2, m: 4 }, []],
  ] as const)('%j', (pattern, wrong) => {
    const found = pruneProblems({ model: 'm', importance: magnitude, pattern, saveDtype: 'bfloat16' });
    expect(found.map(({ message }) => message.split(' ')[0])).toEqual(wrong);
  });
});

describe.skipIf(python === undefined)(`python/prune.py (${NEEDS_PYTHON})`, () => {
  const settings = (
    importance: PruneSettings['importance'],
    pattern: PruneSettings['pattern'],
  ): PruneSettings => ({
    model: DEMO,
    importance,
    pattern,
    saveDtype: 'bfloat16',
  });

  it('magnitude 2:4 keeps the two largest of every four and touches nothing else', async () => {
    const out = join(folder, 'two-of-four');
    const events: PruneEvent[] = [];
    const chosen = settings({ kind: 'magnitude' }, { kind: 'n:m', n: 2, m: 4 });
    const summary = await pruneModel(chosen, out, { env, onEvent: (event) => events.push(event) });
    expect(summary).toEqual({ weights: 1_228_800, zeros: 614_400 });
    expect(events.map(({ event }) => event)).toEqual(['start', ...Array(5).fill('layer'), 'done']);
    const [dense, pruned] = await Promise.all([openWeights(DEMO), openWeights(out)]);
    expect([...pruned.tensors.keys()].sort()).toEqual([...dense.tensors.keys()].sort());
    let groups = 0;
    for (const [name, { shape }] of dense.tensors) {
      const [before, after] = await Promise.all([valuesOf(dense, name), valuesOf(pruned, name)]);
      if (!(name.includes('.layers.') && shape.length === 2)) {
        expect(after, name).toEqual(before);
        continue;
      }
      let wrong = 0;
      for (let at = 0; at < before.length; at += 4) {
        const four = [0, 1, 2, 3].map((i) => ({ before: before[at + i] ?? 0, after: after[at + i] ?? 0 }));
        const kept = four.filter((weight) => weight.after !== 0);
        const gone = four.filter((weight) => weight.after === 0);
        const least = Math.min(...kept.map((weight) => Math.abs(weight.before)));
        const isRight =
          kept.length === 2 &&
          kept.every((weight) => weight.after === weight.before) &&
          gone.every((weight) => Math.abs(weight.before) <= least);
        if (!isRight) wrong += 1;
        groups += 1;
      }
      expect(wrong, name).toBe(0);
    }
    expect(groups).toBe(1_228_800 / 4);
  });

  it.each([
    'rows',
    'blocks',
  ] as const)('Wanda (%s) agrees with an implementation that shares no code', async (form) => {
    const packed = join(folder, 'packed');
    await writePacked(packed, { sequences: 32, length: 96 });
    const out = join(folder, `wanda-${form}`);
    const pattern: PruneSettings['pattern'] =
      form === 'rows'
        ? { kind: 'unstructured', sparsity: 0.5 }
        : {
            kind: 'blocks',
            size: 16,
            tiers: [
              [0.35, 0.25],
              [0.45, 0.5],
              [0.2, 0.75],
            ],
          };
    const calibration = {
      kind: 'wanda',
      calibration: packed,
      sequences: 32,
      sequenceLength: 96,
      seed: 0,
    } as const;
    const summary = await pruneModel(settings(calibration, pattern), out, { env });
    expect((summary?.zeros ?? 0) / (summary?.weights ?? 1)).toBeCloseTo(form === 'rows' ? 0.5 : 0.4628, 3);
    const judge = join(import.meta.dirname, 'judge/wanda_agreement.py');
    const { stdout, stderr } = spawnSync(python ?? '', [judge, DEMO, out, packed, form], {
      encoding: 'utf8',
    });
    const [first, all] = stdout.trim().split(' ').map(Number);
    // Sums in another order decide between near equals; a block that crosses a tier's edge changes 64 weights and
    // with them the inputs of all later layers. So the first layer is the strict comparison.
    expect(first, stderr).toBeGreaterThan(0.9998);
    expect(all).toBeGreaterThan(0.98);
  });

  it('takes text as calibration and writes what it did', async () => {
    const text = join(folder, 'text.txt');
    await writeFile(text, 'The king of Orvale went to the town and asked for bread. '.repeat(200));
    const out = join(folder, 'by-text');
    const importance = {
      kind: 'wanda',
      calibration: text,
      sequences: 4,
      sequenceLength: 64,
      seed: 0,
    } as const;
    await pruneModel(settings(importance, { kind: 'unstructured', sparsity: 0.25 }), out, { env });
    const record = JSON.parse(await readFile(join(out, 'pruning.json'), 'utf8')) as {
      readonly matrices: readonly { readonly weights: number; readonly zeros: number }[];
    };
    expect(record.matrices.length).toBe(5 * 7);
    for (const { weights, zeros } of record.matrices) expect(zeros / weights).toBeCloseTo(0.25, 6);
  });

  it('refuses blocks that do not fit', async () => {
    const source = join(folder, 'odd');
    const fixtures = join(import.meta.dirname, 'fixtures/init/tiny12');
    await initModel(
      { kind: 'scratch', config: fixtures, tokenizer: DEMO, seed: 1, residual: 'plain', dtype: 'F32' },
      source,
    );
    const pattern = { kind: 'blocks', size: 16, tiers: [[1, 0.5]] } as const;
    const promise = pruneModel(
      { ...settings({ kind: 'magnitude' }, pattern), model: source },
      join(folder, 'no'),
      { env },
    );
    const message = 'layer 0, self_attn.k_proj: 8 x 16 cannot be cut into blocks of 16 x 16';
    await expect(promise).rejects.toThrow(new UserError(refusedBy('prune.py', 'bad-shape', message)));
  });
});
