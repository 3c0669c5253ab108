/**
 * The names of tokenizer classes that known-classes.ts holds, against the tables of the installed transformers.
 *   EVALGRAPH_PYTHON=.venv/bin/python npx vitest run packages/tokenizer/test/known-classes.test.ts
 */
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { NEEDS_PYTHON, judgePython as python } from '../../formats/test/judges.ts';
import {
  CLASS_ALIASES,
  KNOWN_CLASSES,
  MISNAMED_MODEL_TYPES,
  REGISTERED_CLASSES,
} from '../src/known-classes.ts';

const TIMEOUT_MS = 300_000;

interface Tables {
  readonly classes: readonly string[];
  readonly aliases: Readonly<Record<string, string>>;
  readonly misnamed: readonly string[];
  readonly registered: Readonly<Record<string, string>>;
}

describe.skipIf(python === undefined)(`names of tokenizer classes (${NEEDS_PYTHON})`, () => {
  it(
    'are those of transformers',
    () => {
      const script = join(import.meta.dirname, 'known_classes.py');
      const stdio = ['ignore', 'pipe', 'ignore'] as const;
      const unknown = 'NoSuchTokenizer';
      const text = execFileSync(python ?? '', [script, unknown, ...KNOWN_CLASSES], { stdio: [...stdio] });
      const { classes, aliases, misnamed, registered } = JSON.parse(String(text)) as Tables;
      expect([...KNOWN_CLASSES].sort()).toEqual(classes);
      expect(Object.fromEntries(CLASS_ALIASES)).toEqual(aliases);
      expect([...MISNAMED_MODEL_TYPES].sort()).toEqual(misnamed);
      expect(Object.fromEntries(REGISTERED_CLASSES)).toEqual(registered);
    },
    TIMEOUT_MS,
  );
});
