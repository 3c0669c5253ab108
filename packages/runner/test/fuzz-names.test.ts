/** What must never get out or in: tokens in anything that is written or printed, and pickles. */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { evalgraph } from './support/child.ts';
import { filesIn, startFakeHub } from './support/fake-hub.ts';
import { writeTinyModel } from './support/tiny-model.ts';
import { makeWorkspace } from './support/workspace.ts';

const TOKEN = 'hf_PlantedTokenThatNobodyMayRead';

/** Files below a folder that hold the text. */
function holding(folder: string, text: string): readonly string[] {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile() && !entry.parentPath.includes('node_modules'))
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((path) => readFileSync(path).includes(text));
}

describe('a token of the hub', () => {
  it.each([
    ['that is accepted', [TOKEN], 0],
    ['that is refused', ['hf_another'], 1],
  ] as const)('%s stands in no file, no output and no message', async (_, tokens, code) => {
    const model = mkdtempSync(join(tmpdir(), 'names-model-'));
    writeTinyModel(model, 3);
    const server = await startFakeHub({
      repositories: [
        { kind: 'model', name: 'owner/gated', branches: { main: filesIn(model) }, access: 'gated' },
      ],
      tokens: [...tokens],
    });
    try {
      const home = mkdtempSync(join(tmpdir(), 'names-home-'));
      const workspace = makeWorkspace();
      workspace.write(
        'pipelines/t/pipeline.yaml',
        'models: { m: { source: "hf:owner/gated" } }\ntasks: [t_choice]\n',
      );
      const env = {
        ...process.env,
        HF_HOME: home,
        HF_HUB_CACHE: '',
        HF_ENDPOINT: server.endpoint,
        HF_HUB_OFFLINE: '',
        HF_TOKEN: TOKEN,
      };
      for (const args of [['lock'], ['plan'], ['doctor', '--repair'], ['why', 't/m/t_choice']]) {
        const { stdout, stderr, code: found } = await evalgraph(workspace.root, args, { env });
        if (args[0] === 'lock') expect(found, stderr).toBe(code);
        expect(`${stdout}${stderr}`).not.toContain(TOKEN);
      }
      expect(holding(workspace.root, TOKEN)).toEqual([]);
      expect(holding(home, TOKEN)).toEqual([]);
    } finally {
      await server.close();
    }
  });
});

describe('pickled weights', () => {
  it.each([
    'pytorch_model.bin',
    'consolidated.00.pth',
    'model.pt',
  ])('%s are refused with how to convert them', async (name) => {
    const { root } = makeWorkspace();
    rmSync(join(root, 'models/pruned/model.safetensors'));
    mkdirSync(join(root, 'models/pruned'), { recursive: true });
    writeFileSync(join(root, 'models/pruned', name), 'cos\nsystem\n(S"touch /tmp/never"\ntR.');
    const { code, stderr } = await evalgraph(root, ['lock']);
    expect(code).toBe(1);
    expect(stderr).toContain(name);
    expect(stderr).toMatch(/never loaded/);
    expect(stderr).toMatch(/Convert them to safetensors/);
  });
});
