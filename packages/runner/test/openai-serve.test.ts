/** The engine `openai` against our own server, and a gateway before several: its numbers are the embedded engine's. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { parseResults, UserError } from '@evalgraph/formats';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { embeddedEngine } from '../../engines/src/embedded/adapter.ts';
import { engineOf } from '../../engines/src/engine-of.ts';
import { openAiEngine } from '../../engines/src/openai/adapter.ts';
import { openAiIdentity } from '../../engines/src/openai/identity.ts';
import { messages, phrases } from '../../engines/src/openai/messages.ts';
import { MAX_ATTEMPTS } from '../../engines/src/openai/retry.ts';
import { type Serving, serveModel } from '../../engines/src/serve/server.ts';
import type { RequestEngine, Session, SessionRequest, SessionResponse } from '../../engines/src/session.ts';
import type { CellOutcome } from '../src/run/cell-attempt.ts';
import { runCells } from '../src/run/cells-run.ts';
import { lineProgress } from '../src/run/progress.ts';
import { planPipeline } from '../src/workspace.ts';
import { reply } from './support/fake-server.ts';
import { answers, patience, SETTINGS, useOf } from './support/openai-client.ts';
import { lock } from './support/run.ts';
import { makeWorkspace, type Workspace } from './support/workspace.ts';

describe('against evalgraph serve', () => {
  const models = ['tiny/step_1', 'tiny/step_2', 'pruned'];
  const servings: Serving[] = [];
  let workspace: Workspace;
  let gateway: Gateway;

  beforeAll(async () => {
    workspace = makeWorkspace();
    const byName = new Map<string, string>();
    for (const model of models) {
      const name = model.split('/').at(-1) ?? model;
      const folder = join(workspace.root, 'models', model);
      const serving = await serveModel({
        ...{ folder, name, host: '127.0.0.1', port: 0, threads: 1 },
        onDefect: (text) => expect.fail(text),
      });
      servings.push(serving);
      byName.set(name, serving.url);
    }
    gateway = await openGateway(byName);
    await lock(workspace.root);
  });

  afterAll(async () => {
    gateway.close();
    for (const serving of servings) await serving.close();
  });

  /** Outcomes by cell. */
  async function evaluate(engine?: RequestEngine): Promise<ReadonlyMap<string, string>> {
    const plan = planPipeline(workspace.root, 't', 'full');
    const progress = lineProgress({ write: () => {} });
    const outcomes: CellOutcome[] = [];
    const named = engine ?? engineOf(plan.pipeline.engine);
    const options = { root: workspace.root, plan, cells: plan.cells, engine: named, progress };
    for await (const outcome of runCells(options)) outcomes.push(outcome);
    return new Map(outcomes.map(({ cell, result }) => [cell.id, result.ok ? result.origin : result.text]));
  }

  function allResults(): ReadonlyMap<string, string> {
    const { cells } = planPipeline(workspace.root, 't', 'full');
    return new Map(cells.map(({ id, output }) => [id, workspace.read(join(output, 'results.json'))]));
  }

  it('gives the embedded engine’s metrics in every cell: choices, groups, texts, pages, windows', async () => {
    await evaluate();
    const want = allResults();
    const file = 'pipelines/t/pipeline.yaml';
    const use = useOf(gateway.url, { model: '{checkpoint}' });
    const engine = `engine: { use: openai, url: "${use.url}", model: "${use.model}", dtype: ${use.dtype} }`;
    workspace.write(file, `${workspace.read(file)}${engine}\n`);
    expect(new Set((await evaluate()).values())).toEqual(new Set(['computed']));
    const found = allResults();
    expect([...found.keys()]).toEqual([...want.keys()]);
    const [cell] = planPipeline(workspace.root, 't', 'full').cells;
    const run = workspace.read(join(cell?.output ?? '', 'run.json'));
    expect(JSON.parse(run)).toMatchObject({ versions: { server: 'evalgraph' } });
    for (const [cell, text] of found) {
      const [ours, theirs] = [parseResults(text, cell), parseResults(want.get(cell) ?? '', cell)];
      expect(ours.engine).toEqual(openAiIdentity(use));
      for (const [task, { metrics }] of Object.entries(theirs.results)) {
        for (const [name, value] of Object.entries(metrics)) {
          const other = ours.results[task]?.metrics[name];
          if (typeof value !== 'number') expect(other, `${cell} ${name}`).toEqual(value);
          else {
            const gap = Math.abs(Number(other) - value) / Math.max(1, Math.abs(value));
            expect(gap, `${cell} ${name}`).toBeLessThan(1e-6);
          }
        }
      }
    }
  });

  it('keeps what was answered when the server falls over, and goes on from there', async () => {
    const want = [...allResults()];
    workspace.edit('pipelines/t/pipeline.yaml', 'dtype: float32', 'dtype: again');
    const { engine } = planPipeline(workspace.root, 't', 'full').pipeline;
    if (engine.use !== 'openai') throw new Error('the pipeline names another engine');
    gateway.pass(30);
    const failed = [...(await evaluate(openAiEngine(engine, patience()))).values()];
    const reason = phrases.status(503, 'upstream is down');
    expect(failed).toContain(
      new UserError(messages.serverFailed(`${gateway.url}/completions`, MAX_ATTEMPTS, reason)).message,
    );
    gateway.pass(Number.POSITIVE_INFINITY);
    const outcomes = [...(await evaluate()).values()];
    expect(new Set(outcomes)).toEqual(new Set(['store', 'resumed', 'computed']));
    for (const [cell, text] of want) {
      const [before, after] = [text, allResults().get(cell) ?? ''].map((json) => parseResults(json, cell));
      for (const [task, { metrics }] of Object.entries(before?.results ?? {})) {
        for (const [name, value] of Object.entries(metrics)) {
          const other = after?.results[task]?.metrics[name];
          if (typeof value !== 'number') expect(other, `${cell} ${name}`).toEqual(value);
          else expect(Math.abs(Number(other) / value - 1 || 0), `${cell} ${name}`).toBeLessThan(1e-6);
        }
      }
    }
  });

  it('gives its log-likelihoods, flags and texts, and counts what it counts', async () => {
    const requests: readonly SessionRequest[] = [
      { kind: 'loglikelihood', context: 'The river runs ', continuation: 'past' },
      { kind: 'loglikelihood', context: 'The river runs', continuation: ' naïve 💧' },
      { kind: 'loglikelihood', context: '', continuation: 'The' },
      { kind: 'loglikelihood', context: 'x'.repeat(300), continuation: ' and on' },
      { kind: 'rolling', text: 'Nobody counts the days. '.repeat(25) },
      { kind: 'window', context: [256, 65], continuation: [66, 67, 200] },
      { kind: 'generate', context: 'The river', until: ['\n'], maxGenToks: 12 },
    ];
    const folder = join(workspace.root, 'models/pruned');
    const ours = await openAiEngine(useOf(gateway.url, { model: 'pruned' })).open(folder, SETTINGS, 1);
    const theirs = await embeddedEngine.open(folder, SETTINGS, 1);
    const text = (await answers(theirs, requests.slice(6))).get(0);
    if (text?.kind !== 'generate') throw new Error('no text');
    // A greedy continuation too, so that both flags occur; and a stop string that really comes.
    const more: readonly SessionRequest[] = [
      ...requests,
      { kind: 'window', context: [84], continuation: [...Buffer.from('he river')] },
      { kind: 'generate', context: 'The river', until: [text.text.slice(2, 4)], maxGenToks: 12 },
      { kind: 'loglikelihood', context: 'The river', continuation: await greedyToken(theirs) },
    ];
    const [found, want] = [await answers(ours, more), await answers(theirs, more)];
    for (const [index, response] of want) expectClose(found.get(index), response, `request ${index}`);
    const flags = [...want.values()].flatMap((each) =>
      each.kind === 'loglikelihood' ? [each.isGreedy] : [],
    );
    expect(new Set(flags)).toEqual(new Set([true, false]));
    const [own, other] = [await ours.count(more), await theirs.count(more)];
    expect({ asked: own.asked, distinct: own.distinct }).toEqual({
      asked: other.asked,
      distinct: other.distinct,
    });
    expect(await ours.encode('a ï')).toEqual(await theirs.encode('a ï'));
    await ours.close();
    await theirs.close();
  });

  it('lists the served models where the name is wrong', async () => {
    const [serving] = servings;
    const use = useOf(`${serving?.url}/v1/`, { model: 'step_9' });
    const session = await openAiEngine(use, patience()).open(
      join(workspace.root, 'models/pruned'),
      SETTINGS,
      1,
    );
    const url = `${serving?.url}/v1/completions`;
    await expect(answers(session, [{ kind: 'window', context: [1], continuation: [2] }])).rejects.toThrow(
      new UserError(messages.unknownServedModel(url, 'step_9', ['step_1'], 'step_1')).message,
    );
    await session.close();
  });
});

/** The single character that the model finds likeliest after 'The river', where it is one byte. */
async function greedyToken(session: Session): Promise<string> {
  const response = (
    await answers(session, [{ kind: 'generate', context: 'The river', until: [], maxGenToks: 1 }])
  ).get(0);
  return response?.kind === 'generate' && response.text !== '' ? response.text : ' ';
}

function expectClose(found: SessionResponse | undefined, want: SessionResponse, label: string): void {
  if (want.kind === 'generate') expect(found, label).toEqual(want);
  else if (want.kind === 'window') {
    if (found?.kind !== 'window') throw new Error(`${label} is no window`);
    expect(found.logProbs.length, label).toBe(want.logProbs.length);
    for (const [i, value] of want.logProbs.entries()) {
      expect(Math.abs((found.logProbs[i] ?? Number.NaN) - value), label).toBeLessThan(1e-5);
    }
  } else {
    if (found?.kind !== want.kind) throw new Error(`${label} is no ${want.kind}`);
    const tolerance = 1e-6 * Math.max(1, Math.abs(want.logLikelihood));
    expect(Math.abs(found.logLikelihood - want.logLikelihood), label).toBeLessThan(tolerance);
    expect({ ...found, logLikelihood: 0 }, label).toEqual({ ...want, logLikelihood: 0 });
  }
}

interface Gateway {
  readonly url: string;
  /** Requests that pass before it falls over. */
  pass(requests: number): void;
  close(): void;
}

/** One address before several servers, each of which serves one model: what a gateway in front of vLLM does. */
async function openGateway(byName: ReadonlyMap<string, string>): Promise<Gateway> {
  let left = Number.POSITIVE_INFINITY;
  const server = createServer(async (request, response) => {
    let body = '';
    for await (const part of request) body += String(part);
    if (request.method === 'GET') {
      const answer = await fetch(`${[...byName.values()][0]}${request.url}`);
      reply(response, answer.status, await answer.text());
      return;
    }
    const { model } = JSON.parse(body) as { model: string };
    left -= 1;
    if (left < 0) {
      reply(response, 503, 'upstream is down');
      return;
    }
    const headers = { 'content-type': request.headers['content-type'] ?? '' };
    const answer = await fetch(`${byName.get(model)}${request.url}`, { method: 'POST', headers, body });
    reply(response, answer.status, await answer.text());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/v1`,
    pass: (requests) => {
      left = requests;
    },
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}
