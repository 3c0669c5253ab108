/**
 * Folders of strangers: links to devices, pipes that nobody writes, bombs, and names that JavaScript's objects have. Each
 * is read by a process of its own under a limit of memory and time, and ends in a message; nothing is left behind.
 */
import { execFileSync, spawn } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { UserError } from '@evalgraph/formats';
import { describe, expect, it } from 'vitest';
import { runReport } from '../src/reporting/report-run.ts';
import { plannedEngine } from '../src/run/planned-engine.ts';
import { planPipeline } from '../src/workspace.ts';
import { exportCommand, importCommand, reportCommand, showCommand, whyCommand } from './support/commands.ts';
import { makeWorkspace, repository } from './support/workspace.ts';

const isLinux = process.platform === 'linux';
const LIMIT_SECONDS = 60;

interface Ended {
  readonly code: number | null;
  readonly text: string;
}

/** A command of evalgraph in 2 GB: V8's heap is bounded, and so is what is allocated beside it. */
function evalgraph(root: string, ...args: readonly string[]): Promise<Ended> {
  const command = [
    process.execPath,
    '--max-old-space-size=1500',
    join(repository, 'packages/cli/bin/evalgraph.js'),
  ];
  const child = spawn('timeout', ['-s', 'KILL', String(LIMIT_SECONDS), ...command, ...args], { cwd: root });
  let text = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (data) => (text += String(data)));
  return new Promise((resolve) => child.on('close', (code) => resolve({ code, text })));
}

function expectMessage({ code, text }: Ended, message: RegExp): void {
  expect({ code, text }).toMatchObject({ code: 1 });
  expect(text).toMatch(message);
  expect(text).not.toMatch(/\n\s+at .*\(|FATAL ERROR|TypeError|RangeError/);
}

function results(
  names: readonly string[],
  metrics: object = { 'acc,none': 0.5, 'acc_stderr,none': 0.1 },
): string {
  const rows = names.map((name) => `${JSON.stringify(name)}: ${JSON.stringify({ alias: name, ...metrics })}`);
  return `{"results": {${rows.join(', ')}}, "config": {"model": "hf", "model_args": "pretrained=a/b"}}`;
}

describe.skipIf(!isLinux)('import', () => {
  const { root } = makeWorkspace();
  const folder = (): string => mkdtempSync(join(tmpdir(), 'evalgraph-hostile-'));
  const cases: Readonly<Record<string, { readonly make: (at: string) => void; readonly message: RegExp }>> = {
    'samples that are a link to a device': {
      make: (at) => {
        writeFileSync(join(at, 'results.json'), results(['t']));
        symlinkSync('/dev/zero', join(at, 'samples_t.jsonl'));
      },
      message: /samples_t\.jsonl is a device or a link to one/,
    },
    'samples that are a pipe': {
      make: (at) => {
        writeFileSync(join(at, 'results.json'), results(['t']));
        execFileSync('mkfifo', [join(at, 'samples_t.jsonl')]);
      },
      message: /samples_t\.jsonl is a named pipe/,
    },
    'a results file of 100 GB': {
      make: (at) => {
        writeFileSync(join(at, 'results.json'), '');
        truncateSync(join(at, 'results.json'), 100e9);
      },
      message: /results\.json has 100000000000 bytes/,
    },
    'a results file that is a folder': {
      make: (at) => mkdirSync(join(at, 'results.json')),
      message: /holds no results file/,
    },
    'results that are nested without end': {
      make: (at) => writeFileSync(join(at, 'results.json'), `{"results": ${'['.repeat(5e6)}, "config":`),
      message: /results\.json/,
    },
    'folders within folders': {
      make: (at) => mkdirSync(join(at, ...Array.from({ length: 200 }, () => 'd')), { recursive: true }),
      message: /folders deep/,
    },
    'a thousand damaged results files': {
      make: (at) => {
        for (let no = 0; no < 1000; no += 1)
          writeFileSync(join(at, `results_${no}.json`), '{"results": {}, "config": ');
      },
      message: /^(?=[\s\S]*990 more problems)(?![\s\S]*(?:results_\d+\.json[\s\S]*){40})/,
    },
    'a samples file of 30 GB': {
      make: (at) => {
        writeFileSync(join(at, 'results.json'), results(['t']));
        writeFileSync(join(at, 'samples_t_2026-01-01T00-00-00.jsonl'), '');
        truncateSync(join(at, 'samples_t_2026-01-01T00-00-00.jsonl'), 30e9);
      },
      message: /samples_t_\S+ has 30000000000 bytes; a samples file has at most/,
    },
    'groups that hold each other': {
      make: (at) =>
        writeFileSync(
          join(at, 'results.json'),
          results(['a', 'b']).replace('{', '{"group_subtasks": {"a": ["b"], "b": ["a"]}, '),
        ),
      message: /results\.json has groups that hold each other.*: a, b\./,
    },
    'a task that is called __proto__': {
      make: (at) => writeFileSync(join(at, 'results.json'), results(['__proto__'])),
      message: /results\.json has a task or group '__proto__', which no pipeline can name/,
    },
    'a task that the pipeline cannot name': {
      make: (at) => writeFileSync(join(at, 'results.json'), results(['../../x'])),
      message: /^results\.json has a task or group '\.\.\/\.\.\/x'(?![\s\S]*pipeline\.yaml)/,
    },
  };
  it.each(Object.entries(cases))('of %s ends with a message and leaves nothing', async (_, {
    make,
    message,
  }) => {
    const at = folder();
    make(at);
    const before = readdirSync(join(root, 'pipelines'));
    expectMessage(await evalgraph(root, 'import', at, '--pipeline', 'got'), message);
    expect(readdirSync(join(root, 'pipelines'))).toEqual(before);
    expect(existsSync(join(root, 'results/got'))).toBe(false);
  });
});

describe.skipIf(!isLinux)('a checkpoint', () => {
  const bomb: Readonly<Record<string, (path: string) => void>> = {
    'a link to a device': (path) => symlinkSync('/dev/zero', path),
    'a pipe': (path) => execFileSync('mkfifo', [path]),
  };
  it.each(Object.entries(bomb))('whose tokenizer is %s is refused', async (_, make) => {
    const workspace = makeWorkspace();
    const path = join(workspace.root, 'models/pruned/tokenizer.json');
    execFileSync('rm', [path]);
    make(path);
    const ended = await evalgraph(workspace.root, 'lock');
    expectMessage(ended, /tokenizer\.json/);
  });

  it('whose index names 200,000 shards that are not there is refused, with the first of them', async () => {
    const workspace = makeWorkspace();
    const folder = join(workspace.root, 'models/pruned');
    execFileSync('rm', [join(folder, 'model.safetensors')]);
    const shards = Array.from({ length: 200_000 }, (_, no) => [`w${no}`, `f${no}.safetensors`] as const);
    const index = { metadata: {}, weight_map: Object.fromEntries(shards) };
    writeFileSync(join(folder, 'model.safetensors.index.json'), JSON.stringify(index));
    const ended = await evalgraph(workspace.root, 'lock');
    expectMessage(ended, /lacks: f0\.safetensors.* and 199,990 more\./);
    expect(ended.text.length).toBeLessThan(3_000);
  });
});

describe('names that objects have', () => {
  const NAMES = ['constructor', 'toString', 'hasOwnProperty', 'valueOf'];

  it('as tasks and groups are imported and reported like any other', async () => {
    const { root, read } = makeWorkspace();
    const at = mkdtempSync(join(tmpdir(), 'evalgraph-names-'));
    const rows = NAMES.map(
      (name) => `${JSON.stringify(name)}: {"alias": ${JSON.stringify(name)}, "acc,none": 0.5}`,
    );
    const file = `{"results": {${rows.join(',')}, "plain": {"acc,none": 0.25}},
      "group_subtasks": {"constructor": ["toString", "plain"]},
      "config": {"model": "hf", "model_args": "pretrained=a/b"}}`;
    writeFileSync(join(at, 'results.json'), file);
    const lines: string[] = [];
    await importCommand(root, [at, '--pipeline', 'got'], (line) => lines.push(line));
    const plan = planPipeline(root, 'got', 'full');
    await runReport(root, plan, plannedEngine(plan));
    const text = read('results/got/report/report.md');
    for (const name of ['constructor', 'hasOwnProperty', 'valueOf']) expect(text).toContain(name);
    expect(text).not.toMatch(/native code|\[object Object\]/);
  });

  const PLACES = ['task', 'group', 'metric', 'model', 'column'] as const;
  const STRANGE = [
    ...NAMES,
    '__proto__',
    '',
    ' ',
    '.',
    '..',
    '../../up',
    'a/b',
    'a\\b',
    'a\u001b[31mb',
    'a\u0000b',
    'a\u202eb',
    'a\ud800b',
    'a,none',
    '<script>alert(1)</script>',
    '|a|',
    '=1+1',
    'n'.repeat(10_000),
  ];
  const named = (place: (typeof PLACES)[number], name: string): object => {
    const task = place === 'task' ? name : 'plain';
    const metric = place === 'metric' ? `${name},none` : 'acc,none';
    const results = Object.fromEntries([
      [task, { alias: task, [metric]: 0.5 }],
      ...(place === 'group' ? [[name, { 'acc,none': 0.5 }]] : []),
      ['other', { 'acc,none': 0.25, ...(place === 'column' ? { [name]: 0.125 } : {}) }],
    ]);
    return {
      results,
      ...(place === 'group' ? { group_subtasks: Object.fromEntries([[name, ['other', task]]]) } : {}),
      config: { model: 'hf', model_args: `pretrained=${place === 'model' ? name : 'a/b'}` },
    };
  };

  it.each(PLACES)('and stranger ones as a %s end in a message, or pass every command', async (place) => {
    const at = mkdtempSync(join(tmpdir(), 'evalgraph-names-'));
    let passed = 0;
    for (const name of STRANGE) {
      const { root } = makeWorkspace();
      writeFileSync(join(at, 'results.json'), JSON.stringify(named(place, name)));
      const lines: string[] = [];
      const print = (line: string): void => void lines.push(line);
      try {
        await importCommand(root, [at, '--pipeline', 'got'], print);
        const plan = planPipeline(root, 'got', 'full');
        const { id } = plan.cells[0] ?? { id: '' };
        await reportCommand(root, ['got'], print);
        await showCommand(root, ['got'], print);
        await exportCommand(root, ['got', '--to', mkdtempSync(join(tmpdir(), 'evalgraph-out-'))], print);
        await whyCommand(root, [`got/${id}`], print);
        passed += 1;
      } catch (error) {
        if (!(error instanceof UserError))
          throw new Error(`${JSON.stringify(name)} as a ${place}`, { cause: error });
        expect(error.message.length).toBeLessThan(3_000);
      }
      expect(lines.join('\n')).not.toMatch(/native code|\[object Object\]|undefined/);
    }
    // Names that objects have are names like any other.
    expect(passed).toBeGreaterThanOrEqual(NAMES.length);
  });
});
