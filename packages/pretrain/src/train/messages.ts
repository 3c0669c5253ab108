/** The problems of starting Python, of training and of pruning. */
import { defineMessages, ownValue, type Problem, shown } from '@evalgraph/formats';

const ENVIRONMENT =
  'Install uv (https://docs.astral.sh/uv/), which makes the environment by itself, or set EVALGRAPH_PYTHON to a Python that has torch and transformers.';

/** What to do about what the programs refuse by themselves (python/events.py), by its code. */
const REMEDIES: Readonly<Record<string, string>> = {
  'out-of-memory': 'Lower batch_size and raise accumulation by as much, or use precision bfloat16.',
  'nan-loss':
    'Lower learning_rate or lengthen warmup_steps, and remove the output folder; precision float32 shows whether rounding is the cause.',
  'other-settings': 'Training goes on only with the settings that it began with.',
  'bad-data': 'Name a folder that was packed with the tokenizer of this model, and whole; or pack again.',
  'bad-shape': 'Choose a pattern that divides the sizes of the matrices.',
};

export const messages = defineMessages({
  noPython: {
    unset: () => ({
      message:
        'no Python for training is here: no EVALGRAPH_PYTHON, no uv on PATH, no .venv beside the lock file',
      remedy: ENVIRONMENT,
    }),
    missing: (path: string) => ({
      message: `EVALGRAPH_PYTHON is ${JSON.stringify(path)}, which is no file`,
      remedy: ENVIRONMENT,
    }),
  },
  pythonModuleMissing: (module: string, program: string) => ({
    message: `${program} has no Python module ${module}`,
    remedy: ENVIRONMENT,
  }),
  programNotStarted: (program: string, reason: string) => ({
    message: `${program} could not be started: ${reason}`,
  }),
  programKilled: (script: string, signal: string) => ({
    message: `${script} was ended by ${signal} from outside`,
    remedy:
      signal === 'SIGKILL'
        ? 'Often the machine had no memory left: lower batch_size. What was saved is kept; start again to go on.'
        : 'What was saved is kept; start again to go on.',
  }),
  programFailed: {
    exitCode: (script: string, exitCode: number | null, lastLines: string, log: string) => ({
      message: `${script} ended with exit code ${exitCode}: ${lastLines === '' ? '(it printed nothing)' : lastLines}`,
      remedy: `All that it printed: ${log}`,
    }),
    silent: (script: string, log: string) => ({
      message: `${script} ended without saying that it is done`,
      remedy: `All that it printed: ${log}`,
    }),
  },
  badSetting: (name: string, value: unknown, expected: string) => ({
    message: `${name} is ${shown(value)}, expected ${expected}`,
  }),
  invalidTrainLog: (file: string, line: number) => ({
    message: `${file}:${line}: no step of a training with finite numbers`,
    remedy: 'Remove the training folder and train again.',
  }),
});

/** @param code, message as the program gave them */
export function refusedBy(script: string, code: string, message: string): Problem {
  const remedy = ownValue(REMEDIES, code);
  return { code, message: `${script}: ${message}`, ...(remedy === undefined ? {} : { remedy }) };
}
