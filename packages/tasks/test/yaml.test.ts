/** PyYAML is the judge of scalars and structure (cases/make_yaml.py); positions and errors are ours. */
import { readFileSync } from 'node:fs';
import { MAX_YAML_TOKENS, UserError } from '@evalgraph/formats';
import { repr } from '@evalgraph/templates';
import { describe, expect, it } from 'vitest';
import { at, toValue } from '../src/yaml/node.ts';
import { readYaml } from '../src/yaml/read.ts';

const cases: readonly (readonly [string, string])[] = JSON.parse(
  readFileSync(new URL('./cases/yaml.json', import.meta.url), 'utf8'),
);

const noFunction = (): never => {
  throw new Error('no function here');
};

describe('yaml', () => {
  for (const [text, expected] of cases) {
    it(JSON.stringify(text), () => {
      const wrapped = !text.includes('\n') || /^[|>"]/.test(text) ? `v: ${text}` : text;
      // A list at the top is no task file: it is put below a key.
      const source = /^-/.test(wrapped) ? `v:\n${wrapped}` : wrapped;
      const value = repr(toValue(readYaml('case.yaml', source), noFunction));
      expect(value).toBe(/^-/.test(wrapped) ? `{'v': ${expected}}` : expected);
    });
  }

  it('keeps functions and knows where values stand', () => {
    const map = readYaml('t.yaml', 'task: x\nprocess_docs: !function utils.process_docs\n');
    const node = map.entries.get('process_docs')?.value;
    expect(node?.kind === 'function' ? node.name : null).toBe('utils.process_docs');
    const position = node === undefined ? null : at(node);
    expect(position).toMatchObject({ file: 't.yaml', line: 2, column: 25 });
    expect(position?.excerpt).toContain('^^^');
  });

  it('refuses a text of too many words, and shows the first errors of many', () => {
    expect(() => readYaml('t.yaml', `a: [${'1,'.repeat(MAX_YAML_TOKENS)}]`)).toThrow(
      `t.yaml has more than ${MAX_YAML_TOKENS} words and signs`,
    );
    try {
      readYaml('t.yaml', `a: [${','.repeat(50_000)}]`);
      expect.unreachable();
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      expect(error.problems.map(({ code }) => code)).toEqual(Array(10).fill('yaml-syntax'));
    }
  });

  it('reports syntax, tags, aliases and shape with a position', () => {
    for (const [text, code] of [
      ['a: [1', 'yaml-syntax'],
      ['a: !python/object x', 'yaml-tag'],
      ['a: *b', 'yaml-alias'],
      ['- 1', 'yaml-not-a-map'],
      ['? [a]\n: b', 'yaml-key'],
    ] as const) {
      try {
        readYaml('t.yaml', text);
        expect.unreachable(text);
      } catch (error) {
        if (!(error instanceof UserError)) throw error;
        expect(error.problems.map((problem) => problem.code)).toContain(code);
        expect(error.problems[0]?.at?.line).toBe(1);
      }
    }
  });
});
