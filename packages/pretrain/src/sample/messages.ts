/** The problems of sampling. */
import { defineMessages, shown } from '@evalgraph/formats';

export const messages = defineMessages({
  badSetting: (name: string, value: unknown, expected: string) => ({
    message: `${name} is ${shown(value)}, expected ${expected}`,
  }),
  emptyPrompt: (index: number, prompt: string) => ({
    message: `prompt ${index + 1} (${shown(prompt)}) has no tokens`,
    remedy: 'Begin with a word, or let the tokenizer add its begin-of-text token.',
  }),
  answerCount: (found: number, wanted: number) => ({
    message: `${found} answers for ${wanted} requests`,
  }),
  otherPrompts: (checkpoint: string, first: string) => ({
    message: `checkpoint ${checkpoint} was sampled with other prompts or settings than ${first}`,
    remedy: 'Sample both again with one list.',
  }),
  noSamples: () => ({ message: 'no checkpoint was sampled' }),
  invalidSamples: (file: string, what: string) => ({
    message: `${file}: ${what}`,
    remedy: 'Remove the file and sample again.',
  }),
});
