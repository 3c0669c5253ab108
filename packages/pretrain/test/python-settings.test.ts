/** What src/ writes into the settings file of a Python program is what the program reads: no more, and nothing else. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { camelCase } from '@evalgraph/formats';
import { expect, it } from 'vitest';
import { PYTHON_FOLDER } from '../src/index.ts';
import { programSettings as pruneFile } from '../src/prune/prune.ts';
import type { PruneSettings } from '../src/prune/settings.ts';
import { trainingFields, trainSettings } from '../src/train/settings.ts';
import { programSettings as trainFile } from '../src/train/train.ts';

/** The attributes that `variable` is asked for in the files; names of files in texts are none. */
function attributesRead(variable: string, files: readonly string[]): readonly string[] {
  const names = files.flatMap((file) => {
    const whole = readFileSync(join(PYTHON_FOLDER, file), 'utf8');
    const source = whole.replace(/"""[\s\S]*?"""|(?<!f)"[^"\n]*"/g, '""');
    return [...source.matchAll(new RegExp(`(?<![\\w.])(?:self\\.)?${variable}\\.(\\w+)`, 'g'))];
  });
  return [...new Set(names.map(([, name = '']) => name))].sort();
}

function keys(...objects: readonly object[]): readonly string[] {
  return [...new Set(objects.flatMap(Object.keys))].sort();
}

const SHARED = ['checkpoints.py'];

it('train.py reads every setting of a training', () => {
  const settings = trainSettings({
    model: 'm',
    data: [
      { data: 'a', fromStep: 0 },
      { data: 'b', fromStep: 5 },
    ],
    maxSteps: 10,
    learningRate: 1e-3,
    batchSize: 4,
  });
  const written = JSON.parse(trainFile(settings, 'out')) as { readonly data: readonly object[] };
  const programs = ['train.py', 'schedule.py', 'optimizers.py', ...SHARED];
  expect(attributesRead('settings', programs)).toEqual(keys(written));
  expect(attributesRead('(?:phase|given|phases\\[0\\])', ['packed.py'])).toEqual(
    expect.arrayContaining([...keys(...written.data)]),
  );
});

it('docs/training.md lists every setting of a training, with its default', () => {
  const doc = readFileSync(join(import.meta.dirname, '../../../docs/training.md'), 'utf8');
  const [, table = ''] = /\n\| setting \| default \| \|\n\|[-|]+\n((?:\|.*\n)+)/.exec(doc) ?? [];
  const listed = table
    .trimEnd()
    .split('\n')
    .flatMap((row) => {
      const [, names = '', defaults = ''] = row.replaceAll('`', '').split('|');
      const values = defaults.split(',');
      return names.split(',').map((name, at) => [name.trim(), (values[at] ?? '').trim()]);
    });
  const declared = Object.entries(trainingFields).map(([name, { about }]) => {
    const value: unknown = about !== null && 'default' in about ? about.default : '';
    return [camelCase(name), Array.isArray(value) ? JSON.stringify(value) : String(value)];
  });
  expect(listed.sort()).toEqual([['data', ''], ['model', ''], ...declared].sort());
});

it('prune.py reads every setting of a pruning', () => {
  const importances: readonly PruneSettings['importance'][] = [
    { kind: 'magnitude' },
    { kind: 'wanda', calibration: 'text', sequences: 4, sequenceLength: 8, seed: 1 },
  ];
  const patterns: readonly PruneSettings['pattern'][] = [
    { kind: 'unstructured', sparsity: 0.5 },
    { kind: 'n:m', n: 2, m: 4 },
    { kind: 'blocks', size: 4, tiers: [[1, 0.5]] },
  ];
  const written = importances.flatMap((importance) =>
    patterns.map(
      (pattern) =>
        JSON.parse(pruneFile({ model: 'm', importance, pattern, saveDtype: 'bfloat16' }, 'out')) as Readonly<
          Record<'importance' | 'pattern', object>
        >,
    ),
  );
  const programs = ['prune.py', ...SHARED];
  expect(attributesRead('settings', programs)).toEqual(keys(...written));
  const own = keys(...written.flatMap(({ importance, pattern }) => [importance, pattern]));
  const read = [...attributesRead('importance', programs), ...attributesRead('pattern', programs)];
  const ofTensors = ['contiguous', 'item'];
  expect([...new Set([...read, 'kind'])].filter((name) => !ofTensors.includes(name)).sort()).toEqual(own);
});
