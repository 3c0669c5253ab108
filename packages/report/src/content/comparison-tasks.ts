/**
 * What stands beside the table of tasks: what a difference that was not found could have been, and which answers
 * turned.
 */
import type { ComparisonRecord, FlipCount, PairedTask } from '@evalgraph/formats';
import { formatCount, formatInterval, formatPercent, formatScore } from '../format.ts';
import { plainText } from '../plain-text.ts';
import { type Block, type Cell, heading, numberCell, paragraph, tableBlock, textCell } from './blocks.ts';
import { absent, percentInterval } from './comparison-cells.ts';
import { taskName } from './comparison-findings.ts';

/** Rows of a list of subjects: the ones that turned most. */
const SHOWN_SUBJECTS = 10;

export function powerBlocks(record: ComparisonRecord): readonly Block[] {
  const rows = record.tasks.flatMap((task) => {
    const { analysis } = task;
    if (analysis === undefined || analysis === null) return [];
    const { recovery, minimumDetectable } = analysis;
    return [
      [
        textCell(taskName(task)),
        recovery === null ? absent() : numberCell(formatPercent(recovery.value), recovery.value),
        recovery?.interval95 === undefined || recovery.interval95 === null
          ? absent()
          : numberCell(percentInterval(recovery.interval95), recovery.interval95[0]),
        analysis.bootstrap95 === null
          ? absent()
          : numberCell(formatInterval(analysis.bootstrap95), analysis.bootstrap95[0]),
        minimumDetectable === null ? absent() : numberCell(formatScore(minimumDetectable), minimumDetectable),
        textCell(analysis.test === 'mcnemar' ? "McNemar's exact" : 'sign-flip permutation'),
        numberCell(formatCount(analysis.clusters), analysis.clusters),
      ],
    ];
  });
  if (rows.length === 0) return [];
  return [
    heading(2, 'Recovery and power'),
    paragraph(
      'Recovery is pruned / dense. The detectable difference is what this number of documents would find with 80 % probability at the uncorrected 5 % level: where it is large, a small p is the only thing that says anything. Groups are documents that share a context (or single documents); they, not documents, are the independent draws.',
    ),
    tableBlock(
      `${record.name}: recovery and power`,
      [
        'Task',
        'Recovery',
        '95 % of recovery',
        'Bootstrap 95 % of difference',
        'Detectable',
        'Test',
        'Groups',
      ],
      rows,
    ),
  ];
}

export function flipBlocks(record: ComparisonRecord): readonly Block[] {
  const turned = record.tasks.flatMap((task) =>
    task.flips === undefined || task.flips === null ? [] : [{ task, flips: task.flips }],
  );
  if (turned.length === 0) return [];
  const rows = turned.map(({ task, flips }) =>
    flipRow(taskName(task), {
      name: '',
      documents: flips.documents,
      rightToWrong: flips.rightToWrong.length,
      wrongToRight: flips.wrongToRight.length,
    }),
  );
  const header = ['Right to wrong', 'Wrong to right', 'Net', 'Turned', 'Documents'];
  return [
    heading(2, 'Flips'),
    paragraph(
      'Answers that changed sides. A balanced exchange leaves the score where it was, and the model is another one all the same. The documents themselves are in comparison_results.json.',
    ),
    tableBlock(`${record.name}: flips`, ['Task', ...header], rows),
    ...firstOfEach(turned).flatMap(({ task, flips }) => [
      ...subjectTable(record, task, 'Category', flips.byCategory, header),
      ...subjectTable(record, task, 'Subject', flips.bySubject, header),
    ]),
  ];
}

/** Keeps one metric of each task: its other metrics turn much the same documents. */
function firstOfEach<Turned extends { readonly task: PairedTask }>(
  turned: readonly Turned[],
): readonly Turned[] {
  return [...new Map(turned.toReversed().map((one) => [one.task.task, one])).values()].reverse();
}

function subjectTable(
  record: ComparisonRecord,
  task: PairedTask,
  what: string,
  counts: readonly FlipCount[],
  header: readonly string[],
): readonly Block[] {
  if (counts.length < 2) return [];
  const turned = (count: FlipCount): number => count.rightToWrong + count.wrongToRight;
  const sorted = counts.toSorted(
    (a, b) => turned(b) / b.documents - turned(a) / a.documents || (a.name < b.name ? -1 : 1),
  );
  const shown = sorted.slice(0, SHOWN_SUBJECTS);
  const rest = sorted.length - shown.length;
  return [
    heading(3, `${taskName(task)} by ${what.toLowerCase()}`),
    tableBlock(
      `${record.name}: flips of ${taskName(task)} by ${what.toLowerCase()}`,
      [what, ...header],
      shown.map((count) => flipRow(plainText(count.name), count)),
    ),
    ...(rest === 0 ? [] : [paragraph(`${formatCount(rest)} more, which turned less.`)]),
  ];
}

function flipRow(name: string, { rightToWrong, wrongToRight, documents }: FlipCount): readonly Cell[] {
  const share = documents === 0 ? 0 : (rightToWrong + wrongToRight) / documents;
  const net = wrongToRight - rightToWrong;
  return [
    textCell(name),
    numberCell(formatCount(rightToWrong), rightToWrong),
    numberCell(formatCount(wrongToRight), wrongToRight),
    numberCell(net > 0 ? `+${formatCount(net)}` : formatCount(net), net),
    numberCell(formatPercent(share), share),
    numberCell(formatCount(documents), documents),
  ];
}
