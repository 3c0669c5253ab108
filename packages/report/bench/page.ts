/**
 * How long the page of a large run takes to build, and how large it is: 27 checkpoints x 14,042 documents (MMLU's size) of 40
 * tasks, made up. `node packages/report/bench/page.ts [folder]`; with a folder the files are written there, and opened in
 * Chromium where there is one.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { buildReport } from '../src/build-report.ts';
import type { SamplePlace } from '../src/input.ts';
import { findChromium, launch } from '../test/browser.ts';
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
const chromium = findChromium();
if (folder !== undefined && chromium !== null) await measure(resolve(folder, 'index.html'), chromium);

/** Each from the reader's act to the frame that shows its outcome, in the page's own clock. */
async function measure(file: string, path: string): Promise<void> {
  const browser = await launch(path);
  const page = await browser.newPage({ viewport: { width: 1400, height: 900 } });
  const begun = performance.now();
  await page.goto(pathToFileURL(file).href);
  console.log(`page loaded after ${(performance.now() - begun).toFixed(0)} ms`);
  const act = async (what: string, script: string): Promise<void> => {
    const ms = (await page.evaluate(`(async () => {
      const status = document.querySelector('#x-status');
      const begun = performance.now();
      const changed = new Promise((done) => new MutationObserver(() => {
        if (/^(Questions|No )/.test(status.textContent)) done();
      }).observe(status, { childList: true, characterData: true, subtree: true }));
      ${script}
      await changed;
      await new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
      return performance.now() - begun;
    })()`)) as number;
    console.log(`${what}: ${ms.toFixed(0)} ms`);
  };
  const choose = (id: string, value: string): string =>
    `const field = document.querySelector('${id}'); field.value = ${value}; field.dispatchEvent(new Event('change')); field.dispatchEvent(new Event('input'));`;
  const verdict = (name: string): string => `document.querySelector('[data-verdict=${name}]').click();`;
  const scrolled = performance.now();
  await page.locator('#questions').scrollIntoViewIfNeeded();
  await page.locator('#x-list li').first().waitFor();
  console.log(`first list after ${(performance.now() - scrolled).toFixed(0)} ms`);
  await act('all 14,042 documents', choose('#x-task', "'mmlu'"));
  await act('flipped', verdict('flipped'));
  await act('learned', verdict('learned'));
  await act('another checkpoint', choose('#x-b', 'field.options[9].value'));
  await act('by margin', choose('#x-order', "'margin'"));
  await act('a text, first time', choose('#x-text', "'question 17'"));
  await act('another text', choose('#x-text', "'question 23'"));
  await browser.close();
}
