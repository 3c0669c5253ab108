/**
 * How long the page of a large run takes to build, and how large it is: 27 checkpoints x 14,042 documents (MMLU's size) of 40
 * tasks, made up. `node packages/report/bench/page.ts [folder]`; with a folder the files are written there.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { buildReport } from '../src/build-report.ts';
import type { SamplePlace } from '../src/input.ts';
import { syntheticSamples } from '../test/samples.ts';
import { syntheticInput } from '../test/synthetic.ts';

const DOCS = 14_042;
const TASKS = 40;

const input = syntheticInput({ checkpoints: 27, subjects: 10, firstStep: 2000 });
const series = input.models.slice(0, 1);
const subjects = new Map<string, number>();
const small = Math.floor(DOCS / TASKS);

/** The last task has the documents that are left over. */
function samples(place: SamplePlace): Iterable<unknown> | null {
  if (place.cell !== 'mmlu') return null;
  if (!subjects.has(place.task)) subjects.set(place.task, subjects.size);
  const index = subjects.get(place.task) ?? 0;
  const docs = index === TASKS - 1 ? DOCS - small * (TASKS - 1) : small;
  return syntheticSamples({ docs, hostile: false })(place);
}

const start = performance.now();
const files = await buildReport({
  ...input,
  models: series,
  cells: input.cells.filter(
    ({ checkpoint, task }) => checkpoint.model === 'demo' && !task.startsWith('perplexity'),
  ),
  comparisons: [],
  samples,
});
const seconds = (performance.now() - start) / 1000;
const size = (keep: (name: string) => boolean): string =>
  `${([...files].filter(([name]) => keep(name)).reduce((sum, [, content]) => sum + Buffer.byteLength(content), 0) / 1e6).toFixed(1)} MB`;
console.log(`built in ${seconds.toFixed(1)} s, heap ${(process.memoryUsage().heapUsed / 1e6).toFixed(0)} MB`);
console.log(`index.html ${size((name) => name === 'index.html')}`);
console.log(
  `samples ${size((name) => name.startsWith('samples/'))}, lists ${size((name) => name.endsWith('-list.js'))}`,
);
console.log(`charts ${size((name) => name.startsWith('charts/'))}`);
const [, , folder] = process.argv;
for (const [name, content] of folder === undefined ? [] : files) {
  const path = join(folder ?? '', name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, content);
}
