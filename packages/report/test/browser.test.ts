/** Drives the page from disk in Chromium; skipped where the machine has none. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { AxeResults } from 'axe-core';
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { buildReport } from '../src/build-report.ts';
import { findChromium, launch } from './browser.ts';
import { HOSTILE, syntheticSamples } from './samples.ts';
import { syntheticInput } from './synthetic.ts';

const chromium = findChromium();
/** As many documents as hostile texts, twice, and a bit. */
const DOCS = 20;
const PHONE = { width: 360, height: 740 };

describe.skipIf(chromium === null)('the page in Chromium (needs chromium on the PATH)', () => {
  const folder = mkdtempSync(join(tmpdir(), 'evalgraph-page-'));
  const address = pathToFileURL(join(folder, 'index.html')).href;
  const base = address.slice(0, -'index.html'.length);
  const requested: string[] = [];
  const said: string[] = [];
  const pages: Page[] = [];
  let browser: Browser;

  beforeAll(async () => {
    const input = syntheticInput({ checkpoints: 3, subjects: 2 });
    const files = await buildReport({
      ...input,
      samples: syntheticSamples({ docs: DOCS, hostile: true }),
      references: [{ model: 'other', task: 'boolq', value: 0.6, source: 'https://example.org/table' }],
    });
    for (const [name, content] of files) {
      mkdirSync(dirname(join(folder, name)), { recursive: true });
      writeFileSync(join(folder, name), content);
    }
    browser = await launch(chromium ?? '');
  });
  afterEach(async () => {
    for (const page of pages.splice(0)) await page.close();
  });
  afterAll(async () => {
    await browser.close();
    rmSync(folder, { recursive: true });
  });

  /** A new page at an address of the report; what it asks for and complains of is kept for the last test. */
  async function open(
    hash = '',
    options: Parameters<Browser['newPage']>[0] = { viewport: { width: 1400, height: 1000 } },
  ): Promise<Page> {
    const page = await browser.newPage(options);
    pages.push(page);
    page.on('request', (request) => requested.push(request.url()));
    page.on('console', (message) => said.push(message.text()));
    page.on('pageerror', (error) => said.push(error.message));
    await page.goto(address + hash);
    return page;
  }

  async function openQuestion(hash: string, title: string, options?: Parameters<Browser['newPage']>[0]) {
    const page = await open(hash, options);
    await page.getByRole('heading', { name: title, exact: true }).waitFor();
    return page;
  }

  it('sorts and filters a table, by pointer and by key', async () => {
    const page = await open();
    const table = page.locator('table').first();
    const gains = async (): Promise<number[]> =>
      (
        await table
          .locator('tbody tr:visible td:nth-child(9)')
          .evaluateAll((cells) => cells.map((cell) => cell.dataset['value']))
      ).map(Number);
    const before = await gains();
    const heading = table.locator('th', { has: page.getByRole('button') }).nth(8);
    await heading.getByRole('button').click();
    expect(await gains()).toEqual([...before].sort((a, b) => b - a));
    expect(await heading.getAttribute('aria-sort')).toBe('descending');
    await heading.getByRole('button').press('Enter');
    expect(await gains()).toEqual([...before].sort((a, b) => a - b));
    await heading.getByRole('button').press('Enter');
    expect(await gains()).toEqual(before);
    await page.getByPlaceholder('Filter rows').first().fill('mmlu');
    expect(await gains()).toHaveLength(2);
  });

  it('opens a question from its address, and flipped ones by the filter', async () => {
    const page = await openQuestion('#q=boolq/3&a=iter_0000200&b=iter_0000600', 'boolq #3');
    await expect.poll(() => page.evaluate('document.activeElement.textContent')).toBe('boolq #3');
    expect(await page.locator('#x-detail svg.curves polyline').count()).toBe(4);
    const flipped = page.locator('[data-verdict=flipped]');
    const count = Number(await flipped.locator('.count').textContent());
    await flipped.click();
    await page.waitForURL(/f=flipped/);
    expect(count).toBeGreaterThan(0);
    const lines = page.locator('#x-list li');
    expect(await lines.count()).toBe(count);
    for (const line of await lines.all()) {
      const marks = await line.locator('svg').evaluateAll((all) => all.map((one) => one.ariaLabel));
      expect(new Set(marks).size).toBe(2);
    }
    await lines.first().getByRole('link').click();
    await page.locator('#x-detail h3').waitFor();
    // The address that stands there now opens the same question.
    const title = await page.locator('#x-detail h3').textContent();
    await openQuestion(new URL(page.url()).hash, title ?? '');
  });

  it('goes from question to question by keys, and past the menu by the first', async () => {
    const page = await openQuestion('#q=boolq/3', 'boolq #3');
    for (const [key, title] of [
      ['j', 'boolq #4'],
      ['k', 'boolq #3'],
      ['k', 'boolq #2'],
    ] as const) {
      await page.keyboard.press(key);
      await page.getByRole('heading', { name: title, exact: true }).waitFor();
    }
    const start = await open();
    await start.keyboard.press('Tab');
    expect(await start.evaluate('document.activeElement.className')).toBe('skip');
  });

  it('shows hostile texts as texts, and runs none of them', async () => {
    for (const [doc, text] of HOSTILE.entries()) {
      for (const task of ['boolq', 'gsm8k']) {
        const page = await openQuestion(`#q=${task}/${doc}`, `${task} #${doc}`);
        await page.evaluate(`document.querySelectorAll('#x-detail button').forEach((one) => one.click())`);
        const shown = await page.locator('#x-detail pre').allTextContents();
        expect(shown.join('')).toContain(text.toWellFormed());
        expect(await page.evaluate('String(window.hacked)')).toBe('undefined');
        expect(await page.locator('#x-detail :is(script, img, b:not(.tag b))').count()).toBe(0);
        await page.close();
      }
    }
  });

  it('finds a text in prompts and answers', async () => {
    const page = await open(`#t=mmlu&s=${encodeURIComponent('<IMG SRC=x')}`);
    await expect.poll(() => page.locator('#x-status').textContent()).toMatch(/^Questions/);
    const expected =
      8 *
      Array.from({ length: DOCS }, (_, doc) => doc % HOSTILE.length).filter((index) =>
        HOSTILE[index]?.startsWith('<img'),
      ).length;
    expect(await page.locator('#x-list li').count()).toBe(expected);
  });

  it('fits a phone', async () => {
    for (const hash of ['', '#q=gsm8k/8', '#q=boolq/0']) {
      const page = await open(hash, { viewport: PHONE });
      if (hash !== '') await page.locator('#x-detail h3').waitFor();
      const { scrollWidth, clientWidth } = await page.locator(':root').evaluate((root) => ({
        scrollWidth: root.scrollWidth,
        clientWidth: root.clientWidth,
      }));
      expect(scrollWidth).toBe(clientWidth);
    }
  });

  it('is dark where the system is, until the reader chooses', async () => {
    const page = await open('', { colorScheme: 'light' });
    const paper = 'getComputedStyle(document.body).backgroundColor';
    expect(await page.evaluate(paper)).toBe('rgb(255, 255, 255)');
    await page.emulateMedia({ colorScheme: 'dark' });
    expect(await page.evaluate(paper)).toBe('rgb(21, 24, 28)');
    await page.getByRole('button', { name: 'Dark' }).click();
    expect(await page.evaluate(paper)).toBe('rgb(255, 255, 255)');
    await page.reload();
    expect(await page.evaluate(paper)).toBe('rgb(255, 255, 255)');
  });

  const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

  it.each([
    ['the report', '', 'main', 'light', 1400],
    ['the report', '', 'main', 'dark', PHONE.width],
    ['options', '#q=boolq/1', '#questions', 'light', PHONE.width],
    ['options', '#q=boolq/1', '#questions', 'dark', 1400],
    ['answers', '#q=gsm8k/1', '#questions', 'light', 1400],
    ['answers', '#q=gsm8k/1', '#questions', 'dark', PHONE.width],
  ] as const)('breaks no rule of axe that is serious: %s%s, %s, %s, %i wide', async (_, hash, part, colorScheme, width) => {
    // The page's policy lets no script in but its own; the judge's is let in, the page is the same.
    const page = await open(hash, { colorScheme, viewport: { width, height: 900 }, bypassCSP: true });
    if (hash !== '') await page.locator('#x-detail h3').waitFor();
    await page.evaluate(axe);
    const context = hash === '' ? 'document' : JSON.stringify(part);
    const { violations, passes } = (await page.evaluate(
      `axe.run(${context}, { resultTypes: ['violations'] })`,
    )) as AxeResults;
    const serious = violations
      .filter(({ impact }) => impact === 'serious' || impact === 'critical')
      .map(({ id, nodes }) => [id, nodes.length, nodes.slice(0, 3).map(({ html }) => html.slice(0, 160))]);
    expect(serious).toEqual([]);
    expect(passes.length).toBeGreaterThan(10);
  });

  it('has headings in their order, and no two of one id', async () => {
    const page = await openQuestion('#q=boolq/1', 'boolq #1');
    const levels = (
      await page.locator('h1, h2, h3, h4, h5').evaluateAll((all) => all.map((one) => one.tagName[1]))
    ).map(Number);
    expect(levels.filter((level, index) => index > 0 && level > (levels[index - 1] ?? 0) + 1)).toEqual([]);
    const ids = await page.locator('[id]').evaluateAll((all) => all.map((one) => one.id));
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('asked for nothing but files beside it, and broke no rule of its own', () => {
    expect(requested.length).toBeGreaterThan(30);
    expect(requested.filter((url) => !url.startsWith(base))).toEqual([]);
    expect(said).toEqual([]);
  });
});
