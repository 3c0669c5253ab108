/** Chat templates against transformers' own rendering (cases/make_chat.py), and lm-eval's way with a refusal. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { strftime } from '../src/chat/strftime.ts';
import { type ChatMessage, chatTemplateOf, renderChatTemplate } from '../src/index.ts';

interface Case {
  readonly name: string;
  readonly template: string;
  readonly messages: readonly ChatMessage[];
  readonly add_generation_prompt: boolean;
  readonly continue_final_message: boolean;
  /** null: Python raises. */
  readonly rendered: string | null;
}

const cases: readonly Case[] = JSON.parse(
  readFileSync(new URL('./cases/chat.json', import.meta.url), 'utf8'),
);
const extra = { variables: { bos_token: '<s>', eos_token: '</s>' }, now: new Date(2025, 2, 7, 15, 4, 5) };

describe('chat templates', () => {
  for (const [index, one] of cases.entries()) {
    const { name, template, messages, rendered } = one;
    it(`${name}, case ${index}`, () => {
      const options = {
        ...extra,
        addGenerationPrompt: one.add_generation_prompt,
        continueFinalMessage: one.continue_final_message,
      };
      const render = (): string => renderChatTemplate(template, messages, options);
      if (rendered === null) expect(render).toThrow();
      else expect(render()).toBe(rendered);
    });
  }

  it('is tried without the system message where the template refuses it', () => {
    const template =
      "{% if messages[0].role == 'system' %}{{ raise_exception('no system') }}{% endif %}{{ messages[0].content }}";
    const apply = chatTemplateOf(template, extra);
    const asked: readonly ChatMessage[] = [
      { role: 'system', content: 'S' },
      { role: 'user', content: 'U' },
    ];
    expect(apply(asked, true)).toBe('U');
    expect(() => chatTemplateOf("{{ raise_exception('never') }}", extra)(asked, true)).toThrow('never');
  });

  it('tells the time as strftime does', () => {
    expect(
      renderChatTemplate("{{ strftime_now('%d %b %Y') }}", [], {
        ...extra,
        addGenerationPrompt: true,
        continueFinalMessage: false,
      }),
    ).toBe('07 Mar 2025');
    expect(strftime(extra.now, '%A, %B %-d, %Y %I:%M %p %H:%M:%S %y-%m %a %e %%')).toBe(
      'Friday, March 7, 2025 03:04 PM 15:04:05 25-03 Fri  7 %',
    );
    expect(() => strftime(extra.now, '%Q')).toThrow('%Q');
  });
});
