/**
 * Renders each template of a folder twice: as a task's, and as a checkpoint's chat template in its thread. Prints a
 * line of JSON for each: how it ended, and the process's largest memory so far. Run by hostile-templates.test.ts.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isolatedChatTemplate } from '../src/chat/isolated-chat.ts';
import { renderTemplate } from '../src/jinja/render.ts';
import { PythonError } from '../src/python/value.ts';

const [folder = '', every = '1'] = process.argv.slice(2);
const extra = { variables: {}, now: new Date() };

function ending(work: () => string): string {
  try {
    return `text of ${work().length} characters`;
  } catch (error) {
    return error instanceof PythonError
      ? `message ${error.message.slice(0, 200)}`
      : `defect ${String(error)}`;
  }
}

for (const [index, name] of readdirSync(folder).sort().entries()) {
  if (index % Number(every) !== 0) continue;
  const template = readFileSync(join(folder, name), 'utf8');
  const chat = isolatedChatTemplate(template, extra, { checkpoint: 'models/stranger' });
  const runs = [
    ['task', () => renderTemplate(template, new Map([['s', 'text']]))],
    ['chat', () => chat([{ role: 'user', content: 'text' }], true)],
  ] as const;
  for (const [kind, work] of runs) {
    const started = performance.now();
    const end = ending(work);
    const tookMs = Math.round(performance.now() - started);
    const memoryMb = Math.round(process.resourceUsage().maxRSS / 1024);
    process.stdout.write(`${JSON.stringify({ name, kind, end, tookMs, memoryMb })}\n`);
  }
}
