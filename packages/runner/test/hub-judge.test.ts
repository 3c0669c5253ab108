/**
 * Hugging Face's own Python libraries on the same cache: what they downloaded is served here without a request for
 * content, and what was downloaded here they load offline. Needs huggingface_hub; models are loaded with transformers.
 *   EVALGRAPH_LM_EVAL=.venv/bin/lm_eval npx vitest run packages/runner/test/hub-judge.test.ts
 */
import { spawn } from 'node:child_process';
import { lstatSync, mkdtempSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { digestFile } from '@evalgraph/formats';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { NEEDS_LM_EVAL, judgeLmEval as program } from '../../formats/test/judges.ts';
import {
  type HubSettings,
  hubSettings,
  locateDataset,
  openHub,
  type RepositoryName,
} from '../../sources/src/hub/index.ts';
import { type FakeHub, type Files, filesIn, startFakeHub } from './support/fake-hub.ts';
import { pythonOf } from './support/judge.ts';
import { writeTinyModel } from './support/tiny-model.ts';

const TIMEOUT_MS = 300_000;
const MODEL: RepositoryName = { kind: 'model', name: 'tiiuae/dense-500m-arch1' };
const DATA: RepositoryName = { kind: 'dataset', name: 'openai/gsm8k' };
const FOLDER = 'iter_0002000';
const PARQUET = 'main/test-00000-of-00001.parquet';

const DOWNLOAD = `
import sys
from huggingface_hub import hf_hub_download, snapshot_download
snapshot_download("${MODEL.name}", allow_patterns=["${FOLDER}/*"])
hf_hub_download("${DATA.name}", "${PARQUET}", repo_type="dataset")
hf_hub_download("${DATA.name}", "README.md", repo_type="dataset")
`;

const LOAD = `
import hashlib, json, sys
from huggingface_hub import hf_hub_download, snapshot_download
from transformers import AutoModelForCausalLM, AutoTokenizer
model = AutoModelForCausalLM.from_pretrained("${MODEL.name}", subfolder="${FOLDER}")
tokenizer = AutoTokenizer.from_pretrained("${MODEL.name}", subfolder="${FOLDER}")
folder = snapshot_download("${MODEL.name}", allow_patterns=["${FOLDER}/*"])
rows = hf_hub_download("${DATA.name}", "${PARQUET}", repo_type="dataset")
print(json.dumps({
    "parameters": sum(p.numel() for p in model.parameters()),
    "ids": tokenizer("abc")["input_ids"],
    "folder": folder,
    "rows": hashlib.sha256(open(rows, "rb").read()).hexdigest(),
}))
`;

function python(code: string, env: Readonly<Record<string, string>>): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(pythonOf(program ?? ''), ['-c', code], { env: { ...process.env, ...env } });
    let stdout = '';
    let stderr = '';
    child.stdout.on('data', (data) => {
      stdout += String(data);
    });
    child.stderr.on('data', (data) => {
      stderr += String(data);
    });
    child.on('error', reject);
    child.on('close', (code) => (code === 0 ? resolve(stdout) : reject(new Error(stderr))));
  });
}

/** What a cache holds: each link's target, each file's content. Locks and lists of one library are left out. */
function layout(cache: string): ReadonlyMap<string, string> {
  const ours = /^(models|datasets)--[^/]+\/(blobs|refs|snapshots)\//;
  const entries = readdirSync(cache, { recursive: true, encoding: 'utf8' }).filter((name) => ours.test(name));
  const found = entries.flatMap((name): (readonly [string, string])[] => {
    const info = lstatSync(join(cache, name));
    if (info.isDirectory()) return [];
    return [
      [
        name,
        info.isSymbolicLink() ? readlinkSync(join(cache, name)) : readFileSync(join(cache, name), 'hex'),
      ],
    ];
  });
  return new Map(found.sort(([a], [b]) => (a < b ? -1 : 1)));
}

describe.skipIf(program === undefined)(`Python’s cache (${NEEDS_LM_EVAL})`, () => {
  let server: FakeHub;
  let series: Files = {};
  beforeAll(async () => {
    const folder = mkdtempSync(join(tmpdir(), 'evalgraph-model-'));
    writeTinyModel(folder, 7);
    series = { ...filesIn(folder, `${FOLDER}/`), 'iter_0004000/config.json': '{}' };
    server = await startFakeHub({
      repositories: [
        { ...MODEL, branches: { main: series } },
        { ...DATA, branches: { main: { 'README.md': '# GSM8K', [PARQUET]: 'PAR1 rows PAR1' } } },
      ],
    });
  });
  afterAll(() => server.close());

  function home(): { readonly settings: HubSettings; readonly env: Readonly<Record<string, string>> } {
    const env = {
      HF_HOME: mkdtempSync(join(tmpdir(), 'evalgraph-hf-')),
      HF_ENDPOINT: server.endpoint,
      HF_HUB_DISABLE_TELEMETRY: '1',
    };
    return { env, settings: hubSettings(env) };
  }

  async function download(settings: HubSettings): Promise<void> {
    const hub = openHub(settings);
    const options = { label: 'x', note: () => {}, digest: digestFile };
    const { commit, files } = await hub.resolve(MODEL, 'main');
    const own = files.filter(({ path }) => path.startsWith(`${FOLDER}/`));
    await hub.fetch({ repository: MODEL, commit, revision: 'main', files: own }, options);
    const { found, revision, data } = await locateDataset(hub, DATA.name, null);
    expect(data).toEqual([PARQUET]);
    await hub.fetch({ ...found, revision }, options);
  }

  it('what Python downloaded is served without a request for content', {
    timeout: TIMEOUT_MS,
  }, async () => {
    const { env, settings } = home();
    await python(DOWNLOAD, env);
    const before = server.contentRequests().length;
    expect(before).toBeGreaterThan(0);
    await download(settings);
    expect(server.contentRequests()).toHaveLength(before);
    const offline = server.seen.length;
    await download({ ...settings, offline: true });
    expect(server.seen).toHaveLength(offline);
  });

  it('both lay out the same files, links and refs', { timeout: TIMEOUT_MS }, async () => {
    const [theirs, own] = [home(), home()];
    await python(DOWNLOAD, theirs.env);
    await download(own.settings);
    expect(layout(own.settings.cacheFolder)).toEqual(layout(theirs.settings.cacheFolder));
  });

  it.each([true, false])('what was downloaded here Python loads offline (links: %s)', {
    timeout: TIMEOUT_MS,
  }, async (symlinks) => {
    const { env, settings } = home();
    await download({ ...settings, symlinks });
    const before = server.seen.length;
    const text = await python(LOAD, { ...env, HF_HUB_OFFLINE: '1' });
    const loaded = JSON.parse(text.trim().split('\n').at(-1) ?? '') as Record<string, unknown>;
    expect(server.seen).toHaveLength(before);
    expect(loaded['ids']).toEqual([256, 97, 98, 99]);
    expect(loaded['parameters']).toBeGreaterThan(10_000);
    expect(loaded['folder']).toBe(
      openHub(settings).snapshotFolder(MODEL, server.commitOf(MODEL.name, 'main')),
    );
  });
});
