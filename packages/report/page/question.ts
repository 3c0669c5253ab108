/** One question: prompt, options, every checkpoint's log-likelihoods, answers side by side, filters, scores. */
import { formatCount, formatDifference, formatScore, NOT_AVAILABLE } from '../src/format.ts';
import { answersView } from './answers.ts';
import { FIXED, type ListChunk, type PageTask, type TextChunk } from './chunks.ts';
import { optionChart } from './curves.ts';
import { drawn, element } from './dom.ts';
import { FOLDED_FROM, labelled, longText } from './texts.ts';

export interface Shown {
  readonly task: PageTask;
  readonly list: ListChunk;
  readonly chunk: TextChunk;
  /** Place in the list and in the chunk. */
  readonly at: number;
  readonly inside: number;
  /** Places in the task's columns; the first two are a and b. */
  readonly picked: readonly number[];
  /** The task's checkpoints, in its columns' order. */
  readonly checkpoints: readonly {
    readonly label: string;
    readonly model: string;
    readonly step: number | null;
  }[];
}

export function questionView(shown: Shown): readonly Node[] {
  const { chunk, inside, list, at } = shown;
  const options = chunk.options[inside] ?? [];
  const target = chunk.targets[inside] ?? '';
  const gold = chunk.gold[inside] ?? null;
  return [
    element(
      'p',
      { class: 'verdicts' },
      ...shown.picked.map((place, index) => verdictTag(shown, place, 'AB'[index] ?? '')),
    ),
    ...promptView(chunk, inside),
    ...(options.length > 0 ? optionsView(shown, options, gold) : []),
    // A text that is scored whole is its own target.
    ...((gold === null || options.length < 2) && !(options.length === 1 && target === '')
      ? [labelled('Target', target)]
      : []),
    ...answersView(shown),
    everyCheckpoint(
      shown,
      options,
      list.verdicts.map((column) => column[at] ?? '-'),
    ),
  ];
}

export function letter(index: number): string {
  return index < 26 ? String.fromCharCode(65 + index) : String(index + 1);
}

export function verdictText(verdict: string): string {
  return verdict === '1'
    ? '✓ right'
    : verdict === '0'
      ? '✗ wrong'
      : verdict === 'p'
        ? '◐ partly'
        : 'no score';
}

export function verdictClass(verdict: string): string {
  return verdict === '1' ? 'is-right' : verdict === '-' ? 'is-none' : 'is-wrong';
}

function verdictTag({ list, at, checkpoints }: Shown, place: number, name: string): Node {
  const verdict = list.verdicts[place]?.[at] ?? '-';
  const margin = list.margins?.[place]?.[at] ?? null;
  return element(
    'span',
    { class: `tag ${verdictClass(verdict)}` },
    name === '' ? null : element('b', {}, `${name} `),
    `${checkpoints[place]?.label ?? ''}: ${verdictText(verdict)}`,
    margin === null ? null : `, margin ${formatDifference(margin / FIXED)}`,
  );
}

function promptView(chunk: TextChunk, inside: number): readonly Node[] {
  const { shared } = chunk;
  const prompt = chunk.prompts[inside] ?? '';
  return [
    element('h4', {}, 'Prompt'),
    ...(shared === ''
      ? []
      : [
          element(
            'details',
            { class: 'shared' },
            element(
              'summary',
              {},
              `What every prompt of the task begins with (${formatCount(shared.length)} characters)`,
            ),
            longText(shared),
          ),
        ]),
    longText(prompt),
  ];
}

function optionsView(shown: Shown, options: readonly string[], gold: number | null): readonly Node[] {
  const { chunk, inside, picked, checkpoints } = shown;
  const natsOf = (place: number): readonly (number | null)[] => chunk.nats[place]?.[inside] ?? [];
  const rows = options.map((text, index) =>
    element(
      'tr',
      index === gold ? { class: 'gold' } : {},
      element('th', { scope: 'row' }, letter(index)),
      element(
        'td',
        { class: 'option', dir: 'auto' },
        text.trim() === '' ? '(empty)' : text.slice(0, FOLDED_FROM),
        index === gold ? goldTag() : null,
      ),
      ...picked.map((place) => {
        const nats = natsOf(place);
        const isHighest = options.length > 1 && index === highest(nats);
        return element(
          'td',
          { class: 'number' },
          natsText(nats[index]),
          isHighest ? element('span', { class: 'chosen' }, ' ◂ highest') : null,
        );
      }),
    ),
  );
  const table = element(
    'table',
    { class: 'options' },
    element('caption', {}, 'Log-likelihoods of the options in nats, not divided by length'),
    element(
      'thead',
      {},
      element(
        'tr',
        {},
        element('th', { scope: 'col' }, element('span', { class: 'unseen' }, 'Letter')),
        element('th', { scope: 'col' }, 'Option'),
        ...picked.map((place) =>
          element('th', { scope: 'col', class: 'number' }, checkpoints[place]?.label ?? ''),
        ),
      ),
    ),
    element('tbody', {}, ...rows),
  );
  return [element('h4', {}, 'Options'), scrolling(table, 'Options'), ...seriesCharts(shown, options, gold)];
}

function goldTag(): HTMLElement {
  return element('span', { class: 'gold-tag' }, 'gold');
}

function highest(nats: readonly (number | null)[]): number {
  const values = nats.map((value) => value ?? Number.NEGATIVE_INFINITY);
  return values.indexOf(Math.max(...values));
}

/** A chart for each picked model that is a series. */
function seriesCharts(
  { chunk, list, at, inside, picked, checkpoints }: Shown,
  options: readonly string[],
  gold: number | null,
): readonly Node[] {
  const models = [...new Set(picked.map((place) => checkpoints[place]?.model ?? ''))];
  return models.flatMap((model) => {
    const places = checkpoints.flatMap((one, place) =>
      one.model === model && one.step !== null ? [place] : [],
    );
    if (places.length < 2) return [];
    const curves = options.map((_, index) => ({
      name: letter(index),
      isGold: index === gold,
      nats: places.map((place) => chunk.nats[place]?.[inside]?.[index] ?? null),
    }));
    if (curves.every(({ nats }) => nats.every((value) => value === null))) return [];
    const verdicts = places.map((place) => list.verdicts[place]?.[at] ?? '-').join('');
    return [
      element(
        'figure',
        { class: 'question-chart', tabindex: '0' },
        element(
          'figcaption',
          {},
          `${model}: log-likelihood of each option over the steps${gold === null ? '' : `; thick: ${letter(gold)}, the gold one`}`,
        ),
        optionChart(
          places.map((place) => checkpoints[place]?.step ?? 0),
          curves,
          verdicts,
        ),
      ),
    ];
  });
}

function everyCheckpoint(shown: Shown, options: readonly string[], verdicts: readonly string[]): HTMLElement {
  const { chunk, list, at, inside, checkpoints } = shown;
  const hasMargins = list.margins !== null;
  const names = chunk.metrics.map(({ name }) => name);
  const rows = checkpoints.map(({ label }, place) =>
    element(
      'tr',
      {},
      element('th', { scope: 'row' }, label),
      element('td', { class: verdictClass(verdicts[place] ?? '-') }, verdictText(verdicts[place] ?? '-')),
      ...options.map((_, index) =>
        element('td', { class: 'number' }, natsText(chunk.nats[place]?.[inside]?.[index])),
      ),
      hasMargins ? element('td', { class: 'number' }, marginText(list.margins?.[place]?.[at] ?? null)) : null,
      ...chunk.metrics.map(({ values }) =>
        element('td', { class: 'number' }, natsText(values[place]?.[inside])),
      ),
      chunk.texts.length > 0
        ? element(
            'td',
            { class: 'option' },
            (chunk.texts[chunk.answers[place]?.[inside] ?? -1] ?? '').slice(0, 200).toWellFormed(),
          )
        : null,
    ),
  );
  const heads = [
    'Checkpoint',
    'Verdict',
    ...options.map((_, index) => letter(index)),
    ...(hasMargins ? ['Margin'] : []),
    ...names,
    ...(chunk.texts.length > 0 ? ['Answer'] : []),
  ];
  const table = element(
    'table',
    {},
    element('thead', {}, element('tr', {}, ...heads.map((text) => element('th', { scope: 'col' }, text)))),
    element('tbody', {}, ...rows),
  );
  return element(
    'details',
    { class: 'every' },
    element('summary', {}, `All ${formatCount(checkpoints.length)} checkpoints`),
    scrolling(table, 'All checkpoints'),
  );
}

function scrolling(table: HTMLElement, label: string): HTMLElement {
  return element('div', { class: 'table', tabindex: '0', role: 'region', 'aria-label': label }, table);
}

function natsText(value: number | null | undefined): string {
  return value === null || value === undefined ? NOT_AVAILABLE : formatScore(value / FIXED);
}

function marginText(value: number | null): string {
  return value === null ? NOT_AVAILABLE : formatDifference(value / FIXED);
}

/** A dot or a cross for a list's line. */
export function verdictMark(verdict: string): SVGElement {
  const isRight = verdict === '1';
  return drawn(
    'svg',
    {
      viewBox: '-6 -6 12 12',
      width: 13,
      height: 13,
      role: 'img',
      'aria-label': verdictText(verdict).slice(2),
      class: verdictClass(verdict),
    },
    isRight
      ? drawn('circle', { r: 4.4, class: 'right' })
      : verdict === '-'
        ? drawn('path', { d: 'M-4,0h8', class: 'none' })
        : drawn('path', { d: 'M-3.6,-3.6l7.2,7.2m0,-7.2l-7.2,7.2', class: 'wrong' }),
  );
}
