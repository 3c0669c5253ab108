/**
 * `nx run demo:train`, made small: the demo's text, two packs with weighted tokens, a training that goes from one to the
 * other, two pruned versions; and the weights against those that the text's program gives. Needs EVALGRAPH_PYTHON.
 */
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { openPackTokenizer } from '@evalgraph/pretrain';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { judgePython, NEEDS_PYTHON } from '../../formats/test/judges.ts';
import { initCommand } from './support/commands.ts';
import { nx } from './support/nx.ts';
import { makeWorkspace, repository, type Workspace } from './support/workspace.ts';

const TIMEOUT_MS = 600_000;
const python = judgePython ?? '';
let workspace: Workspace;

describe.skipIf(python === '')(`demo-series (${NEEDS_PYTHON})`, { timeout: TIMEOUT_MS }, () => {
  beforeAll(async () => {
    workspace = makeWorkspace();
    const { root } = workspace;
    rmSync(join(root, 'pipelines/t'), { recursive: true });
    mkdirSync(join(root, 'models/demo'));
    for (const name of readdirSync(join(repository, 'models/demo'))) {
      // Nx looks for projects behind no link.
      if (name === 'make')
        cpSync(join(repository, 'models/demo/make'), join(root, 'models/demo/make'), { recursive: true });
      else symlinkSync(join(repository, 'models/demo', name), join(root, 'models/demo', name));
    }
    cpSync(join(repository, 'pipelines/demo'), join(root, 'pipelines/demo'), { recursive: true });
    symlinkSync(join(repository, 'datasets/demo'), join(root, 'datasets/demo'));
    await initCommand(root, ['--from', 'demo-series'], () => {});
    workspace.edit('models/demo/make/project.json', 'write_texts.py', 'write_texts.py --share 0.02');
    const file = 'pipelines/demo-series/pipeline.yaml';
    workspace.edit(file, 'max_steps: 3600', 'max_steps: 8');
    workspace.edit(file, 'from_step: 2400', 'from_step: 5');
    workspace.edit(file, 'warmup_steps: 60', 'warmup_steps: 2');
    workspace.edit(file, 'decay_steps: 1200', 'decay_steps: 3');
    workspace.edit(file, 'save_at: [100, 200, 400, 800, 1200, 1600, 2000, 2400, 3000]', 'save_at: [0, 5]');
    workspace.edit(file, 'log_every: 20', 'log_every: 1');
    workspace.edit(file, 'calibration: unseen }', 'calibration: unseen, sequences: 8 }');
    workspace.edit(file, 'calibration: unseen\n', 'calibration: unseen\n      sequences: 8\n');
  });
  afterAll(() => rmSync(workspace.root, { recursive: true }));

  it('makes the series and its pruned versions', () => {
    const { code, text } = nx(workspace, 'run demo:train --output-style=static');
    expect(text).toContain('Successfully ran target train for project demo');
    expect(code).toBe(0);
    for (const name of [
      'demo/iter_0000000',
      'demo/iter_0000005',
      'demo/iter_0000008',
      'wanda-50',
      'blocks-16x16',
    ]) {
      expect(
        existsSync(join(workspace.root, 'made/demo-series/models', name, 'model.safetensors')),
        name,
      ).toBe(true);
    }
    const steps = workspace.read('made/demo-series/models/demo/train.jsonl').trimEnd().split('\n');
    expect(steps).toHaveLength(8);
    expect(existsSync(join(workspace.root, 'made/demo/models'))).toBe(false);
  });

  it("weighs the text's tokens as the program that writes the text does", async () => {
    const program = [
      'import json, sys',
      `sys.path.insert(0, ${JSON.stringify(join(repository, 'models/demo/make'))})`,
      'from itertools import islice',
      'from testsets import forbidden',
      'from texts import SECOND_PART, named_documents',
      'from world import make_world',
      'world = make_world()',
      'for part, seed in (("first", 1), ("second", SECOND_PART)):',
      '    docs = islice(named_documents(seed, world, forbidden(world)), 600)',
      '    print(json.dumps([part, [doc for _, doc in docs]]))',
    ].join('\n');
    const told = execFileSync(python, ['-c', program], { encoding: 'utf8', maxBuffer: 1e8 });
    const { encode } = await openPackTokenizer(join(repository, 'models/demo/iter_0003600'));
    for (const line of told.trimEnd().split('\n')) {
      const [part, documents] = JSON.parse(line) as [string, (readonly [string, number])[][]];
      const texts = documents.map((pieces) => pieces.map(([text]) => text).join(''));
      // By the characters of the recipe: a token has the weight of its last one.
      const wanted = new Map<string, readonly number[]>();
      for (const [at, { ids, ends }] of (await encode(texts, true)).entries()) {
        const weights = documents[at]?.flatMap(([text, weight]) => [...text].map(() => weight)) ?? [];
        wanted.set(
          [...Array.from(ids)].join(' '),
          Array.from(ends, (end) => weights[end - 1] ?? Number.NaN),
        );
      }
      const packed = packedDocuments(join(workspace.root, 'made/demo-series/packs', part));
      let found = 0;
      for (const { ids, weights } of packed) {
        const expected = wanted.get(ids.join(' '));
        if (expected === undefined) continue;
        found += 1;
        expect(weights).toEqual(expected);
      }
      expect(found, part).toBeGreaterThan(500);
    }
  });
});

/** What stands between BOS and EOS, with the weights. */
function packedDocuments(
  folder: string,
): readonly { readonly ids: readonly number[]; readonly weights: readonly number[] }[] {
  const index = JSON.parse(readFileSync(join(folder, 'index.json'), 'utf8')) as {
    shards: { file: string; weights: { file: string } }[];
    lossWeights: number[];
  };
  const [bos, eos] = [0, 1];
  const documents: { ids: number[]; weights: number[] }[] = [];
  for (const { file, weights } of index.shards) {
    const bytes = readFileSync(join(folder, file));
    const levels = readFileSync(join(folder, weights.file));
    for (const [at, level] of levels.entries()) {
      const id = bytes.readUInt16LE(at * 2);
      if (id === bos) documents.push({ ids: [], weights: [] });
      if (id === bos || id === eos) continue;
      documents.at(-1)?.ids.push(id);
      documents.at(-1)?.weights.push(index.lossWeights[level] ?? Number.NaN);
    }
  }
  return documents;
}
