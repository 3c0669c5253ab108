/** Jinja2, as lm-eval sets it up, is the judge: cases/make_cases.py, and lm-eval's own templates where they are. */
import { existsSync, readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { type PyDict, type PyList, type PyValue, parsePythonJson } from '@evalgraph/formats';
import { describe, expect, it } from 'vitest';
import { renderTemplate } from '../src/jinja/render.ts';
import { MAX_STEPS } from '../src/python/meter.ts';
import { PythonError } from '../src/python/value.ts';

function render(template: string, doc: PyDict): string | null {
  try {
    return renderTemplate(template, doc);
  } catch (error) {
    if (error instanceof PythonError) return null;
    throw error;
  }
}

const dict = (value: PyValue | undefined): PyDict => value as PyDict;
const list = (value: PyValue | undefined): PyList => value as PyList;

describe('templates', () => {
  const file = dict(parsePythonJson(readFileSync(new URL('./cases/jinja.json', import.meta.url), 'utf8')));
  for (const entry of list(file.get('cases'))) {
    const [template, expected] = list(entry);
    it(String(template), () => {
      expect(render(String(template), dict(file.get('doc')))).toBe(dict(expected).get('value') ?? null);
    });
  }

  it('cannot hang or fill the memory', () => {
    const doc = new Map();
    expect(() => renderTemplate(`{{ range(${MAX_STEPS + 1}) }}`, doc)).toThrow(PythonError);
    const loops = '{% for a in range(2000) %}{% for b in range(2000) %}{{ b }}{% endfor %}{% endfor %}';
    expect(() => renderTemplate(loops, doc)).toThrow(/steps|takes more than/);
    expect(() => renderTemplate("{{ 'x' * 1000000000 }}", doc)).toThrow(PythonError);
    expect(() => renderTemplate('{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}', doc)).toThrow(/deeply/);
  });
});

const shared = new URL('../../../../shared/jinja-cases.jsonl.gz', import.meta.url);

describe("lm-eval's templates", () => {
  it.skipIf(!existsSync(shared))('render as in Python (skipped where ../shared is absent)', () => {
    const lines = gunzipSync(readFileSync(shared)).toString('utf8').trimEnd().split('\n');
    const different = new Set<string>();
    let cases = 0;
    for (const line of lines) {
      const row = dict(parsePythonJson(line));
      const template = String(row.get('template'));
      for (const entry of list(row.get('cases'))) {
        const [doc, expected] = list(entry);
        cases += 1;
        if (render(template, dict(doc)) !== (typeof expected === 'string' ? expected : null))
          different.add(template);
      }
    }
    expect(lines.length).toBe(950);
    expect(cases).toBeGreaterThan(11_000);
    expect([...different]).toEqual([]);
  });
});
