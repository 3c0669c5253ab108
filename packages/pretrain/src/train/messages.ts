/** Every text that starting Python, training and pruning can end in. */
import type { Problem } from '@evalgraph/formats';

const ENVIRONMENT =
  'Install uv (https://docs.astral.sh/uv/), which makes the environment by itself, or set EVALGRAPH_PYTHON to a Python that has torch and transformers.';

/** What the programs refuse by themselves (python/events.py), and what to do about it. */
const REMEDIES: Readonly<Record<string, string>> = {
  'out-of-memory': 'Lower batch_size and raise accumulation by as much, or use precision bfloat16.',
  'nan-loss':
    'Lower learning_rate or lengthen warmup_steps, and remove the output folder; precision float32 shows whether rounding is the cause.',
  'other-settings': 'Training goes on only with the settings that it began with.',
  'bad-data': 'Name a folder that was packed with the tokenizer of this model, and whole; or pack again.',
  'bad-shape': 'Choose a pattern that divides the sizes of the matrices.',
};

export const trainMessages = {
  noPython: (): Problem => ({
    code: 'no-python',
    message:
      'no Python for training is here: no EVALGRAPH_PYTHON, no uv on PATH, no .venv beside the lock file',
    remedy: ENVIRONMENT,
  }),
  pythonMissing: (path: string): Problem => ({
    code: 'no-python',
    message: `EVALGRAPH_PYTHON is ${JSON.stringify(path)}, which is no file`,
    remedy: ENVIRONMENT,
  }),
  moduleMissing: (module: string, program: string): Problem => ({
    code: 'python-module-missing',
    message: `${program} has no Python module ${module}`,
    remedy: ENVIRONMENT,
  }),
  notStarted: (program: string, reason: string): Problem => ({
    code: 'program-not-started',
    message: `${program} could not be started: ${reason}`,
  }),
  refused: (script: string, code: string, message: string): Problem => {
    const remedy = Object.hasOwn(REMEDIES, code) ? REMEDIES[code] : undefined;
    return { code, message: `${script}: ${message}`, ...(remedy === undefined ? {} : { remedy }) };
  },
  killed: (script: string, signal: string): Problem => ({
    code: 'program-killed',
    message: `${script} was ended by ${signal} from outside`,
    remedy:
      signal === 'SIGKILL'
        ? 'Often the machine had no memory left: lower batch_size. What was saved is kept; start again to go on.'
        : 'What was saved is kept; start again to go on.',
  }),
  failed: (script: string, exitCode: number | null, lastLines: string, log: string): Problem => ({
    code: 'program-failed',
    message: `${script} ended with exit code ${exitCode}: ${lastLines === '' ? '(it printed nothing)' : lastLines}`,
    remedy: `All that it printed: ${log}`,
  }),
  unfinished: (script: string, log: string): Problem => ({
    code: 'program-failed',
    message: `${script} ended without saying that it is done`,
    remedy: `All that it printed: ${log}`,
  }),
  badSetting: (name: string, value: unknown, expected: string): Problem => ({
    code: 'bad-setting',
    message: `${name} is ${JSON.stringify(value) ?? 'missing'}, expected ${expected}`,
  }),
  badLogLine: (file: string, line: number): Problem => ({
    code: 'invalid-train-log',
    message: `${file}:${line}: no step of a training with finite numbers`,
    remedy: 'Remove the training folder and train again.',
  }),
} as const;
