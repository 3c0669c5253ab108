/** The settings of a task, as a pipeline, a model and a comparison list them. */
import { setting } from '@evalgraph/formats';
import { name, taskLimit } from './shared.ts';

const { described, either, flag, list, mapping, named, number, text, whole } = setting;

export const generation = named(
  'generation',
  mapping(
    {
      until: either([text(), list(text())], {
        says: "Texts at which an answer ends; the model's end of text is one more.",
        examples: [['\n\n']],
        otherwise: "the task's own",
      }),
      max_gen_toks: whole(
        { min: 1, max: 1000000 },
        { says: 'Tokens of an answer at most.', examples: [4096], otherwise: "the task's own, else 256" },
      ),
      do_sample: flag({
        says: 'Whether tokens are drawn; false takes the likeliest one.',
        examples: [true],
        otherwise: "the task's own",
      }),
      temperature: number(
        { min: 0, max: 1000 },
        {
          says: 'Of the distribution that tokens are drawn from.',
          examples: [0.7],
          otherwise: "the task's own",
        },
      ),
      repetition_penalty: number(
        { min: 1e-6, max: 1000 },
        {
          says: 'Divides the logits of tokens that stand before; 1: none.',
          examples: [1.1],
          otherwise: "the task's own, else the checkpoint's",
        },
      ),
      top_p: number(
        { min: 0, max: 1 },
        {
          says: 'Tokens are drawn from the likeliest ones that have this share of the probability together.',
          examples: [0.95],
          otherwise: "the task's own, else 1",
        },
      ),
      top_k: whole(
        { min: 0, max: 1000000 },
        {
          says: 'Tokens are drawn from so many likeliest ones; 0: from all.',
          examples: [50],
          otherwise: "the task's own, else 50",
        },
      ),
    },
    undefined,
    { minProperties: 1 },
  ),
);

/** What stands round a task's prompts. */
export const chatFields = {
  apply_chat_template: flag({
    says: "Prompts become a conversation in the checkpoint's own chat template, as lm-eval's --apply_chat_template makes them.",
    examples: [true],
    default: false,
  }),
  fewshot_as_multiturn: flag({
    says: "With a chat template: each shot is a turn of its own; false puts all shots into the question's message.",
    examples: [false],
    default: true,
  }),
  system_instruction: text(
    { maxLength: 100000 },
    {
      says: "Stands before the task's description; with a chat template, as the system's message.",
      examples: ['Answer with the letter alone.'],
    },
  ),
  chat_date: text(
    { mayBeEmpty: true },
    {
      says: 'The date that a chat template with strftime_now tells the model. Without it such a template is refused: prompts would change from day to day.',
      examples: ['2025-03-07'],
    },
  ),
};

export const task = named(
  'task',
  either([
    text({
      maxLength: 100,
      pattern: '^[A-Za-z0-9][A-Za-z0-9._+-]*$',
      patternErrorMessage:
        "The name of a task or a group has letters, digits, '.', '_', '+' and '-', and begins with a letter or a digit.",
    }),
    mapping({
      task: described(name, {
        says: "The name of a task or a group, as `npx evalgraph` lists them or as the pipeline's tasks folder defines it.",
        examples: ['hellaswag'],
        required: true,
      }),
      num_fewshot: whole(
        { min: 0, max: 1000 },
        {
          says: 'Examples that stand before each question.',
          examples: [10],
          otherwise: 'what the task says',
        },
      ),
      limit: described(taskLimit, {
        says: "Only the first so many documents, or below 1 a share of them, rounded up, as lm-eval's --limit takes them.",
        examples: [500, 0.1],
        otherwise: "the pipeline's limit",
      }),
      samples: list(whole({ min: 0, max: 1000000000 }), {
        says: "These documents alone, by their rows from 0, as lm-eval's --samples takes them; of a group, in each of its tasks.",
        examples: [[0, 3, 17]],
        otherwise: 'as limit says',
      }),
      generation_kwargs: described(generation, {
        says: "How the task's answers are generated, over its own generation_kwargs key by key, as lm-eval's --gen_kwargs sets them.",
        examples: [{ max_gen_toks: 4096 }],
        otherwise: "the task's own",
      }),
      alias: described(name, {
        says: 'The name in results and reports, where one task is used twice with different settings.',
        examples: ['hellaswag-10'],
        otherwise: "the task's name",
      }),
      ...chatFields,
    }),
  ]),
);

export const tasks = named(
  'tasks',
  list(
    described(task, {
      says: 'A task or a group, with the settings that are not its own.',
      examples: ['mmlu'],
    }),
  ),
);
