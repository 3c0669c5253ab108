/**
 * A picture of the sample explorer for the README: `node packages/report/bench/picture.ts <report folder> <address> <file>`,
 * with the part of an address after `#`. The dark one stands beside it as `<file>.dark.png`.
 */
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { findChromium, launch } from '../test/browser.ts';

const [, , folder = '', view = '', file = ''] = process.argv;
const chromium = findChromium();
if (chromium === null) throw new Error('no chromium on the PATH');
const browser = await launch(chromium);
for (const colorScheme of ['light', 'dark'] as const) {
  const page = await browser.newPage({ viewport: { width: 1400, height: 980 }, colorScheme });
  await page.goto(`${pathToFileURL(resolve(folder, 'index.html')).href}#${view}`);
  await page.locator('#x-detail h3').waitFor();
  // The frame round the heading is where the focus is; nobody has it in a picture.
  await page.evaluate('document.activeElement.blur()');
  await page.evaluate(`scrollBy(0, document.querySelector('.controls').getBoundingClientRect().top - 64)`);
  await page.waitForTimeout(200);
  await page.screenshot({ path: colorScheme === 'light' ? file : file.replace(/(\.png)?$/, '.dark.png') });
  await page.close();
}
await browser.close();
