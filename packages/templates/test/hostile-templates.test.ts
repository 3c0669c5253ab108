/**
 * A template of a stranger ends in a text or a message, whatever it asks for: each file of hostile-templates/ is
 * rendered in one process, as a task's template and as a checkpoint's, within 2 GB of memory and a time limit.
 */
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { isolateWithin } from '../src/chat/isolated-chat.ts';
import { chatTemplateOf, isolatedChatTemplate } from '../src/index.ts';
import { PythonError } from '../src/python/value.ts';

const MAX_MEMORY_MB = 2048;
const TIMEOUT_MS = 10 * 60_000;
/** Without the fuzzing of CI every eighth template is enough. */
const EVERY = process.env['EVALGRAPH_FUZZ_RUNS'] === undefined ? 8 : 1;

interface Row {
  readonly name: string;
  readonly kind: string;
  readonly end: string;
  readonly memoryMb: number;
}

describe('hostile templates', () => {
  it(
    'end in a text or a message, and the process goes on',
    () => {
      const folder = fileURLToPath(new URL('./hostile-templates', import.meta.url));
      const script = fileURLToPath(new URL('./hostile-templates.ts', import.meta.url));
      const { stdout, stderr, status } = spawnSync(
        process.execPath,
        ['--max-old-space-size=1024', '--conditions=evalgraph-source', script, folder, String(EVERY)],
        { encoding: 'utf8', timeout: TIMEOUT_MS },
      );
      expect(status, stderr).toBe(0);
      const rows = stdout
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line) as Row);
      expect(rows.length).toBe(2 * Math.ceil(readdirSync(folder).length / EVERY));
      expect(rows.filter(({ end }) => !/^(?:text|message) /.test(end))).toEqual([]);
      expect(rows.filter(({ memoryMb }) => memoryMb >= MAX_MEMORY_MB)).toEqual([]);
      const messages = rows.filter(({ kind, end }) => kind === 'chat' && end.startsWith('message'));
      expect(messages.filter(({ end }) => !/models\/stranger|^.{200}/.test(end))).toEqual([]);
    },
    TIMEOUT_MS,
  );
});

const extra = { variables: { bos_token: '<s>' }, now: new Date(0) };
const USER = [{ role: 'user', content: 'Hi' }] as const;

describe('the thread of chat templates', () => {
  it('gives what the template gives, and its errors with the checkpoint', () => {
    const template = "{{ bos_token }}{% for m in messages %}{{ m.role ~ ': ' ~ m.content }}{% endfor %}";
    const isolated = isolatedChatTemplate(template, extra, { checkpoint: 'models/a' });
    expect(isolated(USER, true)).toBe(chatTemplateOf(template, extra)(USER, true));
    const broken = isolatedChatTemplate('{{ raise_exception("no") }}', extra, { checkpoint: 'models/b' });
    expect(() => broken(USER, true)).toThrow(/no \(in the chat template of models\/b\)/);
    expect(() => broken(USER, true)).toThrow(PythonError);
  });

  it('is ended at its deadline, with a message that names the checkpoint; other templates go on', () => {
    const loops = '{% for i in range(99999) %}{% for j in range(99999) %}{% endfor %}{% endfor %}';
    const slow = isolatedChatTemplate(loops, extra, { checkpoint: 'models/slow', deadlineMs: 1 });
    expect(() => slow(USER, true)).toThrow(/the chat template of models\/slow takes more than/);
    expect(() => slow(USER, true)).toThrow(/models\/slow/);
    const fine = isolatedChatTemplate('{{ messages[0].content }}', extra, { checkpoint: 'models/fine' });
    expect(fine(USER, true)).toBe('Hi');
  });

  it('is ended where it takes more memory than it has, with a message that names the checkpoint', () => {
    const isolated = isolateWithin(16);
    const greedy =
      '{% set ns = namespace(l=[]) %}{% for i in range(7) %}{% set ns.l = [ns.l, [1] * 900000] %}{% endfor %}done';
    const large = isolated(greedy, extra, { checkpoint: 'models/large', deadlineMs: 2_000 });
    expect(() => large(USER, true)).toThrow(
      /the chat template of models\/large takes .* more memory than 16 MB/,
    );
    const roomy = isolatedChatTemplate(greedy, extra, { checkpoint: 'models/large' });
    expect(roomy(USER, true)).toBe('done');
    const fine = isolated('{{ messages[0].content }}', extra, { checkpoint: 'models/fine' });
    expect(fine(USER, true)).toBe('Hi');
  });
});
