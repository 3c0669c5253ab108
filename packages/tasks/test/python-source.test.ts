/** What counts as the same Python, and what a name without Python means. Judged by CPython in functions-judge.test.ts. */
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { UserError } from '@evalgraph/formats';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fuzz } from '../../formats/test/fuzz-support.ts';
import { normalizePython } from '../src/functions/source.ts';
import { openTaskLibrary } from '../src/index.ts';
import { PYTHON_EDITS, PYTHON_LINES, PYTHON_PROGRAM } from './python-lines.ts';

const text = (source: string): string | null => normalizePython(new TextEncoder().encode(source));

const BLOCK_START = 3;
const BLOCK_END = 5;
/** After these lines nothing may stand: they end inside a text or with a backslash. */
const OPEN = new Set([3, 4, 7]);

describe('Python text', () => {
  it('stays the same with other line ends, comments, blank lines and white space at the ends of lines', () => {
    const base = text(PYTHON_PROGRAM);
    const end = fc.constantFrom('', '  ', '\t', ' # why', "  # \"quoted\" '''");
    const between = fc.constantFrom('', '\n', '# a comment\n', '    # indented\n', ' \t\n');
    const edits = fc.tuple(
      ...PYTHON_LINES.map((_, at) =>
        fc.tuple(OPEN.has(at) ? fc.constant('') : end, OPEN.has(at) ? fc.constant('') : between),
      ),
    );
    fc.assert(
      fc.property(edits, fc.constantFrom('\n', '\r\n', '\r'), fc.boolean(), (added, newline, mark) => {
        const edited = PYTHON_LINES.map((line, at) => `${line}${added[at]?.[0]}\n${added[at]?.[1]}`).join('');
        expect(text((mark ? '\ufeff' : '') + edited.replaceAll('\n', newline))).toBe(base);
      }),
      fuzz(200),
    );
  });

  it('is another one when any sign of it that Python reads changes', () => {
    const base = text(PYTHON_PROGRAM);
    // The line feed before an empty line may be white space or a comment: what follows stands on a line of its own.
    const emptyLine = PYTHON_PROGRAM.indexOf('\n\n');
    const same = PYTHON_EDITS.filter((edit) => text(edit.text) === base);
    expect(same.map(({ at, sign }) => [at, sign])).toEqual([
      [emptyLine, '#'],
      [emptyLine, ' '],
    ]);
    const within = PYTHON_LINES.map((line, at) =>
      at >= BLOCK_START && at < BLOCK_END ? `${line} ` : line,
    ).join('\n');
    expect(text(within)).not.toBe(base);
    expect(text(PYTHON_PROGRAM.replace('\\\n        doc', '\\\n\n        doc'))).not.toBe(base);
    expect(text(PYTHON_PROGRAM.replace('\\\n        doc', '\\\n# c\n        doc'))).not.toBe(base);
    expect(text(PYTHON_PROGRAM.replace('    return', '  return'))).not.toBe(base);
  });

  it('is none in another encoding', () => {
    expect(text('# -*- coding: latin-1 -*-\nx = 1\n')).toBeNull();
    expect(text('#!/usr/bin/python\n# vim: set fileencoding=cp1252 :\nx = 1\n')).toBeNull();
    expect(text('# -*- coding: utf-8 -*-\nx = 1\n')).toBe('x = 1');
    expect(normalizePython(Uint8Array.of(0x78, 0xff))).toBeNull();
  });
});

const TASK = `task: own
dataset_path: json
test_split: test
output_type: multiple_choice
doc_to_choice: "{{choices}}"
doc_to_text: "{{q}}"
doc_to_target: 0
`;

function resolved(
  name: string,
  python: Readonly<Record<string, string>>,
  folder = 'tasks',
): string | string[] {
  const root = join(mkdtempSync(join(tmpdir(), 'own-python-')), folder);
  mkdirSync(root, { recursive: true });
  writeFileSync(join(root, 'own.yaml'), `${TASK}process_docs: !function ${name}\n`);
  for (const [file, content] of Object.entries(python)) {
    mkdirSync(join(root, file, '..'), { recursive: true });
    writeFileSync(join(root, file), content);
  }
  try {
    const node = openTaskLibrary({ folders: [root] }).resolve('own');
    return node.kind === 'task' ? (node.config.processDocs?.name ?? '') : '';
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return error.problems.map(({ code, message }) => `${code}: ${message.replace(root, '')}`);
  }
}

describe('a function of a task file', () => {
  it.each([
    'hellaswag.process_docs',
    'lm_eval.tasks.hellaswag.utils.process_docs',
  ])('%s names the port where no Python is', (name) =>
    expect(resolved(name, {})).toBe('hellaswag/utils.process_docs'));

  it.each([
    'utils.process_docs',
    'process_docs',
    'hellaswag/utils.process_docs',
    'toString.process_docs',
    '.',
    '..x',
  ])('%s names nothing where no Python is, in whatever folder', (name) => {
    for (const folder of ['tasks', 'hellaswag', 'hellaswag_de']) {
      expect(resolved(name, {}, folder)).toEqual([
        expect.stringMatching(/^unknown-function: .*no such file/),
      ]);
    }
  });

  it.each([
    ['utils.process_docs', 'utils.py', 'def process_docs(dataset):\n    return dataset\n'],
    ['hellaswag.process_docs', 'hellaswag.py', 'def process_docs(dataset):\n    return dataset\n'],
    ['utils.process_docs', 'utils.py', 'from lm_eval.tasks.hellaswag.utils import process_docs\n'],
    ['utils.process_docs', 'utils.py', ''],
    ['utils.process_docs', 'utils.py/folder.txt', ''],
    [
      'lm_eval.tasks.hellaswag.utils.process_docs',
      'lm_eval/tasks/hellaswag/utils.py',
      'process_docs = list\n',
    ],
  ])('%s is the Python beside it, %s, and refused: its text is no original', (name, file, python) => {
    const [problem] = resolved(name, { [file]: python });
    expect(problem).toMatch(
      /^unknown-function: !function \S+ \(process_docs\) is the Python of \/.*\.py; this text/,
    );
  });
});
