/** Every text that sampling can end in. */
import type { Problem } from '@evalgraph/formats';

export const sampleMessages = {
  badSetting: (name: string, value: unknown, expected: string): Problem => ({
    code: 'bad-setting',
    message: `${name} is ${JSON.stringify(value) ?? 'missing'}, expected ${expected}`,
  }),
  emptyPrompt: (index: number, prompt: string): Problem => ({
    code: 'empty-prompt',
    message: `prompt ${index + 1} (${JSON.stringify(prompt)}) has no tokens`,
    remedy: 'Begin with a word, or let the tokenizer add its begin-of-text token.',
  }),
  answerCount: (found: number, wanted: number): Problem => ({
    code: 'answer-count',
    message: `${found} answers for ${wanted} requests`,
  }),
  otherPrompts: (checkpoint: string, first: string): Problem => ({
    code: 'other-prompts',
    message: `checkpoint ${checkpoint} was sampled with other prompts or settings than ${first}`,
    remedy: 'Sample both again with one list.',
  }),
  noRecords: (): Problem => ({ code: 'no-samples', message: 'no checkpoint was sampled' }),
  badRecord: (file: string, what: string): Problem => ({
    code: 'invalid-samples',
    message: `${file}: ${what}`,
    remedy: 'Remove the file and sample again.',
  }),
} as const;
