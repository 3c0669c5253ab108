import { expect, test } from 'vitest';
import { defineMessages } from '../src/define-messages.ts';

const at = { file: 'a.yaml', line: 1, column: 2 };
const messages = defineMessages({
  badSeqlen: (seqlen: number) => ({ message: `seqlen is ${seqlen}.`, remedy: 'Lower it.' }),
  notUtf8: (where?: typeof at) => ({ message: 'Not UTF-8.', remedy: undefined, at: where }),
  noPython: {
    unset: () => ({ message: 'No Python is here.' }),
    missing: (path: string) => ({ message: `${path} is no file.` }),
  },
});

test('the code is the name in kebab-case, for every sentence under that name', () => {
  expect(messages.badSeqlen(3)).toStrictEqual({
    code: 'bad-seqlen',
    message: 'seqlen is 3.',
    remedy: 'Lower it.',
  });
  expect(messages.noPython.missing('/x')).toStrictEqual({ code: 'no-python', message: '/x is no file.' });
  expect(messages.noPython.unset().code).toBe('no-python');
  expect([messages.badSeqlen.code, messages.noPython.code]).toStrictEqual(['bad-seqlen', 'no-python']);
  expect(Object.keys(messages.noPython)).toStrictEqual(['unset', 'missing']);
});

test('what is undefined is left out', () => {
  expect(messages.notUtf8()).toStrictEqual({ code: 'not-utf8', message: 'Not UTF-8.' });
  expect(messages.notUtf8(at)).toStrictEqual({ code: 'not-utf8', message: 'Not UTF-8.', at });
});

test('a scope goes before each code', () => {
  const hub = defineMessages({ gated: () => ({ message: 'Gated.' }) }, 'hub');
  expect(hub.gated().code).toBe('hub-gated');
});

test('a remedy that is a getter is computed only where it is asked for', () => {
  let asked = 0;
  const { unknownKey } = defineMessages({
    unknownKey: () => ({
      message: 'There is no such key.',
      get remedy() {
        asked += 1;
        return 'Remove it.';
      },
    }),
  });
  const problem = unknownKey();
  expect(asked).toBe(0);
  expect(problem.remedy).toBe('Remove it.');
});

test('the compiler refuses values of other types, and keys that no problem has', () => {
  const slip = defineMessages({ slip: () => ({ message: 'A slip.', remdy: 'Mend it.' }) });
  // @ts-expect-error: seqlen is a number
  messages.badSeqlen('3');
  // @ts-expect-error: no text with an unknown key can be told
  slip.slip();
});
