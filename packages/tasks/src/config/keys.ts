/** Every key of the dialect, and why some are refused. */
import { PROCESSING_KEYS } from '@evalgraph/tokenizer/generation';

export { PROCESSING_KEYS };

export const SUPPORTED_TASK_KEYS: readonly string[] = [
  'task',
  'task_alias',
  'tag',
  'include',
  'class',
  'dataset_path',
  'dataset_name',
  'dataset_kwargs',
  'training_split',
  'validation_split',
  'test_split',
  'fewshot_split',
  'process_docs',
  'doc_to_text',
  'doc_to_target',
  'doc_to_choice',
  'description',
  'target_delimiter',
  'fewshot_delimiter',
  'gen_prefix',
  'num_fewshot',
  'fewshot_config',
  'output_type',
  'generation_kwargs',
  'repeats',
  'filter_list',
  'metric_list',
  'process_results',
  'should_decontaminate',
  'doc_to_decontamination_query',
  'unsafe_code',
  'metadata',
];

/** Keys that lm-eval has and that end in an error here, with the reason. */
export const REFUSED_TASK_KEYS: Readonly<Record<string, string>> = {
  custom_dataset: 'it is a Python function that makes the data',
  doc_to_image: 'images are not evaluated here',
  doc_to_audio: 'audio is not evaluated here',
  use_prompt: 'promptsource is not there',
  task_list: 'write one file a task, with include for what they share',
};

/** Keys a task with a ported class may have: where its rows are, and what is about it rather than in it. */
export const CLASS_TASK_KEYS: readonly string[] = [
  'task',
  'task_alias',
  'tag',
  'class',
  'dataset_path',
  'dataset_name',
  'dataset_kwargs',
  'training_split',
  'validation_split',
  'num_fewshot',
  'should_decontaminate',
  'doc_to_decontamination_query',
  'metadata',
];

export const FEWSHOT_KEYS: readonly string[] = [
  'sampler',
  'split',
  'process_docs',
  'samples',
  'doc_to_text',
  'doc_to_target',
  'doc_to_choice',
  'gen_prefix',
  'fewshot_delimiter',
  'target_delimiter',
];

export const GROUP_KEYS: readonly string[] = [
  'group',
  'group_alias',
  'task',
  'aggregate_metric_list',
  'metadata',
];

export const GENERATION_KEYS: readonly string[] = [
  'until',
  'max_gen_toks',
  'max_new_tokens',
  'max_tokens',
  'max_completion_tokens',
  'do_sample',
  'temperature',
  'top_p',
  'top_k',
  ...PROCESSING_KEYS,
];
