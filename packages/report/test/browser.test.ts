/** Drives the page from disk in Chromium; skipped where the machine has none. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildReport } from '../src/build-report.ts';
import { Browser, findChromium } from './browser.ts';
import { HOSTILE, syntheticSamples } from './samples.ts';
import { syntheticInput } from './synthetic.ts';

const chromium = findChromium();
/** As many documents as hostile texts, twice, and a bit. */
const DOCS = 20;

describe.skipIf(chromium === null)('the page in Chromium (needs chromium on the PATH)', () => {
  const folder = mkdtempSync(join(tmpdir(), 'evalgraph-page-'));
  const address = pathToFileURL(join(folder, 'index.html')).href;
  let browser: Browser;

  beforeAll(async () => {
    const input = syntheticInput({ checkpoints: 3, subjects: 2 });
    const files = await buildReport({ ...input, samples: syntheticSamples({ docs: DOCS, hostile: true }) });
    for (const [name, content] of files) {
      mkdirSync(dirname(join(folder, name)), { recursive: true });
      writeFileSync(join(folder, name), content);
    }
    browser = await Browser.launch(chromium ?? '');
  });
  afterAll(async () => {
    await browser.close();
    rmSync(folder, { recursive: true });
  });

  it('sorts and filters a table, by pointer and by key', async () => {
    await browser.size(1400, 1000);
    await browser.open(address);
    const column = `[...document.querySelector('table').tBodies[0].rows].filter((row) => !row.hidden).map((row) => Number(row.cells[8].dataset.value))`;
    const before = (await browser.value(column)) as number[];
    await browser.value(`document.querySelectorAll('table th button')[8].focus()`);
    await browser.key('Enter');
    const sorted = (await browser.value(column)) as number[];
    expect(sorted).toEqual([...before].sort((a, b) => b - a));
    expect(await browser.value(`document.querySelectorAll('table th')[8].getAttribute('aria-sort')`)).toBe(
      'descending',
    );
    await browser.key('Enter');
    await browser.key('Enter');
    expect(await browser.value(column)).toEqual(before);
    await browser.value(
      `{ const field = document.querySelector('.filter input'); field.value = 'mmlu'; field.dispatchEvent(new Event('input')); }`,
    );
    expect(((await browser.value(column)) as number[]).length).toBe(2);
  });

  it('opens a question from its address, and flipped ones by the filter', async () => {
    await browser.open(`${address}#q=boolq/3&a=iter_0000200&b=iter_0000600`);
    await browser.becomes(`document.querySelector('#x-detail h3')?.textContent === 'boolq #3'`);
    expect(await browser.value('document.activeElement.textContent')).toBe('boolq #3');
    expect(await browser.value(`document.querySelectorAll('#x-detail svg.curves polyline').length`)).toBe(4);
    const count = Number(
      await browser.value(`document.querySelector('[data-verdict=flipped] .count').textContent`),
    );
    await browser.value(`document.querySelector('[data-verdict=flipped]').click()`);
    await browser.becomes(`location.hash.includes('f=flipped')`);
    expect(count).toBeGreaterThan(0);
    expect(await browser.value(`document.querySelectorAll('#x-list li').length`)).toBe(count);
    const marks = await browser.value(
      `[...document.querySelectorAll('#x-list li')].every((li) => new Set([...li.querySelectorAll('svg')].map((svg) => svg.getAttribute('aria-label'))).size === 2)`,
    );
    expect(marks).toBe(true);
  });

  it('goes from question to question by keys', async () => {
    await browser.open(`${address}#q=boolq/3`);
    await browser.becomes(`document.querySelector('#x-detail h3')?.textContent === 'boolq #3'`);
    await browser.key('j');
    await browser.becomes(`document.querySelector('#x-detail h3')?.textContent === 'boolq #4'`);
    await browser.key('k');
    await browser.key('k');
    await browser.becomes(`document.querySelector('#x-detail h3')?.textContent === 'boolq #2'`);
    await browser.open(address);
    await browser.key('Tab');
    expect(await browser.value('document.activeElement.className')).toBe('skip');
  });

  it('shows hostile texts as texts, and runs none of them', async () => {
    for (const [doc, text] of HOSTILE.entries()) {
      for (const task of ['boolq', 'gsm8k']) {
        await browser.open(`${address}#q=${task}/${doc}`);
        await browser.becomes(`document.querySelector('#x-detail h3')?.textContent === '${task} #${doc}'`);
        await browser.value(
          `document.querySelectorAll('#x-detail button').forEach((button) => button.click())`,
        );
        const shown = String(
          await browser.value(
            `[...document.querySelectorAll('#x-detail pre')].map((pre) => pre.textContent).join('')`,
          ),
        );
        expect(shown).toContain(text.toWellFormed());
        expect(await browser.value('String(window.hacked)')).toBe('undefined');
        expect(
          await browser.value(
            `document.querySelectorAll('#x-detail :is(script, img, b:not(.tag b))').length`,
          ),
        ).toBe(0);
      }
    }
  });

  it('finds a text in prompts and answers', async () => {
    await browser.open(`${address}#t=mmlu&s=${encodeURIComponent('<IMG SRC=x')}`);
    await browser.becomes(`/^Questions/.test(document.querySelector('#x-status').textContent)`);
    const expected =
      8 *
      Array.from({ length: DOCS }, (_, doc) => doc % HOSTILE.length).filter((index) =>
        HOSTILE[index]?.startsWith('<img'),
      ).length;
    expect(await browser.value(`document.querySelectorAll('#x-list li').length`)).toBe(expected);
  });

  it('fits a phone, and is dark where the system is', async () => {
    await browser.size(360, 740);
    await browser.open(`${address}#q=gsm8k/8`);
    await browser.becomes(`document.querySelector('#x-detail h3')`);
    const width = 'document.documentElement.clientWidth';
    expect(await browser.value(`document.documentElement.scrollWidth - ${width}`)).toBe(0);
    const paper = `getComputedStyle(document.body).backgroundColor`;
    expect(await browser.value(paper)).toBe('rgb(255, 255, 255)');
    await browser.send('Emulation.setEmulatedMedia', {
      features: [{ name: 'prefers-color-scheme', value: 'dark' }],
    });
    expect(await browser.value(paper)).toBe('rgb(21, 24, 28)');
    await browser.value(`document.querySelector('#theme').click()`);
    expect(await browser.value(paper)).toBe('rgb(255, 255, 255)');
    await browser.value('localStorage.clear()');
  });

  it('has a name for every control, and headings in their order', async () => {
    await browser.open(`${address}#q=boolq/1`);
    await browser.becomes(`document.querySelector('#x-detail h3')`);
    const nameless =
      await browser.value(`[...document.querySelectorAll('button, a, input, select, [role=region], svg[role=img]')].filter((one) =>
      !(one.textContent.trim() || one.getAttribute('aria-label') || one.labels?.length)).map((one) => one.outerHTML.slice(0, 80))`);
    expect(nameless).toEqual([]);
    const levels = (await browser.value(
      `[...document.querySelectorAll('h1, h2, h3, h4, h5')].map((one) => Number(one.tagName[1]))`,
    )) as number[];
    expect(levels.filter((level, index) => index > 0 && level > (levels[index - 1] ?? 0) + 1)).toEqual([]);
    const ids = (await browser.value(
      `[...document.querySelectorAll('[id]')].map((one) => one.id)`,
    )) as string[];
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('asked for nothing but files beside it, and broke no rule of its own', () => {
    const addresses = browser.events
      .filter(({ method }) => method === 'Network.requestWillBeSent')
      .map(({ params }) => String((params?.['request'] as { url: string }).url));
    const base = address.slice(0, -'index.html'.length);
    expect(addresses.length).toBeGreaterThan(30);
    expect(addresses.filter((url) => !url.startsWith(base) && url !== 'about:blank')).toEqual([]);
    const said = browser.events.filter(
      ({ method }) => method === 'Runtime.exceptionThrown' || method === 'Log.entryAdded',
    );
    expect(said).toEqual([]);
  });
});
