/** `evalgraph questions`: what is shown and counted is what the samples files hold, and none of it acts on the terminal. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { formatScore } from '@evalgraph/report/data';
import { beforeAll, describe, expect, it } from 'vitest';
import { messages } from '../../cli/src/terminal/messages.ts';
import { chosenOption, findTask, readQuestions, seriesOf } from '../../cli/src/terminal/question-set.ts';
import { fateOf, questionStats, readHistories } from '../../cli/src/terminal/question-stats.ts';
import { planPipeline } from '../src/workspace.ts';
import { type Ended, evalgraph } from './support/child.ts';
import { evaluate, lock } from './support/run.ts';
import { makeWorkspace, repository, type Workspace } from './support/workspace.ts';

interface Row {
  readonly doc_id: number;
  readonly doc: { readonly question: string };
  readonly resps: readonly (readonly (readonly [string, string])[])[];
  readonly acc: number;
}

let workspace: Workspace;
const rowsOf = (checkpoint: string, cell: string, task = cell): readonly Row[] =>
  workspace
    .read(`results/t/${checkpoint}/${cell}/samples_${task}.jsonl`)
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Row);
const questions = (...args: readonly string[]): Promise<Ended> =>
  evalgraph(workspace.root, ['questions', ...args], { env: { ...process.env, COLUMNS: '100' } });
async function refused(...args: readonly string[]): Promise<string> {
  const { code, stderr } = await questions(...args);
  expect(code).toBe(1);
  return stderr;
}

beforeAll(async () => {
  workspace = makeWorkspace();
  // Escape sequences and a right-to-left override, as a data set or a model could write them.
  workspace.edit(
    'datasets/t/questions.jsonl',
    'What barks?',
    'What \\u001b[31m\\u001b[2Jbarks\\u202e?\\u0007',
  );
  await lock(workspace.root);
  await evaluate(workspace.root);
}, 120_000);

describe('evalgraph questions', () => {
  it('shows prompt, options with log-likelihoods, what was chosen, what is right, and the steps', async () => {
    const { stdout, stderr, code } = await questions('t_choice', '2');
    expect([code, stderr]).toEqual([0, '']);
    const [first, second] = rowsOf('tiny@step_2', 't_choice');
    for (const row of [first, second]) {
      for (const [response] of row?.resps ?? []) {
        expect(stdout).toContain(formatScore(Number(response?.[0])));
      }
    }
    expect(stdout).toContain('2 of 6 questions at tiny@step_2');
    expect(stdout).toContain('What floats?');
    expect(stdout.match(/► chosen {2}✓ right/g)).toHaveLength(2);
    const before = rowsOf('tiny@step_1', 't_choice')[0]?.acc;
    const strip = [before, first?.acc].map((acc) => (acc === 1 ? '✓' : '✗')).join('');
    expect(stdout).toContain(`steps 1 to 2: ${strip}`);
  });

  it('writes control characters of data sets and models as escapes', async () => {
    const { stdout } = await questions('t_choice', '--doc', '0');
    expect(stdout).toContain('What \\x1b[31m\\x1b[2Jbarks\\u202e?\\x07');
    expect(stdout).not.toMatch(/[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e]/);
  });

  it('filters by one checkpoint and by two, as the samples say', async () => {
    const [one, two] = ['tiny@step_1', 'tiny@step_2'].map((id) =>
      rowsOf(id, 't_choice').map(({ acc }) => acc),
    );
    const count = (keeps: (then: number, now: number) => boolean): number =>
      (one ?? []).filter((then, index) => keeps(then, two?.[index] ?? -1)).length;
    const shown = async (...flags: readonly string[]): Promise<number> =>
      ((await questions('t_choice', '9', ...flags)).stdout.match(/· doc \d+/g) ?? []).length;
    expect(await shown('--right')).toBe(count((_, now) => now === 1));
    expect(await shown('--wrong', '--checkpoint', '1')).toBe(count((then) => then === 0));
    expect(await shown('--flipped', '--against', 'tiny@step_1')).toBe(count((then, now) => then !== now));
    expect(await shown('--learned')).toBe(count((then, now) => then === 0 && now === 1));
    expect(await shown('--forgotten')).toBe(count((then, now) => then === 1 && now === 0));
  });

  it('knows groups, generations and texts that are measured whole', async () => {
    const group = await questions('t_group', '12');
    expect(group.stdout.match(/─ .*· doc \d+/g) ?? group.stdout.match(/· doc \d+/g)).toHaveLength(12);
    expect(group.stdout).toContain('t_a · doc 0');
    expect(group.stdout).toContain('t_b · doc 0');
    const generated = await questions('t_generate', '1', '--against', '1');
    expect(generated.stdout).toMatch(/generated at 2 (right|wrong)/);
    expect(generated.stdout).toMatch(/generated at 1 (right|wrong)/);
    expect(generated.stdout).toContain('filter none: ');
    expect(generated.stdout).toMatch(/exact_match [01]\.0000/);
    const pages = await questions('t_pages', '1');
    expect(pages.stdout).toMatch(/log-likelihood at 2 {2}-\d+\.\d{4} nats/);
  });

  it('refuses what is not there, with what is', async () => {
    expect(await refused('t_choise')).toContain("did you mean 't_choice'?");
    expect(await refused('t_choice', '--checkpoint', '9')).toContain('tiny@step_1, tiny@step_2');
    expect(await refused('t_choice', '--doc', '77')).toContain(
      messages.unknownDocument('77', 't_choice', 6).message,
    );
    expect(await refused('t_choice', '0')).toContain(
      "'0' is invalid for argument 'n'. Write a whole number from 1.",
    );
    expect(await refused('t_choice', '--flipped')).toContain(messages.badArguments().message);
    expect(await refused('t_choice', '--right', '--wrong')).toContain(
      "option '--wrong' cannot be used with option '--right'",
    );
    expect(await refused('t_pages', '--stats')).toContain('neither right nor wrong');
    expect(await refused('t_choice', '--learned', '--checkpoint', 'pruned')).toContain('Only one checkpoint');
  });
});

describe('evalgraph questions --stats', () => {
  it('counts what the samples hold', async () => {
    const { root } = workspace;
    const task = await findTask(root, planPipeline(root, 't', 'full'), 't_group');
    const [first] = task?.places ?? [];
    if (task === null || first === undefined) throw new Error('t_group has no samples');
    const places = seriesOf(task, first);
    const stats = questionStats(await readHistories(root, task, places), places);
    const verdicts = ['tiny@step_1', 'tiny@step_2'].map((id) =>
      ['t_a', 't_b'].flatMap((leaf) => rowsOf(id, 't_group', leaf).map(({ acc }) => acc === 1)),
    );
    const [before = [], after = []] = verdicts;
    const count = (keeps: (then: boolean, now: boolean) => boolean): number =>
      before.filter((then, index) => keeps(then, after[index] === true)).length;
    expect(stats.documents).toBe(12);
    expect(stats.steps.map(({ right }) => right)).toEqual(
      verdicts.map((list) => list.filter(Boolean).length),
    );
    expect(stats.steps[1]?.change).toMatchObject({
      learned: count((then, now) => !then && now),
      forgotten: count((then, now) => then && !now),
    });
    expect(Object.fromEntries([...stats.fates].map(([fate, list]) => [fate, list.length]))).toEqual({
      always: count((then, now) => then && now),
      learned: count((then, now) => !then && now),
      wavering: 0,
      forgotten: count((then, now) => then && !now),
      never: count((then, now) => !then && !now),
    });
    const { stdout } = await questions('t_group', '--stats');
    expect(stdout).toContain(`${stats.steps[1]?.right} of 12`);
    expect(stdout).toContain('Hardest');
  });

  it('names the fates', () => {
    const fates = ['11', '00', '01', '10', '101', '010', '0110'].map((bits) =>
      fateOf([...bits].map((bit) => bit === '1')),
    );
    expect(fates).toEqual(['always', 'never', 'learned', 'forgotten', 'wavering', 'wavering', 'wavering']);
    expect(() => questionStats([], [])).toThrow(RangeError);
  });
});

const DEMO = join(repository, 'results/demo/demo@iter_0003600');

describe.skipIf(!existsSync(join(DEMO, 'demo_arc')))('the demo', () => {
  it.each([
    'demo_arc',
    'demo_hellaswag',
    'demo_mmlu_cloze',
    'demo_boolq',
  ])('%s: the chosen option is right where the recorded score says so', async (name) => {
    const plan = planPipeline(repository, 'demo', 'full');
    const task = await findTask(repository, plan, name);
    const place = task?.places.at(-1);
    if (task === null || place === undefined) return;
    let documents = 0;
    for (const leaf of task.leaves) {
      for (const { question, answer } of (await readQuestions(repository, place, leaf)).values()) {
        documents += 1;
        const chosen = chosenOption(answer.nats, question.options, leaf.metric);
        expect(answer.verdict).toBe(chosen === question.gold);
      }
    }
    expect(documents).toBeGreaterThan(0);
  });

  it('shows and counts a subject', async ({ skip }) => {
    const rows = readFileSync(join(DEMO, 'demo_mmlu/samples_demo_mmlu_towns.jsonl'), 'utf8')
      .trimEnd()
      .split('\n');
    const plan = planPipeline(repository, 'demo', 'full');
    if ((await findTask(repository, plan, 'demo_mmlu_towns')) === null) {
      return skip('no result fits the pipeline as it is');
    }
    const shown = await evalgraph(repository, ['questions', 'demo_mmlu_towns', '5']);
    expect(shown.stdout.match(/demo_mmlu_towns · doc \d+/g)).toHaveLength(5);
    const right = rows.filter((line) => (JSON.parse(line) as Row).acc === 1).length;
    const { stdout } = await evalgraph(repository, ['questions', 'demo_mmlu_towns', '--stats']);
    expect(stdout).toMatch(new RegExp(`3,600 +${right} of ${rows.length} `));
  });
});
