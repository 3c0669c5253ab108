/** The settings of each engine. A schema shows them as one mapping; which keys an engine has stands here. */
import { setting } from '@evalgraph/formats';
import { launcher } from './launcher.ts';

const { choice, described, dictionary, either, flag, list, number, text, texts, variant, whole } = setting;

const threads = either([whole({ min: 1, max: 1024 }), choice(['auto'])], {
  says: 'a whole number of threads, or `auto`. They change the speed, not the numbers.',
  examples: ['auto'],
  default: 'auto',
});
/**
 * Loading a large model and finding a batch size are quiet for minutes, a long generation too; half an hour without a
 * word is none of them.
 */
const silence_minutes = number(
  { min: 0.01, max: 10_080 },
  {
    says: 'an engine that says nothing for so long is taken for hung: it is ended, and started again once.',
    examples: [60],
    default: 30,
  },
);

const { theirTasks, ...ofPrograms } = {
  model: text({}, { says: "lm-eval's model type.", examples: ['vllm'], default: 'hf' }),
  model_args: dictionary(either([text({ mayBeEmpty: true }), number({}), flag()]), null, {
    says: 'arguments of its model, passed as they are. `pretrained` and `dtype` are set by evalgraph.',
    examples: [{ tensor_parallel_size: 2 }],
    otherwise: 'none',
  }),
  dtype: text(
    {},
    {
      says: 'the type that lm-eval computes in: what its model type takes.',
      examples: ['bfloat16'],
      default: 'auto',
    },
  ),
  batch_size: either(
    [
      whole({ min: 1, max: 100_000 }),
      text({
        pattern: '^auto(:[1-9][0-9]{0,2})?$',
        patternErrorMessage: 'Write a whole number, auto, or auto:4.',
      }),
    ],
    {
      says: 'its batch size, a whole number, `auto` or `auto:4`. It is halved when memory runs out.',
      examples: [8],
      default: 1,
    },
  ),
  device: text({}, { says: 'where it computes.', examples: ['cuda:0'], otherwise: 'lm-eval chooses' }),
  command: texts({
    says: "the program, with arguments that stand before lm-eval's own as a list.",
    examples: [['uv', 'run', 'lm_eval']],
    default: ['lm_eval'],
  }),
  theirTasks: choice(['ours', 'theirs'], {
    says: '`ours` hands it the tasks as evalgraph resolved them, `theirs` runs its own tasks of the same names.',
    examples: ['theirs'],
    default: 'ours',
  }),
  gpus: either([whole({ min: 1, max: 1024 }), choice(['all']), list(whole({ min: 0, max: 1023 }))], {
    says: "GPUs of this machine, one checkpoint on each at a time, several checkpoints side by side: `all`, at most so many, or a list of nvidia-smi's numbers.",
    examples: ['all'],
    otherwise: 'one checkpoint after the other, on what the program finds',
  }),
  gpus_per_checkpoint: whole(
    { min: 1, max: 1024 },
    {
      says: 'how many of `gpus` a checkpoint gets, for models that need several (model_args: { parallelize: true } or { tensor_parallel_size: 2 }).',
      examples: [2],
      default: 1,
    },
  ),
  launcher: described(launcher, {
    says: 'where the program runs: `local`, `slurm`, or slurm with its options.',
    examples: [{ slurm: { partition: 'gpu', time: '4:00:00', gpus: 1 } }],
    default: 'local',
  }),
};
const { model, model_args, dtype, batch_size, device, command, ...ofPlaces } = ofPrograms;
const { dtype: _, ...ofAuto } = ofPrograms;

export const engine = variant(
  'use',
  {
    embedded: {
      dtype: text(
        {},
        {
          says: 'the type that it computes in, whatever the weights are stored in.',
          examples: ['float32'],
          default: 'float32',
        },
      ),
      threads,
      silence_minutes,
    },
    'lm-eval': {
      model,
      model_args,
      dtype,
      batch_size,
      device,
      command,
      tasks: theirTasks,
      ...ofPlaces,
      silence_minutes,
    },
    openai: {
      url: text(
        {},
        {
          says: "the server's address, up to and including /v1.",
          examples: ['http://localhost:8000/v1'],
          required: true,
        },
      ),
      model: text(
        {},
        {
          says: "the served model's name; {checkpoint} in it stands for the name of the checkpoint's folder.",
          examples: ['{checkpoint}'],
          default: '{checkpoint}',
        },
      ),
      dtype: text(
        {},
        {
          says: 'what the server was started with; it becomes part of every key.',
          examples: ['bfloat16'],
          default: 'auto',
        },
      ),
      api_key_variable: text(
        {},
        {
          says: 'the environment variable that holds the key.',
          examples: ['OPENAI_API_KEY'],
          otherwise: 'no key is sent',
        },
      ),
      api_key_over_http: flag({
        says: 'send the key to another machine over plain http too, where anyone on the way can read it.',
        examples: [true],
        default: false,
      }),
      concurrency: whole(
        { min: 1, max: 1024 },
        { says: 'requests under way at once.', examples: [32], default: 8 },
      ),
      // A long prompt on a busy server takes minutes; lm-eval's own default is 300.
      timeout_seconds: whole(
        { min: 1, max: 86_400 },
        { says: 'how long one request may take.', examples: [600], default: 600 },
      ),
    },
    auto: { dtype, threads, ...ofAuto, silence_minutes },
  },
  {
    says: "`embedded` needs nothing installed; `lm-eval` runs the real program; `openai` asks a completions server (vLLM, SGLang, llama.cpp) for log-probabilities; `auto` is embedded where it knows every checkpoint's architecture, else lm-eval: chosen when the pipeline is locked.",
    examples: ['embedded'],
    default: 'embedded',
  },
);
