/** Every text that reading a config.json can end in. What can be done with a model is said by who does it. */
import { defineMessages, shown } from '@evalgraph/formats';

export const messages = defineMessages({
  missingConfig: (folder: string) => ({
    message: `${folder}: config.json is not there`,
    remedy: 'Name the folder that holds the model: config.json, weights and tokenizer.',
  }),
  invalidConfig: {
    notJson: (file: string, reason: string) => ({
      message: `${file}: not a JSON object (${reason})`,
    }),
    field: (file: string, field: string, value: unknown, expected: string) => ({
      message: `${file}: ${field} is ${shown(value)}; expected ${expected}`,
    }),
  },
});
