import { chromium } from 'playwright-core';

const [, , folder, out, hash = '', ...rest] = process.argv;
const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox'] });
for (const scheme of (rest[1] ?? 'light,dark').split(','))
  for (const w of (rest[0] ?? '360,900,1400').split(',').map(Number)) {
    const page = await browser.newPage({
      viewport: { width: w, height: 900 },
      colorScheme: scheme as 'light',
    });
    const t = performance.now();
    await page.goto(`file://${folder}/index.html${hash}`);
    await page.waitForTimeout(hash ? 1200 : 100);
    const sw = await page.evaluate('document.documentElement.scrollWidth');
    const h = (await page.evaluate('document.documentElement.scrollHeight')) as number;
    console.log(scheme, w, 'scrollWidth', sw, 'height', h);
    if (hash) await page.screenshot({ path: `${out}-${w}-${scheme}.png` });
    else
      await page.screenshot({
        path: `${out}-${w}-${scheme}.png`,
        fullPage: true,
        clip: { x: 0, y: 0, width: w, height: Math.min(h, 14000) },
      });
    await page.close();
  }
await browser.close();
