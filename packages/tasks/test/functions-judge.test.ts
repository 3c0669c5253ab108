/**
 * CPython is the judge of what stands in for Python: over all of lm-eval's task folders a function has a port exactly
 * where its syntax tree is the original's, and what has one computes the same on made-up documents, errors included.
 */
import { spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { PyFloat, parsePythonJson, sha256Hex } from '@evalgraph/formats';
import { type Dict, isDict, PyTuple, PythonError, type Value } from '@evalgraph/templates';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fuzz } from '../../formats/test/fuzz-support.ts';
import { NEEDS_PYTHON, judgePython as python } from '../../formats/test/judges.ts';
import { portOfOriginal } from '../src/functions/originals.ts';
import type { Port } from '../src/functions/port.ts';
import { PORTS, pythonName } from '../src/functions/registry.ts';
import { normalizePython } from '../src/functions/source.ts';
import { openTaskLibrary } from '../src/index.ts';
import { PYTHON_EDITS, PYTHON_PROGRAM } from './python-lines.ts';

const tasks = python === undefined ? null : lmEvalTasks(python);

/** null: no lm-eval beside this Python. */
function lmEvalTasks(program: string): string | null {
  const code = "import importlib.util as u; print(u.find_spec('lm_eval').origin)";
  const { status, stdout } = spawnSync(program, ['-c', code], { encoding: 'utf8' });
  return status === 0 ? join(dirname(stdout.trim()), 'tasks') : null;
}

/** `copa/utils.doc_to_text` -> super_glue/copa/utils.py */
const moduleOf = (port: string): string => `${pythonName(port).split('.').slice(2, -1).join('/')}.py`;

function pythonModules(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.py'))
    .sort();
}

// Made-up documents ------------------------------------------------------------------------------------------------

const PIECES = [
  ...[
    '_',
    ' _ ',
    ' _.',
    '. ',
    ' [title]',
    '[x]',
    '  ',
    'Élan',
    'ß',
    'İx',
    'ŉ',
    'ǆ',
    'a',
    'B b',
    '\u00a0',
    '\n',
  ],
  ...[
    '\u2028',
    '\u0085',
    '= =',
    ' @-@ ',
    '( x )',
    '" q "',
    " 's",
    ' N ',
    "/' 5/",
    '{ }',
    '0',
    '.',
    ',',
    '😀',
    '',
  ],
];
const text = fc.array(fc.constantFrom(...PIECES), { maxLength: 8 }).map((pieces) => pieces.join(''));
const fields = <T extends Record<string, fc.Arbitrary<unknown>>>(of: T) => fc.record(of).map((doc) => [doc]);
const winogrande = fields({
  sentence: text,
  option1: text,
  option2: text,
  answer: fc.constantFrom('1', '2', '', '3'),
});
const problem = fc.record({
  question: fc.tuple(text, fc.constantFrom('', '  _  .', ' _ .')).map((two) => two.join('')),
  options: fc.array(text, { minLength: 3, maxLength: 4 }),
  answer: fc.constantFrom('A', 'B', 'C', 'D'),
});
// JSON's texts are Python literals.
const race = fields({
  article: text,
  problems: fc.array(problem, { maxLength: 3 }).map((list) => JSON.stringify(list)),
});
const copa = fields({
  premise: text,
  question: fc.constantFrom('cause', 'effect', 'other'),
  choice1: text,
  choice2: text,
  label: fc.constantFrom(0, 1),
});
const nats = fc.double({ min: -90, max: -1e-6, noNaN: true });
const mc2 = fc
  .array(fc.tuple(nats, fc.constantFrom(0, 1)), { minLength: 1, maxLength: 7 })
  .map((pairs) => [
    { mc2_targets: { labels: pairs.map(([, label]) => label) } },
    pairs.map(([ll]) => [ll, false]),
  ]);
const hellaswagRow = fc.record({
  ctx_a: text,
  ctx_b: text,
  activity_label: text,
  endings: fc.array(text, { minLength: 2, maxLength: 4 }),
  label: fc.constantFrom('0', '3'),
});
const squad = fc
  .record({
    title: text,
    context: text,
    question: text,
    answers: fc.record({ text: fc.array(text, { maxLength: 2 }) }),
  })
  .chain((doc) => fc.constantFrom('doc_to_text', 'doc_to_target').map((method) => [method, doc]));

const ARGUMENTS: Readonly<Record<string, fc.Arbitrary<readonly unknown[]>>> = {
  copa,
  hellaswag: fc.array(hellaswagRow, { minLength: 30, maxLength: 30 }).map((rows) => [rows]),
  race,
  squadv2: squad,
  truthfulqa: mc2,
  wikitext: fields({ page: text }),
  winogrande,
};

function argumentsOf(port: Port): readonly (readonly unknown[])[] {
  const made = ARGUMENTS[port.name.split('/')[0] ?? ''];
  if (made === undefined) throw new Error(`no documents for ${port.name}`);
  const { seed, numRuns } = fuzz(150);
  // Rows of a data set are asked together.
  const most = port.role === 'process_docs' ? 20 : 1500;
  const drawn = fc.sample(made, { seed, numRuns: Math.min(numRuns, most) });
  return port.name.endsWith('process_results') ? drawn.map((args, at) => [...args, [-0.25 * at - 1]]) : drawn;
}

// What the port gives ----------------------------------------------------------------------------------------------

const toPython = (value: unknown): Value => parsePythonJson(JSON.stringify(value)) as Value;

/** As the judge's JSON has it. */
function plain(value: unknown): unknown {
  if (value instanceof PyFloat) return value.value;
  if (value instanceof PyTuple) return value.items.map(plain);
  if (Array.isArray(value)) return value.map(plain);
  if (isDict(value)) return Object.fromEntries([...value].map(([key, item]) => [String(key), plain(item)]));
  return value;
}

/** A log-likelihood with its flag is a tuple, alone it is a float. */
function result(value: unknown): Value {
  if (!Array.isArray(value)) return new PyFloat(Number(value));
  return new PyTuple([new PyFloat(Number(value[0])), value[1] === true]);
}

function run(port: Port, args: readonly unknown[]): unknown {
  try {
    return { value: plain(called(port, args)) };
  } catch (error) {
    if (!(error instanceof PythonError)) throw error;
    return { error: error.kind };
  }
}

function called(port: Port, args: readonly unknown[]): unknown {
  const [first] = args;
  switch (port.role) {
    case 'field':
      return port.run(toPython(first) as Dict);
    case 'process_docs':
      return port.run(toPython(first) as readonly Dict[]);
    case 'process_results':
      return port.run(toPython(first) as Dict, (args[1] as readonly unknown[]).map(result));
    case 'class':
      return port.task[first === 'doc_to_text' ? 'text' : 'target'](toPython(args[1]) as Dict);
    case 'samples':
      return port.run();
  }
}

/** numpy adds in another order: the last digit of what is no whole number on both sides may differ. */
function expectSame(got: unknown, want: unknown, where: string): void {
  if (
    typeof want !== 'number' ||
    typeof got !== 'number' ||
    (Number.isInteger(want) && Number.isInteger(got))
  ) {
    if (typeof want !== 'object' || want === null) {
      expect(got, where).toEqual(want);
      return;
    }
    expect(Object.keys(got as object).sort(), where).toEqual(Object.keys(want).sort());
    for (const [key, value] of Object.entries(want)) {
      expectSame((got as Record<string, unknown>)[key], value, `${where}.${key}`);
    }
    return;
  }
  expect(Math.abs(got - want), `${where}: ${got} and ${want}`).toBeLessThanOrEqual(1e-12 * Math.abs(want));
}

const LINKED_FIELDS = `dataset_path: json
test_split: test
output_type: multiple_choice
doc_to_choice: "{{choices}}"
doc_to_text: "{{q}}"
doc_to_target: 0
process_docs: !function utils.process_docs
`;

interface Judged {
  readonly differs: readonly string[];
  /** Places in `PYTHON_EDITS` of those that are the same program. */
  readonly same: readonly number[];
  readonly ports: Readonly<Record<string, Readonly<Record<string, string>>>>;
  readonly answers: Readonly<
    Record<
      string,
      { readonly of: string; readonly answers: readonly object[] } | { readonly missing: string }
    >
  >;
}

describe.skipIf(tasks === null)(`ported functions (${NEEDS_PYTHON})`, () => {
  const folder = tasks ?? '';
  // The body of a skipped group is run all the same, to find its tests.
  const modules = tasks === null ? [] : pythonModules(folder);
  const normalized = Object.fromEntries(
    modules.map((module) => [module, normalizePython(readFileSync(join(folder, module)))]),
  );
  const documents = Object.fromEntries(PORTS.map((port) => [port.name, argumentsOf(port)]));
  let judged: Judged | null = null;
  const judge = (): Judged => {
    if (judged !== null) return judged;
    const edits = PYTHON_EDITS.map((edit) => edit.text);
    const originals = PORTS.map(({ name }) => [name, moduleOf(name)]);
    const { status, stdout, stderr } = spawnSync(
      python ?? '',
      [fileURLToPath(new URL('./judge/functions.py', import.meta.url))],
      {
        input: JSON.stringify({ originals, normalized, documents, program: PYTHON_PROGRAM, edits }),
        encoding: 'utf8',
        maxBuffer: 1 << 30,
        env: { ...process.env, HF_HUB_OFFLINE: '1', HF_DATASETS_DISABLE_PROGRESS_BARS: '1' },
      },
    );
    if (status !== 0) throw new Error(stderr);
    judged = JSON.parse(stdout.slice(stdout.indexOf('{"differs"'))) as Judged;
    return judged;
  };

  it('normalizing keeps the program of every Python file of lm-eval', () => {
    expect(judge().differs).toEqual([]);
    expect(modules.length).toBeGreaterThan(500);
  }, 300_000);

  it('normalizing leaves two texts alike only where they are one program', () => {
    const bytes = (source: string): Uint8Array => new TextEncoder().encode(source);
    const base = normalizePython(bytes(PYTHON_PROGRAM));
    const alike = PYTHON_EDITS.flatMap((edit, at) =>
      normalizePython(bytes(edit.text)) === base ? [at] : [],
    );
    expect(alike.length).toBeGreaterThan(0);
    expect(judge().same).toEqual(expect.arrayContaining(alike));
  }, 300_000);

  it('a function has a port where its text is an original, and nowhere else', () => {
    const { ports } = judge();
    for (const module of modules) {
      const source = normalized[module] ?? '';
      const digest = sha256Hex(source);
      const named = [...source.matchAll(/^(?:def|class) (\w+)/gm)].map(([, name = '']) => name);
      const ours = named.flatMap((name) => {
        const port = portOfOriginal(digest, name);
        return port === null ? [] : [[name, port]];
      });
      expect(Object.fromEntries(ours), module).toEqual(ports[module] ?? {});
    }
  }, 300_000);

  it('a port gives what the Python gives', () => {
    const imported = new Set<string>();
    for (const [where, given] of Object.entries(judge().answers)) {
      // Its module imports what is not installed here.
      if ('missing' in given) continue;
      const port = PORTS.find(({ name }) => name === given.of);
      if (port === undefined) throw new Error(given.of);
      imported.add(port.name);
      const asked = documents[port.name] ?? [];
      expect(given.answers.length).toBe(asked.length);
      asked.forEach((args, at) => {
        expectSame(run(port, args), given.answers[at], `${where} ${JSON.stringify(args)}`);
      });
    }
    expect([...imported].sort()).toEqual(PORTS.map(({ name }) => name).sort());
  }, 300_000);

  it('is looked for where lm-eval looks, beside what a linked YAML links to', () => {
    const root = mkdtempSync(join(tmpdir(), 'linked-tasks-'));
    const original = readFileSync(join(folder, 'hellaswag/utils.py'), 'utf8');
    const pythons = { original, own: 'def process_docs(dataset):\n    return dataset\n' };
    for (const [name, text] of Object.entries(pythons)) {
      mkdirSync(join(root, name));
      writeFileSync(join(root, name, 'utils.py'), text);
      writeFileSync(join(root, name, 'fields.inc'), LINKED_FIELDS);
      writeFileSync(join(root, name, 'task.yaml'), `task: ${name}\ninclude: fields.inc\n`);
    }
    mkdirSync(join(root, 'links'));
    writeFileSync(join(root, 'links/utils.py'), pythons.own);
    writeFileSync(join(root, 'links/fields.inc'), 'output_type: generate_until\n');
    symlinkSync('../original/task.yaml', join(root, 'links/task.yaml'));
    symlinkSync('../own/task.yaml', join(root, 'original/link.yaml'));
    const code = `import sys
from lm_eval.tasks._yaml_loader import load_yaml
for path in sys.argv[1:]: print(load_yaml(path)['process_docs'].__code__.co_filename)`;
    const links = ['links/task.yaml', 'original/link.yaml'].map((name) => join(root, name));
    const { stdout, stderr } = spawnSync(python ?? '', ['-c', code, ...links], { encoding: 'utf8' });
    expect(stdout.trim().split('\n'), stderr).toEqual(
      ['original', 'own'].map((name) => realpathSync(join(root, name, 'utils.py'))),
    );
    const node = openTaskLibrary({ folders: [join(root, 'links')] }).resolve('original');
    expect(node.kind === 'task' ? node.config.processDocs?.name : null).toBe('hellaswag/utils.process_docs');
    expect(() => openTaskLibrary({ folders: [join(root, 'original')] }).resolve('own')).toThrow(
      /own\/utils\.py; this text of it has not been ported/,
    );
  }, 300_000);

  it("lm-eval's icelandic_winogrande is refused, its winogrande is not", () => {
    const folders = ['icelandic_winogrande', 'winogrande'].map((name) => join(folder, name));
    expect(folders.every((name) => existsSync(name))).toBe(true);
    const library = openTaskLibrary({ folders });
    expect(library.resolve('winogrande').kind).toBe('task');
    expect(() => library.resolve('icelandic_winogrande')).toThrow(
      /preprocess_winogrande\.py.*has not been ported/,
    );
  });
});
