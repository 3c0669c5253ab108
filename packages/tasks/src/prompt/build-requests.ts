/** A document's context (system instruction, description, shots, question) and the requests that it becomes. */
import {
  type ChatTemplate,
  type Dict,
  isIntLike,
  isSpace,
  PythonError,
  typeName,
  type Value,
} from '@evalgraph/templates';
import type { Behaviour } from '../behaviour.ts';
import { portOf } from '../functions/registry.ts';
import { DEFAULT_MAX_GEN_TOKS, type TextRequest } from '../requests.ts';
import type { TaskConfig } from '../task.ts';
import { docToPrefix } from './fields.ts';
import { joined, type Message, multiTurn, plainText, singleTurn } from './message.ts';
import { turnMessages } from './turn.ts';

/** How a prompt's messages become its text. */
export interface PromptForm {
  /** null: plain text. */
  readonly chatTemplate: ChatTemplate | null;
  /** Whether a chat template gets the shots as turns of their own, or all in one user message. */
  readonly multiTurn: boolean;
  /** '' for none. */
  readonly systemInstruction: string;
}

/** System instruction, description and shots: what stands before the question. */
export function preamble(
  config: TaskConfig,
  behaviour: Behaviour,
  multipleInput: boolean,
  form: PromptForm,
  doc: Dict,
  shots: readonly Dict[],
): readonly Message[] {
  const { fewshot } = config;
  const description = docToPrefix(config.description, doc);
  const content = joined(form.systemInstruction, description, config.fewshotDelimiter);
  const system: readonly Message[] = content === '' ? [] : [{ role: 'system', content, delimiter: '' }];
  const turns = shots.flatMap((shot) => {
    const choices = behaviour.shotChoices?.(shot) ?? null;
    const asked = behaviour.shotText(shot);
    return turnMessages({
      question: multipleInput ? chosen(choices, asked) : asked,
      answer: behaviour.shotTarget(shot),
      choices: multipleInput ? null : choices,
      genPrefix: docToPrefix(fewshot.genPrefix, shot),
      targetDelimiter: fewshot.targetDelimiter,
      fewshotDelimiter: fewshot.fewshotDelimiter,
    });
  });
  return [...system, ...turns];
}

function textOf(form: PromptForm, messages: readonly Message[], genPrefix: string): string {
  if (form.chatTemplate === null) return plainText(messages);
  return form.chatTemplate(form.multiTurn ? multiTurn(messages) : singleTurn(messages), genPrefix === '');
}

/** What stands between a prompt and a choice: a chat template ends the prompt itself. */
function choiceDelimiter(config: TaskConfig, form: PromptForm): string {
  if (form.chatTemplate === null) return config.targetDelimiter;
  const prefix = config.genPrefix ?? '';
  return prefix !== '' && !isSpace(prefix.at(-1)) ? config.targetDelimiter : '';
}

function chosen(choices: readonly string[] | null, index: Value): Value {
  if (!isIntLike(index))
    throw new PythonError('TypeError', `doc_to_text must be an index, not ${typeName(index)}`);
  return choices?.at(Number(index)) ?? null;
}

export function buildRequests(
  config: TaskConfig,
  behaviour: Behaviour,
  multipleInput: boolean,
  form: PromptForm,
  doc: Dict,
  before: readonly Message[],
): readonly TextRequest[] {
  const question = (text: Value, targetDelimiter: string): string => {
    const genPrefix = docToPrefix(config.genPrefix, doc);
    const turn = { question: text, answer: null, choices: null, genPrefix, targetDelimiter };
    return textOf(form, [...before, ...turnMessages({ ...turn, fewshotDelimiter: '' })], genPrefix);
  };
  if (config.class !== null) {
    return portOf(config.class, 'class').task.requests(
      doc,
      question(behaviour.text(doc), config.targetDelimiter),
    );
  }
  switch (config.outputType) {
    case 'loglikelihood_rolling':
      return [{ kind: 'rolling', text: asText(behaviour.target(doc), 'doc_to_target') }];
    case 'loglikelihood': {
      const context = question(behaviour.text(doc), config.targetDelimiter);
      return [
        { kind: 'loglikelihood', context, continuation: asText(behaviour.target(doc), 'doc_to_target') },
      ];
    }
    case 'generate_until':
      return [
        {
          kind: 'generate',
          context: question(behaviour.text(doc), config.targetDelimiter),
          until: config.generation?.until ?? [],
          maxGenToks: config.generation?.maxGenToks ?? DEFAULT_MAX_GEN_TOKS,
          ...rulesOf(config),
        },
      ];
    case 'multiple_choice': {
      const choices = behaviour.choices?.(doc) ?? [];
      const delimiter = choiceDelimiter(config, form);
      const pairs: TextRequest[] = multipleInput
        ? choices.map((choice) => ({
            kind: 'loglikelihood',
            context: question(choice, ''),
            continuation: delimiter + asText(behaviour.target(doc), 'doc_to_target'),
          }))
        : withContext(question(behaviour.text(doc), config.targetDelimiter), choices, delimiter);
      const mutual = config.metrics.some((metric) => metric.metric === 'acc_mutual_info');
      return mutual ? [...pairs, ...withContext('', choices, delimiter)] : pairs;
    }
  }
}

function rulesOf({ generation }: TaskConfig): Pick<TextRequest & { kind: 'generate' }, 'generation'> {
  const rules = generation?.rules ?? {};
  return Object.keys(rules).length === 0 ? {} : { generation: rules };
}

function withContext(context: string, choices: readonly string[], delimiter: string): TextRequest[] {
  return choices.map((choice) => ({ kind: 'loglikelihood', context, continuation: delimiter + choice }));
}

function asText(value: Value, field: string): string {
  if (typeof value === 'string') return value;
  throw new PythonError('TypeError', `${field} must give a text here, not ${typeName(value)}`);
}
