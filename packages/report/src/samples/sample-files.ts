/**
 * The explorer's data: an index that stands in the page, and chunks beside it. Chunks are scripts, because a page
 * opened from disk may not fetch; each only hands a literal to the page's one function.
 */
import type { ListChunk, PageData, PageTask, TextChunk } from '../../page/chunks.ts';
import { placeText, taskText } from '../content/cells.ts';
import { metricLabel } from '../headline-metric.ts';
import type { SampleSource } from '../input.ts';
import { plainText } from '../plain-text.ts';
import { leavesOf, type ReportData, type TaskNode } from '../scores.ts';
import { scriptJson } from '../script-json.ts';
import { collectTask, DOCS_A_CHUNK } from './collect.ts';

export interface SampleFiles {
  readonly page: PageData;
  /** `samples/<n>-list.js`, `samples/<n>-<chunk>.js`. */
  readonly files: ReadonlyMap<string, string>;
  readonly bytes: number;
}

/** @returns null where there are no samples at all. @throws UserError bad-sample */
export async function sampleFiles(data: ReportData, source: SampleSource): Promise<SampleFiles | null> {
  const files = new Map<string, string>();
  const tasks: PageTask[] = [];
  const numbers = new Map<string, number>();
  let bytes = 0;
  const put = (name: string, chunk: ListChunk | TextChunk): void => {
    const text = `evalgraphChunk(${JSON.stringify(name)},${scriptJson(chunk)});\n`;
    files.set(`samples/${name}.js`, text);
    bytes += Buffer.byteLength(text);
  };
  for (const { column } of leaves(data)) {
    const samples = await collectTask(column, data.rows, source);
    if (samples === null) continue;
    const number = tasks.length;
    numbers.set(column.task, number);
    put(`${number}-list`, samples.list);
    for (const [index, chunk] of samples.texts.entries()) put(`${number}-${index}`, chunk);
    tasks.push({
      name: taskText(column),
      metric: metricLabel(column.metric),
      limit: column.limit,
      docs: samples.docs,
      docsAChunk: DOCS_A_CHUNK,
      checkpoints: samples.rows,
    });
  }
  if (tasks.length === 0) return null;
  const groups = data.tasks.flatMap(inner).map((node) => ({
    name: plainText(node.name),
    tasks: leavesOf(node).flatMap(({ name }) => numbers.get(name) ?? []),
  }));
  return {
    page: {
      checkpoints: data.rows.map((row) => ({
        model: plainText(row.model.name),
        id: plainText(row.checkpoint.name),
        label: placeText(row),
        step: row.checkpoint.step,
      })),
      tasks,
      groups: groups.filter((group) => group.tasks.length > 1),
    },
    files,
    bytes,
  };
}

/** Each task once: two groups may share one. */
function leaves(data: ReportData): readonly TaskNode[] {
  return [...new Map(data.tasks.flatMap(leavesOf).map((node) => [node.name, node])).values()];
}

function inner(node: TaskNode): readonly TaskNode[] {
  return node.children.length === 0 ? [] : [node, ...node.children.flatMap(inner)];
}
