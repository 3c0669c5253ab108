/** Every text that reading a config.json can end in. What can be done with a model is said by who does it. */
import type { Problem } from '@evalgraph/formats';

export const architectureMessages = {
  noConfig: (folder: string): Problem => ({
    code: 'missing-config',
    message: `${folder}: config.json is not there`,
    remedy: 'Name the folder that holds the model: config.json, weights and tokenizer.',
  }),
  configNotJson: (file: string, reason: string): Problem => ({
    code: 'invalid-config',
    message: `${file}: not a JSON object (${reason})`,
  }),
  badField: (file: string, field: string, value: unknown, expected: string): Problem => ({
    code: 'invalid-config',
    message: `${file}: ${field} is ${JSON.stringify(value) ?? 'missing'}; expected ${expected}`,
  }),
} as const;
