import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { Script } from 'node:vm';
import { beforeAll, describe, expect, it } from 'vitest';
import { buildReport } from '../src/build-report.ts';
import { reportBlocks } from '../src/content/report.ts';
import { escapeHtml } from '../src/html/escape.ts';
import { PAGE_MODULES, pageScript } from '../src/html/page-script.ts';
import { escapeText } from '../src/markdown/escape.ts';
import { reportData } from '../src/report-data.ts';
import { scriptJson } from '../src/script-json.ts';
import { contrast } from './contrast.ts';
import { htmlTables } from './html.ts';
import { HOSTILE, syntheticSamples } from './samples.ts';
import { syntheticInput } from './synthetic.ts';

const input = syntheticInput({ checkpoints: 3, subjects: 3 });
let files: ReadonlyMap<string, Uint8Array | string>;
let html = '';
beforeAll(async () => {
  files = await buildReport({ ...input, samples: syntheticSamples({ docs: 9, hostile: true }) });
  html = String(files.get('index.html'));
});

describe('the page', () => {
  it('has the tables of the report, number for number', () => {
    const shown = htmlTables(html);
    const blocks = reportBlocks(reportData(input), []).filter((block) => block.kind === 'table');
    expect(shown).toHaveLength(blocks.length);
    for (const [index, { header, rows }] of blocks.entries()) {
      expect(shown[index]).toEqual([header, ...rows.map((row) => row.map(({ text }) => text))]);
    }
    // And so has the Markdown, but for what the page folds away.
    const markdown = String(files.get('report.md'))
      .split('\n')
      .filter((line) => line.startsWith('|'))
      .map((line) => line.replaceAll('**', '').replace(/ +/g, ' '));
    const lines = blocks
      .filter(({ isDetail }) => isDetail !== true)
      .flatMap(({ rows }) =>
        rows.map((row) => row.map(({ kind, text }) => (kind === 'number' ? text : escapeText(text)))),
      );
    for (const cells of lines) {
      expect(
        markdown.map((line) =>
          line
            .slice(2, -2)
            .split(' | ')
            .map((cell) => cell.trim()),
        ),
      ).toContainEqual(cells);
    }
  });

  it('sorts by the numbers behind its cells', () => {
    const score = Object.values(input.cells[0]?.results ?? {})[0]?.metrics['acc,none'];
    expect(html).toContain(` data-value="${score}"`);
  });

  it('lets only its own script and style run, and loads nothing', () => {
    const policy = /http-equiv="Content-Security-Policy" content="([^"]*)"/.exec(html)?.[1] ?? '';
    const hash = (text: string): string => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;
    const scripts = [...html.matchAll(/<script([^>]*)>(.*?)<\/script>/gs)];
    expect(scripts.map(([, attributes]) => attributes)).toEqual([
      ' type="application/json" id="samples"',
      '',
    ]);
    expect(policy).toContain(`script-src ${hash(scripts[1]?.[2] ?? '')} 'strict-dynamic'`);
    expect(policy).toContain(`style-src ${hash(/<style>(.*?)<\/style>/s.exec(html)?.[1] ?? '')}`);
    expect(policy).toContain("default-src 'none'");
    expect(html).not.toMatch(/ style="/);
    expect(html).not.toMatch(/ (src|on\w+)=/);
    // Addresses: name spaces of SVG, and files beside the page.
    const addresses = [...html.matchAll(/(?:https?:)?\/\/[\w.-]+\.[a-z]{2,}[^"' <)]*/g)].map(
      ([address]) => address,
    );
    expect(new Set(addresses)).toEqual(
      new Set(['http://www.w3.org/2000/svg', 'http://www.w3.org/1999/xlink']),
    );
  });

  it('gives each picture its own clip paths', () => {
    const ids = [...html.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id);
    expect(ids.filter((id, index) => ids.indexOf(id) !== index)).toEqual([]);
  });

  it('is one with a limited mark where the run is limited', async () => {
    const limited = await buildReport(syntheticInput({ checkpoints: 2, subjects: 1, limit: 20 }));
    expect(String(limited.get('index.html'))).toMatch(
      /<h1[^>]*>[^<]*†<\/h1>\n<p class="note" role="note">† <strong>Limited run/,
    );
  });
});

describe('colours', () => {
  const css = readFileSync(new URL('../page/style.css', import.meta.url), 'utf8');
  it.each(['light', 'dark'])('of the %s theme can be read (WCAG AA)', (theme) => {
    const rule =
      (theme === 'light' ? /:root \{([^}]*)\}/ : /:root\[data-theme="dark"\] \{([^}]*)\}/).exec(css)?.[1] ??
      '';
    const colours = new Map(
      [...rule.matchAll(/--([\w-]+): (#[0-9a-f]{6})/g)].map(([, name, colour]) => [name, colour]),
    );
    const ratio = (text: string, ground: string): number =>
      contrast(colours.get(text) ?? '', colours.get(ground) ?? '');
    const pairs = [
      ...['ink', 'muted', 'accent', 'right', 'wrong'].flatMap((text) => [
        [text, 'paper'],
        [text, 'soft'],
      ]),
      ['ink', 'note'],
      ['ink', 'mark'],
      ['accent-ink', 'accent'],
    ] as const;
    for (const [text = '', ground = ''] of pairs) {
      expect([text, ground, ratio(text, ground) >= 4.5]).toEqual([text, ground, true]);
    }
  });
});

describe('hostile texts', () => {
  it('end neither a chunk nor the page', () => {
    const chunks = [...files].filter(([name]) => name.startsWith('samples/'));
    expect(chunks.length).toBeGreaterThan(10);
    for (const [name, content] of chunks) {
      const text = String(content);
      expect(name).toMatch(/^samples\/\d+-(\d+|list)\.js$/);
      expect(text).not.toMatch(/[<\u2028\u2029]/);
      expect(text).toMatch(/^evalgraphChunk\("[\d\w-]+",\{.*\}\);\n$/);
      const seen: unknown[] = [];
      new Script(text).runInNewContext({ evalgraphChunk: (_: string, chunk: unknown) => seen.push(chunk) });
      expect(seen).toHaveLength(1);
    }
    for (const text of HOSTILE) expect(html).not.toContain(text);
  });

  it('are the same text after the way there and back', () => {
    for (const text of HOSTILE) {
      expect(JSON.parse(scriptJson(text))).toBe(text);
      expect(new Script(scriptJson(text)).runInNewContext()).toBe(text);
      expect(escapeHtml(text)).not.toMatch(/[<>"']/);
    }
  });
});

describe('the script', () => {
  it('is every module of the folder, and a script', () => {
    const folder = new URL('../page/', import.meta.url);
    const own = readdirSync(folder).filter((name) => name.endsWith('.ts'));
    expect(
      PAGE_MODULES.filter((path) => path.startsWith('page/'))
        .map((path) => path.slice(5))
        .sort(),
    ).toEqual(own.sort());
    expect(() => new Script(pageScript())).not.toThrow();
    expect(pageScript()).not.toMatch(/<\/script|<!--|^\s*(import|export) /im);
    expect(pageScript()).not.toMatch(/innerHTML|insertAdjacent|document\.write|\beval\(|new Function/);
  });

  it('has no error of types, with the browser as its library', async () => {
    const tsc = createRequire(import.meta.url).resolve('typescript/bin/tsc');
    const project = fileURLToPath(new URL('../page/tsconfig.json', import.meta.url));
    const { stdout } = await promisify(execFile)(process.execPath, [tsc, '-p', project]).catch(
      (error: { readonly stdout: string }) => error,
    );
    expect(stdout).toBe('');
  });
});
