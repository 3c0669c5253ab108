/**
 * The Python file that a `!function` names, in a form that two files share only where Python runs the same program:
 * line ends, comments, blank lines and white space at the ends of lines are left out, everything else stays.
 */
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { sha256Hex, universalNewlines } from '@evalgraph/formats';
import { folderOf } from '../yaml/folder.ts';

/** lm-eval's largest has 90 kB; what is larger is no task's module, and is not read. */
const MAX_PYTHON_BYTES = 1_000_000;

/** Two lines in which Python looks for the encoding of a file. */
const CODING_LINES = 2;
const CODING = /^[ \t\f]*#.*?coding[:=][ \t]*([-\w.]+)/;
const UTF8 = /^utf[-_]?8(?:-sig)?$/i;

export interface PythonSource {
  readonly file: string;
  /** sha256 of the normalised text; null where the file is no Python that can be read. */
  readonly digest: string | null;
}

/** The file that lm-eval looks into first: `utils.process_docs` in a/b.yaml is process_docs of a/utils.py. */
export function pythonFile(name: string, yamlFile: string): string {
  const modules = name.slice(0, Math.max(name.lastIndexOf('.'), 0));
  return join(folderOf(yamlFile), `${modules.replaceAll('.', '/')}.py`);
}

/** null where no such file lies beside the YAML: then the name is that of an installed module. */
export function pythonSource(name: string, yamlFile: string): PythonSource | null {
  const file = pythonFile(name, yamlFile);
  const found = statSync(file, { throwIfNoEntry: false });
  if (found === undefined) return null;
  if (!found.isFile() || found.size > MAX_PYTHON_BYTES) return { file, digest: null };
  const text = normalizePython(readFileSync(file));
  return { file, digest: text === null ? null : sha256Hex(text) };
}

/** null: no UTF-8, or said to be in another encoding. */
export function normalizePython(bytes: Uint8Array): string | null {
  let text: string;
  try {
    // The decoder takes a byte-order mark away, as Python does.
    text = universalNewlines(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    return null;
  }
  for (const line of text.split('\n', CODING_LINES)) {
    const coding = CODING.exec(line)?.[1];
    if (coding !== undefined && !UTF8.test(coding)) return null;
  }
  return withoutComments(text);
}

/** Strings are copied as they are, with the line breaks in them; so is what stands after a backslash. */
const TOKEN = /#[^\n]*|"""|'''|"|'|\\[\s\S]|\n|[^#"'\\\n]+/g;

function withoutComments(text: string): string {
  const lines: string[] = [];
  let line = '';
  /** White space before this place of the line is a string's or stands after a backslash. */
  let kept = 0;
  TOKEN.lastIndex = 0;
  for (let match = TOKEN.exec(text); match !== null; match = TOKEN.exec(text)) {
    const [token] = match;
    if (token === '\n') {
      lines.push(endOfLine(line, kept));
      line = '';
      kept = 0;
    } else if (token.startsWith('#')) {
      // A comment is no part of the program.
    } else if (token.startsWith('\\')) {
      line += token;
      kept = line.length;
    } else if (/^["']/.test(token)) {
      const end = endOfString(text, TOKEN.lastIndex, token);
      line += token + text.slice(TOKEN.lastIndex, end);
      kept = line.length;
      TOKEN.lastIndex = end;
    } else line += token;
  }
  lines.push(endOfLine(line, kept));
  return lines.filter((one) => one !== '').join('\n');
}

function endOfLine(line: string, kept: number): string {
  return line.slice(0, kept) + line.slice(kept).replace(/[ \t\f]+$/, '');
}

/** The offset after the closing quote, or at the line's end: Python refuses a one-line string without its quote. */
function endOfString(text: string, from: number, quote: string): number {
  let at = from;
  while (at < text.length) {
    if (text[at] === '\\') at += 2;
    else if (text.startsWith(quote, at)) return at + quote.length;
    else if (quote.length === 1 && text[at] === '\n') return at;
    else at += 1;
  }
  return text.length;
}
