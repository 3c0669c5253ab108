/** lm-eval's command line. Pure. */
import { type JsonValue, UserError } from '@evalgraph/formats';
import type { ChatUse, LmEvalUse } from '@evalgraph/spec';
import type { SessionSettings } from '../session.ts';
import { messages } from './messages.ts';

export interface Asked {
  readonly use: LmEvalUse;
  readonly folder: string;
  readonly settings: SessionSettings;
  readonly tasks: readonly string[];
  /** null: none of ours. */
  readonly includePath: string | null;
  readonly numFewshot: number | null;
  readonly limit: number | null;
  /** Rows of each of the tasks that are run. */
  readonly samples: Readonly<Record<string, readonly number[]>> | null;
  readonly generation: Readonly<Record<string, JsonValue>> | null;
  readonly seed: number;
  readonly chat: ChatUse | null;
  readonly batchSize: string;
  readonly output: string;
}

/** @throws UserError where the checkpoint's folder cannot be written as a model argument. */
export function lmEvalArguments(asked: Asked): readonly string[] {
  const { use, includePath, numFewshot, limit, samples, generation, seed } = asked;
  return [
    ...['--model', use.model, '--model_args', modelArguments(asked)],
    ...['--tasks', asked.tasks.join(',')],
    ...(includePath === null ? [] : ['--include_path', includePath]),
    ...(numFewshot === null ? [] : ['--num_fewshot', String(numFewshot)]),
    ...(limit === null ? [] : ['--limit', String(limit)]),
    ...(samples === null ? [] : ['--samples', JSON.stringify(samples)]),
    ...(generation === null ? [] : ['--gen_kwargs', JSON.stringify(generation)]),
    // Python's, numpy's and torch's are lm-eval's defaults; the fourth draws the shots.
    ...['--seed', `0,1234,1234,${seed}`],
    ...chatArguments(asked.chat),
    ...['--batch_size', asked.batchSize],
    ...(use.device === null ? [] : ['--device', use.device]),
    ...['--output_path', asked.output, '--log_samples'],
  ];
}

/** @throws UserError where the template's date is fixed: lm-eval takes the day of the run. */
function chatArguments(chat: ChatUse | null): readonly string[] {
  if (chat === null) return [];
  if (chat.date !== null) throw new UserError(messages.lmEvalChatDate(chat.date));
  return [
    ...(chat.applyTemplate ? ['--apply_chat_template'] : []),
    ...(chat.applyTemplate ? ['--fewshot_as_multiturn', chat.multiturn ? 'true' : 'false'] : []),
    ...(chat.systemInstruction === null ? [] : ['--system_instruction', chat.systemInstruction]),
  ];
}

function modelArguments({ use, folder, settings }: Asked): string {
  if (folder.includes(',')) throw new UserError(messages.lmEvalPath(folder));
  const { maxLength, addBosToken } = settings;
  const args: readonly (readonly [string, string])[] = [
    ['pretrained', folder],
    ...(use.dtype === 'auto' ? [] : [['dtype', use.dtype] as const]),
    ...(maxLength === null ? [] : [['max_length', String(maxLength)] as const]),
    ...(addBosToken === null ? [] : [['add_bos_token', addBosToken ? 'True' : 'False'] as const]),
    ...Object.entries(use.modelArgs),
  ];
  return args.map(([name, value]) => `${name}=${value}`).join(',');
}

/** What a smaller batch is after memory ran out, null where none is. `auto` names the size it found in its log. */
export function smallerBatch(batchSize: string, log: string): string | null {
  const found = [...log.matchAll(/Determined largest batch size: (\d+)/gi)].at(-1)?.[1];
  const size = batchSize.startsWith('auto') ? Number(found ?? 2 * AUTO_FALLBACK) : Number(batchSize);
  return size <= 1 ? null : String(Math.floor(size / 2));
}

/** Where `auto` failed before it found a size. */
const AUTO_FALLBACK = 8;
