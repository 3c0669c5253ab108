import { chromium } from 'playwright-core';

const [, , folder, out, w, scheme, ...ys] = process.argv;
const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox'] });
const page = await browser.newPage({
  viewport: { width: Number(w), height: 1500 },
  colorScheme: scheme as 'light',
});
await page.goto(`file://${folder}/index.html`);
for (const y of ys) {
  await page.evaluate(`scrollTo(0, ${y})`);
  await page.waitForTimeout(60);
  await page.screenshot({ path: `${out}-${y}.png` });
}
await browser.close();
