/**
 * Chat settings of a pipeline's task: the checkpoint's template round the prompts, its file in the lock, the settings
 * in the key. That the prompts are lm-eval's is proved in packages/tasks (library-hashes.test.ts).
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { messages } from '../src/run/messages.ts';
import { planPipeline } from '../src/workspace.ts';
import { evaluate, lock } from './support/run.ts';
import { makeWorkspace, type Workspace } from './support/workspace.ts';

const TEMPLATE =
  '{{ bos_token }}{% for m in messages %}<{{ m.role }}>{{ m.content }}</{{ m.role }}>{% endfor %}{% if add_generation_prompt %}<assistant>{% endif %}';
const FOLDER = 'models/tiny/step_1';

function pipelineOf(tasks: readonly string[]): string {
  const list = tasks.map((task) => `  - ${task}\n`).join('');
  return `models: { tiny: { source: ./${FOLDER} } }\ntasks:\n${list}`;
}

interface Row {
  readonly arguments: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

function prompts(workspace: Workspace, cell: string): readonly string[] {
  const file = join(workspace.root, 'results/t/tiny', cell, `samples_${cell}.jsonl`);
  const rows = readFileSync(file, 'utf8').trimEnd().split('\n');
  return rows.map((row) => (JSON.parse(row) as Row).arguments['gen_args_0']?.['arg_0'] ?? '');
}

describe('chat settings of a task', () => {
  let workspace: Workspace;
  const settings = 'apply_chat_template: true, system_instruction: "Be brief."';

  beforeAll(async () => {
    workspace = makeWorkspace();
    workspace.write(`${FOLDER}/chat_template.jinja`, TEMPLATE);
    workspace.write(
      'pipelines/t/pipeline.yaml',
      pipelineOf([
        't_a',
        `{ task: t_a, alias: turns, ${settings} }`,
        `{ task: t_a, alias: single, ${settings}, fewshot_as_multiturn: false }`,
        '{ task: t_a, alias: instructed, system_instruction: "Be brief." }',
      ]),
    );
    await lock(workspace.root);
    await evaluate(workspace.root);
  });

  it('put the template and the instruction round the prompts', () => {
    const [plain = ''] = prompts(workspace, 't_a');
    const [shot = '', question = ''] = plain.split('\n\n');
    const [asked = '', answer = ''] = shot.split('\nA: ');
    expect(prompts(workspace, 'instructed')[0]).toBe(`Be brief.${plain}`);
    expect(prompts(workspace, 'turns')[0]).toBe(
      `<s><system>Be brief.</system><user>${asked}\nA:</user><assistant>${answer}</assistant><user>${question}</user><assistant>`,
    );
    expect(prompts(workspace, 'single')[0]).toBe(
      `<s><system>Be brief.</system><user>${plain}</user><assistant>`,
    );
  });

  it('are part of the key, and the template of the checkpoint’s lock', async () => {
    const keys = planPipeline(workspace.root, 't', 'full').cells.map(({ key }) => key);
    expect(new Set(keys).size).toBe(4);
    workspace.write(`${FOLDER}/chat_template.jinja`, `${TEMPLATE} `);
    await lock(workspace.root);
    const outcomes = await evaluate(workspace.root);
    expect([...outcomes.values()]).toEqual(['computed', 'computed', 'computed', 'computed']);
    expect(prompts(workspace, 'single')[0]).toMatch(/<assistant> $/);
  });

  it('are refused where the checkpoint has no template, or one that tells today’s date', async () => {
    const other = makeWorkspace();
    const folder = join(other.root, FOLDER);
    other.write('pipelines/t/pipeline.yaml', pipelineOf(['{ task: t_a, apply_chat_template: true }']));
    await lock(other.root);
    expect((await evaluate(other.root)).get('tiny/t_a')).toContain(messages.noChatTemplate(folder).message);
    const config = JSON.parse(other.read(`${FOLDER}/tokenizer_config.json`)) as object;
    const named = [{ name: 'default', template: `{{ strftime_now('%d %b %Y') }} ${TEMPLATE}` }];
    other.write(`${FOLDER}/tokenizer_config.json`, JSON.stringify({ ...config, chat_template: named }));
    await lock(other.root);
    expect((await evaluate(other.root)).get('tiny/t_a')).toContain(messages.chatDate(folder).message);
    other.edit('pipelines/t/pipeline.yaml', 'template: true', 'template: true, chat_date: 2025-03-07');
    await evaluate(other.root);
    expect(prompts(other, 't_a')[0]).toMatch(/^07 Mar 2025 <s><user>/);
  });
});
