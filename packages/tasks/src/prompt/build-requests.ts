/** A document's context (description, shots, question) and the requests that it becomes. */
import type { Behaviour } from '../behaviour.ts';
import type { TaskConfig } from '../config/types.ts';
import { portOf } from '../functions/registry.ts';
import { type Dict, isIntLike, PythonError, typeName, type Value } from '../python/value.ts';
import { DEFAULT_MAX_GEN_TOKS, type TextRequest } from '../requests.ts';
import { docToPrefix } from './fields.ts';
import { turnText } from './turn.ts';

/** Description and shots: what stands before the question. */
export function preamble(
  config: TaskConfig,
  behaviour: Behaviour,
  multipleInput: boolean,
  doc: Dict,
  shots: readonly Dict[],
): string {
  const { fewshot } = config;
  const turns = shots.map((shot) => {
    const choices = behaviour.shotChoices?.(shot) ?? null;
    const asked = behaviour.shotText(shot);
    return turnText({
      question: multipleInput ? chosen(choices, asked) : asked,
      answer: behaviour.shotTarget(shot),
      choices: multipleInput ? null : choices,
      genPrefix: docToPrefix(fewshot.genPrefix, shot),
      targetDelimiter: fewshot.targetDelimiter,
      fewshotDelimiter: fewshot.fewshotDelimiter,
    });
  });
  return docToPrefix(config.description, doc) + turns.join('');
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
  doc: Dict,
  before: string,
): readonly TextRequest[] {
  const question = (text: Value, targetDelimiter: string): string =>
    before +
    turnText({
      question: text,
      answer: null,
      choices: null,
      genPrefix: docToPrefix(config.genPrefix, doc),
      targetDelimiter,
      fewshotDelimiter: '',
    });
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
        },
      ];
    case 'multiple_choice': {
      const choices = behaviour.choices?.(doc) ?? [];
      const pairs: TextRequest[] = multipleInput
        ? choices.map((choice) => ({
            kind: 'loglikelihood',
            context: question(choice, ''),
            continuation: config.targetDelimiter + asText(behaviour.target(doc), 'doc_to_target'),
          }))
        : withContext(question(behaviour.text(doc), config.targetDelimiter), choices, config.targetDelimiter);
      const mutual = config.metrics.some((metric) => metric.metric === 'acc_mutual_info');
      return mutual ? [...pairs, ...withContext('', choices, config.targetDelimiter)] : pairs;
    }
  }
}

function withContext(context: string, choices: readonly string[], delimiter: string): TextRequest[] {
  return choices.map((choice) => ({ kind: 'loglikelihood', context, continuation: delimiter + choice }));
}

function asText(value: Value, field: string): string {
  if (typeof value === 'string') return value;
  throw new PythonError('TypeError', `${field} must give a text here, not ${typeName(value)}`);
}
