/** Generated answers side by side, with what the filters took of them and their scores. */
import { formatScore } from '../src/format.ts';
import { FIXED } from './chunks.ts';
import { differences } from './diff.ts';
import { element } from './dom.ts';
import type { Shown } from './question.ts';
import { longText, marked } from './texts.ts';

/** Generated answers of the picked checkpoints, each marked against the first. */
export function answersView({ chunk, inside, picked, checkpoints }: Shown): readonly Node[] {
  const textAt = (column: readonly number[] | undefined): string | null =>
    chunk.texts[column?.[inside] ?? -1] ?? null;
  const answers = picked.map((place) => textAt(chunk.answers[place]));
  if (answers.every((answer) => answer === null)) return [];
  const [first] = answers;
  const second = answers[1] ?? null;
  const columns = picked.map((place, index) => {
    const answer = answers[index] ?? null;
    const other = index === 0 ? second : first;
    const body =
      answer === null
        ? element('p', {}, 'no answer')
        : other === null || other === undefined
          ? longText(answer)
          : marked(index === 0 ? differences(answer, other).left : differences(other, answer).right);
    const filtered = chunk.filters.flatMap(({ name, outputs }) => {
      const output = textAt(outputs[place]);
      return output === null
        ? []
        : [element('dt', {}, `filter ${name}`), element('dd', {}, output === '' ? '(empty)' : output)];
    });
    const scores = chunk.metrics.flatMap(({ name, values }) => {
      const value = values[place]?.[inside];
      return value === null || value === undefined
        ? []
        : [element('dt', {}, name), element('dd', {}, formatScore(value / FIXED))];
    });
    return element(
      'section',
      { class: 'answer' },
      element('h5', {}, checkpoints[place]?.label ?? ''),
      body,
      element('dl', {}, ...filtered, ...scores),
    );
  });
  return [
    element('h4', {}, 'Answers'),
    element('p', { class: 'hint' }, 'Marked: words that the first answer and this one do not share.'),
    element('div', { class: 'answers' }, ...columns),
  ];
}
