/** `evalgraph doctor`: what is whole passes, what is damaged is named, and `--repair` mends what it can. */
import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { UserError } from '@evalgraph/formats';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { planPipeline } from '../src/workspace.ts';
import { doctorCommand } from './support/commands.ts';
import { filesIn, startFakeHub } from './support/fake-hub.ts';
import { evaluate, lock } from './support/run.ts';
import { writeTinyModel } from './support/tiny-model.ts';
import { makeWorkspace } from './support/workspace.ts';

afterEach(() => vi.unstubAllEnvs());

async function doctor(root: string, ...args: readonly string[]): Promise<{ text: string; problems: string }> {
  const lines: string[] = [];
  const problems = await doctorCommand(root, args, (line) => lines.push(line)).then(
    () => '',
    (error: unknown) => {
      if (!(error instanceof UserError)) throw error;
      return error.message;
    },
  );
  return { text: lines.join('\n'), problems };
}

function storeFiles(root: string, kind: string): readonly string[] {
  const folder = join(root, '.evalgraph/store', kind);
  const all = readdirSync(folder, { recursive: true, withFileTypes: true });
  return all.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
}

describe('doctor', () => {
  it('finds nothing wrong where nothing is, and says what it looked at', async () => {
    const { root } = makeWorkspace();
    await lock(root);
    await evaluate(root, 'full', (cell) => cell === 'pruned/t_choice');
    const { text, problems } = await doctor(root);
    expect(problems).toBe('');
    expect(text).toMatch(/^Node v/m);
    expect(text).toMatch(/free at/);
    expect(text).toMatch(/t: 14 locked files read .*all as they should be/);
    expect(text).toMatch(/store: 1 results, 1 responses, 0 journals; all as they should be/);
  });

  it('names every damaged local file with sizes and the lock, and leaves it', async () => {
    const { root } = makeWorkspace();
    await lock(root);
    truncateSync(join(root, 'models/pruned/model.safetensors'), 60_000);
    writeFileSync(
      join(root, 'models/tiny/step_1/model.safetensors'),
      '<!DOCTYPE html><html>Not found</html>',
    );
    for (const args of [[], ['--repair']]) {
      const { problems } = await doctor(root, ...args);
      expect(problems).toMatch(
        /models\/pruned\/model\.safetensors \(pruned\): 60000 bytes found, \d+ locked/,
      );
      expect(problems).toMatch(/step_1\/model\.safetensors \(tiny@step_1\): .*HTML/);
      expect(problems).toContain('pipelines/t/locks/pruned.json');
    }
  });

  it('sees other content of the same size', async () => {
    const workspace = makeWorkspace();
    await lock(workspace.root);
    workspace.edit('datasets/t/questions.jsonl', 'barks', 'sings');
    const { problems } = await doctor(workspace.root);
    expect(problems).toMatch(/questions\.jsonl .*other content of the same size/);
  });

  it('finds damaged results, responses and journals; --repair takes them away and the next run computes them', async () => {
    const { root } = makeWorkspace();
    await lock(root);
    const only = (cell: string): boolean => cell === 'pruned/t_choice';
    await evaluate(root, 'full', only);
    const [results = ''] = storeFiles(root, 'results').filter((path) => path.endsWith('results.json'));
    const [responses = ''] = storeFiles(root, 'responses');
    const whole = readFileSync(results, 'utf8');
    writeFileSync(results, whole.replace(/0\.\d/, '0.9'));
    const text = readFileSync(responses, 'utf8');
    writeFileSync(responses, `${text.slice(0, 300)}#${text.slice(301)}`);
    const found = await doctor(root);
    expect(found.problems).toContain('results.json is not what was stored');
    expect(found.problems).toMatch(/responses: the line at byte \d+ does not have its checksum/);
    const mended = await doctor(root, '--repair');
    expect(mended.problems).toBe('');
    expect(mended.text.match(/^repaired /gm)).toHaveLength(2);
    expect(existsSync(responses)).toBe(false);
    expect([...(await evaluate(root, 'full', only)).values()]).toEqual(['computed']);
    expect(readFileSync(results, 'utf8')).toBe(whole);
    expect((await doctor(root)).problems).toBe('');
  });

  it('names results that are not what the store holds, and puts the stored ones in their place', async () => {
    const { root } = makeWorkspace();
    await lock(root);
    await evaluate(root, 'full', (cell) => cell === 'pruned/t_choice');
    const folder = join(root, 'results/t/pruned/t_choice');
    const files = readdirSync(folder).filter((name) => name !== 'run.json');
    expect(files.length).toBeGreaterThan(2);
    for (const file of files) {
      const path = join(folder, file);
      const whole = readFileSync(path, 'utf8');
      for (const changed of [whole.replace(/0\.\d/, '0.9'), whole.slice(0, 60), `${whole} `]) {
        if (changed === whole) continue;
        writeFileSync(path, changed);
        expect((await doctor(root)).problems).toContain(`results/t/pruned/t_choice/${file}: not what`);
        expect((await doctor(root, '--repair')).problems).toBe('');
        expect(readFileSync(path, 'utf8')).toBe(whole);
      }
    }
    // Of another key: out of date, not damaged.
    const results = join(folder, 'results.json');
    const stale = readFileSync(results, 'utf8').replace(
      /"key": "[0-9a-f]{64}"/,
      `"key": "${'0'.repeat(64)}"`,
    );
    writeFileSync(results, stale);
    expect((await doctor(root, '--repair')).problems).toBe('');
    expect(readFileSync(results, 'utf8')).toBe(stale);
  });

  it('fetches the damaged file of a hub checkpoint again, and no other', async () => {
    const model = mkdtempSync(join(tmpdir(), 'doctor-model-'));
    writeTinyModel(model, 7);
    const server = await startFakeHub({
      repositories: [{ kind: 'model', name: 'owner/tiny', branches: { main: filesIn(model) } }],
    });
    try {
      vi.stubEnv('HF_HOME', mkdtempSync(join(tmpdir(), 'doctor-home-')));
      vi.stubEnv('HF_HUB_CACHE', '');
      vi.stubEnv('HF_TOKEN', '');
      vi.stubEnv('HF_ENDPOINT', server.endpoint);
      vi.stubEnv('HF_HUB_OFFLINE', '');
      const workspace = makeWorkspace();
      workspace.write(
        'pipelines/t/pipeline.yaml',
        'models: { m: { source: "hf:owner/tiny" } }\ntasks: [t_choice]\n',
      );
      await lock(workspace.root);
      expect((await doctor(workspace.root)).text).toMatch(/1 of the hub not on this disk/);
      await evaluate(workspace.root);
      const [{ folder } = { folder: '' }] = planPipeline(workspace.root, 't', 'full').checkpoints;
      const weights = join(folder, 'model.safetensors');
      const good = readFileSync(weights);
      writeFileSync(realpathSync(weights), good.subarray(0, 1000));
      expect((await doctor(workspace.root)).problems).toMatch(/model\.safetensors \(m\): 1000 bytes found/);
      const before = server.seen.length;
      const { text, problems } = await doctor(workspace.root, '--repair');
      expect(problems).toBe('');
      expect(text).toContain('fetched again from owner/tiny');
      const asked = server.seen.slice(before).filter(({ path }) => path.includes('/resolve/'));
      expect(asked.every(({ path }) => path.endsWith('model.safetensors'))).toBe(true);
      expect(readFileSync(weights)).toEqual(good);
      expect((await doctor(workspace.root)).problems).toBe('');
    } finally {
      await server.close();
    }
  });
});
