/** Whatever the network does, a download ends in verified files or in one clear error, and what arrived helps the next. */
import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { digestFile, UserError } from '@evalgraph/formats';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { type HubSettings, openHub, type RepositoryName } from '../../sources/src/hub/index.ts';
import { type Fault, startFakeHub } from './support/fake-hub.ts';

const MODEL: RepositoryName = { kind: 'model', name: 'owner/tiny' };
const weights = Buffer.concat(
  Array.from({ length: 2000 }, (_, index) => createHash('sha256').update(String(index)).digest()),
);
const FILES = {
  'config.json': Buffer.from('{}'),
  'tokenizer_config.json': Buffer.from('{"model_max_length": 100}'),
  'model-00001-of-00002.safetensors': weights,
  'model-00002-of-00002.safetensors': weights.subarray(0, 33_333),
};
const CODES = ['hub-unreachable', 'hub-busy', 'hub-corrupt-download', 'hub-unexpected-answer'];

const part = fc.double({ min: 0, max: 1, noNaN: true });
const fault: fc.Arbitrary<Fault | null> = fc.oneof(
  { weight: 6, arbitrary: fc.constant(null) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('truncate' as const), part, silent: fc.boolean() }) },
  { weight: 2, arbitrary: fc.constant({ kind: 'reset' as const }) },
  { weight: 1, arbitrary: fc.constant({ kind: 'stall' as const }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('stallAfter' as const), part }) },
  { weight: 2, arbitrary: fc.constant({ kind: 'wrongBytes' as const }) },
  { weight: 1, arbitrary: fc.constant({ kind: 'tooMuch' as const }) },
  { weight: 1, arbitrary: fc.constant({ kind: 'noRange' as const }) },
  { weight: 2, arbitrary: fc.constant({ kind: 'html' as const }) },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('status' as const),
      status: fc.constantFrom(408, 429, 500, 502, 503, 504),
      headers: fc.constantFrom({}, { 'retry-after': '0' }),
    }),
  },
);

async function download(settings: HubSettings): Promise<string> {
  const hub = openHub(settings);
  const { commit, files } = await hub.resolve(MODEL, 'main');
  const options = { label: 'tiny', note: () => {}, digest: digestFile };
  return (await hub.fetch({ repository: MODEL, commit, revision: 'main', files }, options)).folder;
}

function checkWhole(folder: string): void {
  for (const [name, content] of Object.entries(FILES)) {
    expect(readFileSync(join(folder, name)).equals(content), name).toBe(true);
  }
}

/** A blob under its final name holds what the name says, whatever happened. */
function checkBlobs(cacheFolder: string): void {
  const entries = readdirSync(cacheFolder, { recursive: true, withFileTypes: true });
  const blobs = entries.filter(
    ({ parentPath, name }) => parentPath.endsWith('/blobs') && !name.includes('.'),
  );
  for (const { parentPath, name } of blobs) {
    const content = readFileSync(join(parentPath, name));
    const git = createHash('sha1').update(`blob ${content.length}\0`).update(content).digest('hex');
    expect([createHash('sha256').update(content).digest('hex'), git]).toContain(name);
  }
}

it('100 random schedules of faults', { timeout: 240_000 }, async () => {
  let schedule: readonly (Fault | null)[] = [];
  let next = 0;
  const server = await startFakeHub({
    repositories: [{ ...MODEL, branches: { main: FILES } }],
    fault: () => schedule[next++] ?? null,
  });
  const ends = new Map<string, number>();
  try {
    await fc.assert(
      fc.asyncProperty(fc.array(fault, { maxLength: 40 }), async (faults) => {
        const cacheFolder = mkdtempSync(join(tmpdir(), 'evalgraph-faults-'));
        const settings: HubSettings = {
          endpoint: server.endpoint,
          cacheFolder,
          offline: false,
          token: null,
          symlinks: true,
          parallel: 2,
          patience: {
            attempts: 4,
            firstWaitMs: 1,
            longestWaitMs: 3,
            longestRetryAfterMs: 100,
            silenceMs: 60,
          },
        };
        schedule = faults;
        next = 0;
        let end = 'files';
        try {
          checkWhole(await download(settings));
        } catch (error) {
          if (!(error instanceof UserError)) throw error;
          expect(error.problems).toHaveLength(1);
          end = error.problems[0]?.code ?? '';
          expect(CODES).toContain(end);
        }
        ends.set(end, (ends.get(end) ?? 0) + 1);
        checkBlobs(cacheFolder);
        // The network is well again (in time: a machine under load may let the short silence pass).
        schedule = [];
        checkWhole(await download({ ...settings, patience: { ...settings.patience, silenceMs: 20_000 } }));
        rmSync(cacheFolder, { recursive: true });
      }),
      { numRuns: 100, seed: 5 },
    );
  } finally {
    await server.close();
  }
  // The schedules reach both ends.
  expect(ends.get('files') ?? 0).toBeGreaterThan(10);
  expect(ends.size).toBeGreaterThan(2);
});
