/**
 * Jinja2 is the judge of templates: cases/make_templates.py writes random ones, of every filter, test, method and
 * statement, in lm-eval's environment and in transformers', with what they rendered to. A file of them is committed;
 * where EVALGRAPH_PYTHON names a Python that has lm-eval, it writes new ones.
 */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type PyDict, type PyValue, parsePythonJson } from '@evalgraph/formats';
import { describe, expect, it } from 'vitest';
import { FUZZ_TIMEOUT_MS, fuzz } from '../../formats/test/fuzz-support.ts';
import { NEEDS_PYTHON, judgePython as python } from '../../formats/test/judges.ts';
import { renderWithChatTemplate } from '../src/chat/chat-template.ts';
import { renderTemplate } from '../src/jinja/render.ts';
import { PythonError, type Value } from '../src/python/value.ts';

function rendered(kind: string, template: string, doc: PyDict): string | PythonError {
  try {
    if (kind === 'task') return renderTemplate(template, new Map(doc));
    return renderWithChatTemplate(template, doc as ReadonlyMap<string, Value>, new Date());
  } catch (error) {
    if (error instanceof PythonError) return error;
    throw error;
  }
}

interface Judged {
  /** Lines that differ, each with our answer. */
  readonly differing: readonly string[];
  /** Of what Jinja2 renders, what is refused here by name. */
  readonly refused: readonly string[];
  readonly total: number;
}

function judged(lines: string): Judged {
  const [first = '', ...rows] = lines.trimEnd().split('\n');
  const doc = parsePythonJson(first) as PyDict;
  const differing: string[] = [];
  const refused: string[] = [];
  for (const line of rows) {
    const [kind, template, result] = parsePythonJson(line) as readonly PyValue[];
    const expected = (result as PyDict).get('value');
    const got = rendered(String(kind), String(template), doc);
    if (got instanceof PythonError) {
      if (expected === undefined) continue;
      (/ not supported/.test(got.message) ? refused : differing).push(`${line} but ${got.message}`);
    } else if (got !== expected) differing.push(`${line} but ${JSON.stringify(got)}`);
  }
  return { differing, refused, total: rows.length };
}

function expectEqual(lines: string): void {
  const { differing, refused, total } = judged(lines);
  expect(differing).toEqual([]);
  expect(refused.length, refused.slice(0, 20).join('\n')).toBeLessThan(total / 50);
}

describe('templates of everything that Jinja2 has', () => {
  it('render as in Python, or are refused by name', () => {
    expectEqual(readFileSync(new URL('./cases/templates.jsonl', import.meta.url), 'utf8'));
  });

  it.skipIf(python === undefined)(
    `new random ones too (${NEEDS_PYTHON})`,
    () => {
      const { numRuns, seed } = fuzz(300);
      const script = fileURLToPath(new URL('./cases/make_templates.py', import.meta.url));
      const { stdout, stderr, status } = spawnSync(
        python ?? '',
        ['-W', 'ignore', script, String(numRuns), String(seed)],
        { encoding: 'utf8', maxBuffer: 2 ** 28, env: { ...process.env, PYTHONIOENCODING: 'utf8' } },
      );
      expect(status, stderr).toBe(0);
      expectEqual(stdout);
    },
    FUZZ_TIMEOUT_MS,
  );

  it('change a copy of the document, and refuse another template that reads what was changed', () => {
    const doc = new Map<string, Value>([['list', ['a']]]);
    const append = "{% set _ = list.append('b') %}{{ list }}";
    expect(renderTemplate(append, doc)).toBe("['a', 'b']");
    expect(renderTemplate(append, doc)).toBe("['a', 'b']");
    expect(doc.get('list')).toEqual(['a']);
    expect(renderTemplate('{{ 1 }} lists', doc)).toBe('1 lists');
    expect(() => renderTemplate('{{ list }}', doc)).toThrow(/changes the column 'list'/);
  });
});
