/** The hub's client against a fake hub: one small repository, settings of little patience, and what came of it. */
import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { digestFile, UserError } from '@evalgraph/formats';
import { afterEach, expect } from 'vitest';
import {
  type FetchOptions,
  type HubSettings,
  openHub,
  type RepositoryName,
} from '../../../sources/src/hub/index.ts';
import { type FakeHub, type FakeHubOptions, startFakeHub } from './fake-hub.ts';

const running: FakeHub[] = [];
afterEach(async () => {
  await Promise.all(running.splice(0).map((hub) => hub.close()));
});

export async function fake(options: FakeHubOptions): Promise<FakeHub> {
  const hub = await startFakeHub(options);
  running.push(hub);
  return hub;
}

export const MODEL: RepositoryName = { kind: 'model', name: 'owner/tiny' };

export function bytesOf(length: number, seed: string): Buffer {
  const blocks = Array.from({ length: Math.ceil(length / 32) }, (_, index) =>
    createHash('sha256').update(`${seed}${index}`).digest(),
  );
  return Buffer.concat(blocks).subarray(0, length);
}

export const FILES = {
  'config.json': '{"model_type":"llama"}',
  'tokenizer.json': bytesOf(3000, 'tokenizer'),
  'model.safetensors': bytesOf(200_000, 'weights'),
};
export const TINY = { kind: 'model', name: 'owner/tiny', branches: { main: FILES } } as const;

export function settingsFor(hub: { endpoint: string }, own: Partial<HubSettings> = {}): HubSettings {
  return {
    endpoint: hub.endpoint,
    cacheFolder: mkdtempSync(join(tmpdir(), 'evalgraph-hub-')),
    offline: false,
    token: null,
    symlinks: true,
    parallel: 3,
    patience: { attempts: 4, firstWaitMs: 1, longestWaitMs: 4, longestRetryAfterMs: 1500, silenceMs: 1500 },
    ...own,
  };
}

export function quiet(lines: string[] = []): FetchOptions {
  return { label: 'tiny', note: (line) => lines.push(line), digest: digestFile };
}

export async function problemsOf(work: Promise<unknown>): Promise<UserError['problems']> {
  const error = await work.then(
    () => null,
    (reason: unknown) => reason,
  );
  if (!(error instanceof UserError)) throw error ?? new Error('no error was thrown');
  return error.problems;
}

export async function fetchAll(settings: HubSettings, options = quiet()): Promise<string> {
  const hub = openHub(settings);
  const { commit, files } = await hub.resolve(MODEL, 'main');
  return (await hub.fetch({ repository: MODEL, commit, revision: 'main', files }, options)).folder;
}

/** Bytes of the one file that a broken try left. */
export function incompleteSize({ cacheFolder }: HubSettings): number {
  const left = readdirSync(cacheFolder, { recursive: true, encoding: 'utf8' }).filter((name) =>
    name.endsWith('.incomplete'),
  );
  expect(left).toHaveLength(1);
  return statSync(join(cacheFolder, left[0] ?? '')).size;
}

export function expectWhole(folder: string, files: Readonly<Record<string, Buffer | string>> = FILES): void {
  for (const [path, content] of Object.entries(files)) {
    expect(readFileSync(join(folder, path)).equals(Buffer.from(content)), path).toBe(true);
  }
}
