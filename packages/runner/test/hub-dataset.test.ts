/** Data sets of the hub: which repository, revision and files a task's path stands for. */
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { UserError } from '@evalgraph/formats';
import { afterAll, beforeAll, expect, it } from 'vitest';
import {
  DEFAULT_PATIENCE,
  hubMessages,
  type LocatedDataset,
  locateDataset,
  openHub,
} from '../../sources/src/hub/index.ts';
import { type FakeHub, startFakeHub } from './support/fake-hub.ts';

let server: FakeHub;
beforeAll(async () => {
  server = await startFakeHub({
    repositories: [
      {
        kind: 'dataset',
        name: 'cais/mmlu',
        branches: {
          main: {
            'README.md': 'configs',
            'dataset_infos.json': '{}',
            'anatomy/dev-00000-of-00001.parquet': 'dev',
            'anatomy/test-00000-of-00001.parquet': 'test',
            'virology/test-00000-of-00001.parquet': 'other',
          },
          'refs/convert/parquet': { 'anatomy/test/0000.parquet': 'converted' },
        },
      },
      {
        kind: 'dataset',
        name: 'ybisk/piqa',
        branches: {
          main: { 'README.md': '', 'piqa.py': 'a script', 'dummy.json': '{}' },
          'refs/convert/parquet': {
            'plain_text/train/0000.parquet': 'train',
            'plain_text/test/0000.parquet': 'test',
          },
        },
      },
      { kind: 'dataset', name: 'owner/script', branches: { main: { 'script.py': 'a script' } } },
      { kind: 'dataset', name: 'old/hellaswag', branches: {}, movedTo: 'Rowan/hellaswag' },
      {
        kind: 'dataset',
        name: 'Rowan/hellaswag',
        branches: { main: { 'data/validation-00000-of-00001.parquet': 'rows' } },
      },
    ],
  });
});
afterAll(() => server.close());

function locate(name: string, revision: string | null = null): Promise<LocatedDataset> {
  const hub = openHub({
    endpoint: server.endpoint,
    cacheFolder: mkdtempSync(join(tmpdir(), 'evalgraph-hub-')),
    offline: false,
    token: null,
    symlinks: true,
    parallel: 2,
    patience: DEFAULT_PATIENCE,
  });
  return locateDataset(hub, name, revision);
}

it('its card and what can be data; nothing is downloaded', async () => {
  const { card, data, revision } = await locate('cais/mmlu');
  expect(revision).toBe('main');
  expect(card?.path).toBe('README.md');
  expect(data).toEqual([
    'anatomy/dev-00000-of-00001.parquet',
    'anatomy/test-00000-of-00001.parquet',
    'virology/test-00000-of-00001.parquet',
  ]);
  expect(server.contentRequests()).toEqual([]);
});

it('the hub’s conversion where the data set is a script', async () => {
  const { found, revision, card, data } = await locate('ybisk/piqa');
  expect(revision).toBe('refs/convert/parquet');
  expect(found.commit).toBe(server.commitOf('ybisk/piqa', 'refs/convert/parquet'));
  expect(card).toBeNull();
  expect(data).toEqual(['plain_text/test/0000.parquet', 'plain_text/train/0000.parquet']);
});

it('a revision that is named is taken as it is', async () => {
  expect((await locate('cais/mmlu', 'refs/convert/parquet')).data).toEqual(['anatomy/test/0000.parquet']);
});

it('a script without a conversion', async () => {
  const error = await locate('owner/script').catch((reason: unknown) => reason);
  expect((error as UserError).problems).toEqual([
    hubMessages.noParquet({ kind: 'dataset', name: 'owner/script' }),
  ]);
});

it('a moved data set is followed: its files are those of the new name', async () => {
  const { found, data } = await locate('old/hellaswag');
  expect(found.repository).toEqual({ kind: 'dataset', name: 'Rowan/hellaswag' });
  expect(data).toEqual(['data/validation-00000-of-00001.parquet']);
});
