/** Data sets of the hub: which repository, revision and files are brought for a task's path and configuration. */
import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { digestFile, type UserError } from '@evalgraph/formats';
import { afterAll, beforeAll, expect, it } from 'vitest';
import {
  DEFAULT_PATIENCE,
  type FetchedDataset,
  fetchDataset,
  hubMessages,
  openHub,
} from '../src/hub/index.ts';
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

function bring(name: string, config: string | null, revision: string | null = null): Promise<FetchedDataset> {
  const hub = openHub({
    endpoint: server.endpoint,
    cacheFolder: mkdtempSync(join(tmpdir(), 'evalgraph-hub-')),
    offline: false,
    token: null,
    symlinks: true,
    parallel: 2,
    patience: DEFAULT_PATIENCE,
  });
  return fetchDataset(hub, name, config, revision, { label: name, note: () => {}, digest: digestFile });
}

const paths = ({ files }: FetchedDataset): readonly string[] => files.map(({ path }) => path);

it('the card and the files of one configuration', async () => {
  const found = await bring('cais/mmlu', 'anatomy');
  expect(found.revision).toBe('main');
  expect(paths(found)).toEqual([
    'README.md',
    'anatomy/dev-00000-of-00001.parquet',
    'anatomy/test-00000-of-00001.parquet',
  ]);
  expect(readFileSync(join(found.folder, 'anatomy/test-00000-of-00001.parquet'), 'utf8')).toBe('test');
});

it('every data file where no configuration is named, or none has its name', async () => {
  expect(paths(await bring('cais/mmlu', null))).toHaveLength(4);
  expect(paths(await bring('cais/mmlu', 'default'))).toHaveLength(4);
});

it('the hub’s conversion where the data set is a script', async () => {
  const found = await bring('ybisk/piqa', 'plain_text');
  expect(found.revision).toBe('refs/convert/parquet');
  expect(found.commit).toBe(server.commitOf('ybisk/piqa', 'refs/convert/parquet'));
  expect(paths(found)).toEqual(['plain_text/test/0000.parquet', 'plain_text/train/0000.parquet']);
});

it('a revision that is named is taken as it is', async () => {
  expect(paths(await bring('cais/mmlu', 'anatomy', 'refs/convert/parquet'))).toEqual([
    'anatomy/test/0000.parquet',
  ]);
});

it('a script without a conversion', async () => {
  const error = await bring('owner/script', null).catch((reason: unknown) => reason);
  expect((error as UserError).problems).toEqual([
    hubMessages.noParquet({ kind: 'dataset', name: 'owner/script' }),
  ]);
});

it('a moved data set is followed and its new name told', async () => {
  const found = await bring('old/hellaswag', null);
  expect(found.canonicalName).toBe('Rowan/hellaswag');
  expect(readFileSync(join(found.folder, 'data/validation-00000-of-00001.parquet'), 'utf8')).toBe('rows');
});
