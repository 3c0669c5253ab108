/** A Python program in which each kind of token stands whose signs `normalizePython` must not take for another's. */
export const PYTHON_LINES = [
  'import re',
  '',
  'HINT = "# no comment"',
  "BLOCK = '''first  ",
  '# text',
  "  last'''",
  'def clean(doc):',
  '    value = doc["a"] + \\',
  '        doc["b"]',
  '    return re.sub(r"\\"#", \'\', value)',
];

export const PYTHON_PROGRAM: string = PYTHON_LINES.join('\n');

export interface PythonEdit {
  readonly at: number;
  readonly sign: string;
  readonly text: string;
}

/** The program with one sign replaced: every place, and every sign that begins or ends a token of another kind. */
export const PYTHON_EDITS: readonly PythonEdit[] = [...PYTHON_PROGRAM].flatMap((old, at) =>
  ['x', '"', "'", '\\', '#', '\n', ' ']
    .filter((sign) => sign !== old)
    .map((sign) => ({
      at,
      sign,
      text: PYTHON_PROGRAM.slice(0, at) + sign + PYTHON_PROGRAM.slice(at + 1),
    })),
);
