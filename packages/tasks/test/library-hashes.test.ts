/**
 * The library's tasks against lm-eval's own task objects: the hashes of every document's samples row and the texts of
 * every request, zero- and few-shot, limited and whole (real/make_library.py). Real rows are skipped where they are
 * absent; the rows in library-data are invented and always there.
 */
import { readFileSync } from 'node:fs';
import { dumpsPython, type PyValue, parsePythonJson, sha256Hex } from '@evalgraph/formats';
import { chatTemplateOf } from '@evalgraph/templates';
import { describe, expect, it } from 'vitest';
import { leafTasks, type PreparedTask, prepareTask, type TextRequest } from '../src/index.ts';
import { cases, hasRows, library, ownRoot, taskWithRows } from './real/library-rows.ts';

interface Run {
  readonly shots: number;
  readonly limit: number | null;
  readonly chat: boolean;
  readonly multiturn: boolean;
  readonly system: boolean;
  readonly docs: number;
  readonly hashes: string;
  readonly requests: string;
}

const expected: Record<string, readonly Run[]> = JSON.parse(
  readFileSync(new URL('./fixtures/library/hashes.json', import.meta.url), 'utf8'),
);
const chatTemplate = chatTemplateOf(
  readFileSync(new URL('./real/chat_template.jinja', import.meta.url), 'utf8'),
  {
    variables: { bos_token: '<s>' },
    now: new Date(0),
  },
);

function textsOf(prepared: PreparedTask, request: TextRequest): PyValue {
  if (request.kind === 'rolling') return [request.text];
  if (request.kind === 'loglikelihood') return [request.context, request.continuation];
  return [request.context, parsePythonJson(prepared.generationJson ?? '{}')];
}

function digests(prepared: PreparedTask): Pick<Run, 'docs' | 'hashes' | 'requests'> {
  const rows = prepared.docs.map(
    (doc) => `${[doc.docId, doc.docHash, doc.promptHash, doc.targetHash].join('\n')}\n`,
  );
  const requests = prepared.docs.map((doc) => {
    const texts = doc.requests.map((request) => textsOf(prepared, request));
    return `${dumpsPython(texts, { indent: null, ensureAscii: false })}\n`;
  });
  return {
    docs: prepared.docs.length,
    hashes: sha256Hex(rows.join('')),
    requests: sha256Hex(requests.join('')),
  };
}

describe('library: hashes and requests', () => {
  it('has expected values for every task', () => {
    const tasks = library
      .names()
      .flatMap((name) => leafTasks(library.resolve(name)).map((task) => task.name));
    expect(Object.keys(expected)).toEqual(expect.arrayContaining([...new Set(tasks)]));
  });

  for (const [name, runs] of Object.entries(expected)) {
    it.skipIf(!hasRows(name))(name, async () => {
      const task = taskWithRows(name);
      for (const run of runs) {
        const prepared = await prepareTask(task, {
          root: ownRoot,
          numFewshot: run.shots,
          limit: run.limit,
          seed: 1234,
          systemInstruction: run.system ? cases.systemInstruction : null,
          applyChatTemplate: run.chat ? chatTemplate : null,
          fewshotAsMultiturn: run.multiturn,
        });
        const { docs, hashes, requests } = run;
        const what = `${run.shots} shots, limit ${run.limit}, chat ${run.chat}, multiturn ${run.multiturn}, system ${run.system}`;
        expect(digests(prepared), what).toEqual({ docs, hashes, requests });
      }
    });
  }
});
