/** Problems of lm-eval's result files. */
import type { Problem } from './errors.ts';

export const lmEvalMessages = {
  tooLarge: (path: string, size: number, most: number): Problem => ({
    code: 'lm-eval-file-too-large',
    message: `${path} has ${size} characters; a results file of lm-eval may have ${most}.`,
    remedy: 'Import the folder that holds results_*.json; samples_*.jsonl are not given by name.',
  }),
  notResults: (path: string, detail: string): Problem => ({
    code: 'not-lm-eval-results',
    message: `${path} is not a results file of lm-eval: ${detail}.`,
    remedy: "It must be the JSON that lm_eval writes under --output_path, with 'results' and 'config'.",
  }),
  notFinite: (path: string, task: string, metric: string, value: string): Problem => ({
    code: 'lm-eval-not-finite',
    message: `${path}: ${task} has ${metric} = ${value}, which is no finite number.`,
    remedy: 'Leave that task out with --tasks, or evaluate it again.',
  }),
} as const;
