/** What was made before anything was evaluated: the text, what cleaning took out of it, the trainings, what models write. */
import { bytesText } from '@evalgraph/formats';
import { formatCount, formatPercent, formatPerplexity, NOT_AVAILABLE } from '../format.ts';
import type { MadeCorpus, MakingInput, TaskOverlap, TrainingCurve, WrittenTexts } from '../input.ts';
import { plainText } from '../plain-text.ts';
import type { ReportData } from '../scores.ts';
import { type Block, heading, numberCell, paragraph, tableBlock, textCell } from './blocks.ts';

/** @param charts of the trainings */
export function makingSection(data: ReportData, charts: readonly Block[]): readonly Block[] {
  const { making } = data.input;
  if (making === undefined) return [];
  return [...textsSection(making.texts), ...madeSection(making, charts)];
}

function madeSection({ corpora, packs, trainings }: MakingInput, charts: readonly Block[]): readonly Block[] {
  if (corpora.length + packs.length + trainings.length === 0) return [];
  return [
    heading(2, 'How the models were made'),
    ...corpora.flatMap(corpusBlocks),
    ...(packs.length === 0 ? [] : [packTable(packs)]),
    ...charts,
    ...(trainings.length === 0 ? [] : [trainingTable(trainings)]),
  ];
}

function corpusBlocks({ name, documents, textBytes, sources, steps, card }: MadeCorpus): readonly Block[] {
  const label = plainText(name);
  return [
    heading(3, `Corpus ${label}`),
    paragraph(
      `${formatCount(documents)} documents, ${bytesText(textBytes)} of text. The data card, with examples of what was removed: ${plainText(card)}.`,
    ),
    tableBlock(
      `Sources of ${label}`,
      ['Source', 'Licence', 'Documents', 'Text'],
      sources.map((source) => [
        textCell(source.name),
        textCell(source.licence),
        numberCell(formatCount(source.documents), source.documents),
        numberCell(bytesText(source.textBytes), source.textBytes),
      ]),
    ),
    tableBlock(
      `Cleaning of ${label}`,
      ['Step', 'Documents in', 'Removed', 'Share', 'Changed', 'Reasons'],
      steps.map((step) => [
        textCell(step.name),
        numberCell(formatCount(step.documentsIn), step.documentsIn),
        numberCell(formatCount(step.documentsRemoved), step.documentsRemoved),
        shareCell(step.documentsRemoved, step.documentsIn),
        numberCell(formatCount(step.documentsChanged), step.documentsChanged),
        textCell(reasonsText(step.reasons)),
      ]),
    ),
    ...steps.flatMap((step) => overlapBlocks(label, step)),
  ];
}

/** Only tasks that were met have a row: whoever holds a text against a hundred wants to see those. */
function overlapBlocks(corpus: string, { name, overlaps }: MadeCorpus['steps'][number]): readonly Block[] {
  if (overlaps.length === 0) return [];
  const sum = (count: (one: TaskOverlap) => number): number =>
    overlaps.reduce((total, one) => total + count(one), 0);
  const looked = counted(
    sum((one) => one.taskDocuments),
    'document',
  );
  const tooShort = sum((one) => one.taskDocumentsTooShort);
  const short = tooShort === 0 ? '' : ` (${formatCount(tooShort)} more are too short for it)`;
  const found = formatCount(sum((one) => one.taskDocumentsMet));
  const met = overlaps
    .filter(({ documents }) => documents > 0)
    .sort((a, b) => b.taskDocumentsMet - a.taskDocumentsMet || (a.task < b.task ? -1 : 1));
  return [
    paragraph(
      `${plainText(name)} looked for ${looked} of ${counted(overlaps.length, 'task')}${short}, and met ${found}.`,
    ),
    ...(met.length === 0
      ? []
      : [
          tableBlock(
            `Tasks met in ${corpus} (${plainText(name)})`,
            ['Task', 'Documents looked for', 'Met', 'Share', 'Documents of the text'],
            met.map((one) => [
              textCell(one.task),
              numberCell(formatCount(one.taskDocuments), one.taskDocuments),
              numberCell(formatCount(one.taskDocumentsMet), one.taskDocumentsMet),
              shareCell(one.taskDocumentsMet, one.taskDocuments),
              numberCell(formatCount(one.documents), one.documents),
            ]),
          ),
        ]),
  ];
}

function counted(count: number, noun: string): string {
  return `${formatCount(count)} ${noun}${count === 1 ? '' : 's'}`;
}

function shareCell(part: number, whole: number) {
  return whole === 0
    ? numberCell(NOT_AVAILABLE, null)
    : numberCell(formatPercent(part / whole), part / whole);
}

/** The commonest first. */
function reasonsText(reasons: Readonly<Record<string, number>>): string {
  return Object.entries(reasons)
    .sort(([a, one], [b, other]) => other - one || (a < b ? -1 : 1))
    .map(([reason, count]) => `${reason} ${formatCount(count)}`)
    .join(', ');
}

function packTable(packs: MakingInput['packs']): Block {
  const areWeighted = packs.some(({ unweighted }) => unweighted !== null);
  return tableBlock(
    'Packed tokens',
    [
      'Pack',
      'Corpus',
      'Tokens',
      'Sequences',
      'Of tokens each',
      'Dropped at the end',
      ...(areWeighted ? ['Left out, as nothing counts'] : []),
    ],
    packs.map(({ name, corpus, packed, sequences, sequenceLength, dropped, unweighted }) => [
      textCell(name),
      textCell(corpus),
      numberCell(formatCount(packed), packed),
      numberCell(formatCount(sequences), sequences),
      numberCell(formatCount(sequenceLength), sequenceLength),
      numberCell(formatCount(dropped), dropped),
      ...(areWeighted ? [countOrNone(unweighted)] : []),
    ]),
  );
}

function countOrNone(count: number | null) {
  return numberCell(count === null ? NOT_AVAILABLE : formatCount(count), count);
}

function trainingTable(trainings: readonly TrainingCurve[]): Block {
  return tableBlock(
    'Trainings',
    ['Model', 'Steps', 'Tokens', 'First loss', 'Last loss', 'Perplexity at the end'],
    trainings.flatMap(({ model, steps, isWeighted }) => {
      const [first, last] = [steps[0], steps.at(-1)];
      if (first === undefined || last === undefined) return [];
      return [
        [
          textCell(model),
          numberCell(formatCount(last.step), last.step),
          numberCell(formatCount(last.tokens), last.tokens),
          numberCell(first.loss.toFixed(4), first.loss),
          numberCell(last.loss.toFixed(4), last.loss),
          // Answers that count more than their questions make a loss that is no perplexity's.
          isWeighted
            ? numberCell(NOT_AVAILABLE, null)
            : numberCell(formatPerplexity(Math.exp(last.loss)), Math.exp(last.loss)),
        ],
      ];
    }),
  );
}

/** A table for each prompt and way: checkpoints below each other, so that a reader sees the text grow. */
function textsSection(texts: readonly WrittenTexts[]): readonly Block[] {
  const parts = texts.flatMap(({ model, checkpoints, rows }): readonly Block[] => [
    heading(3, `Texts of ${plainText(model)}`),
    ...rows.map(({ prompt, way, texts: written }) =>
      tableBlock(
        `${plainText(model)}: ${plainText(prompt)} (${plainText(way)})`,
        ['Checkpoint', `${plainText(prompt)} … (${plainText(way)})`],
        checkpoints.map((checkpoint, at) => [textCell(checkpoint), textCell(written[at] ?? '')]),
      ),
    ),
  ]);
  return parts.length === 0 ? [] : [heading(2, 'What the checkpoints write'), ...parts];
}
