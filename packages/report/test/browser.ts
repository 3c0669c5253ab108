/** Chromium for the page's tests: the machine's own, where it has one. */
import { execFileSync } from 'node:child_process';
import { type Browser, chromium } from 'playwright-core';

/** null where the machine has none. */
export function findChromium(): string | null {
  for (const name of ['chromium', 'chromium-browser', 'google-chrome']) {
    try {
      return execFileSync('which', [name], { encoding: 'utf8' }).trim();
    } catch {
      // Not under this name.
    }
  }
  return null;
}

export function launch(path: string): Promise<Browser> {
  return chromium.launch({ executablePath: path, args: ['--no-sandbox', '--disable-gpu'] });
}
