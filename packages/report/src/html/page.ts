/**
 * index.html: the report's blocks as one page that opens from disk, without a server or a network. Style, script,
 * charts and numbers stand in it; questions stand beside it. A content policy lets only this script run.
 */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageFolder } from '@evalgraph/formats';
import { colourProperties, themedSvg } from '../charts/themes.ts';
import type { Block, Cell, Inline, TableBlock } from '../content/blocks.ts';
import { formatCount } from '../format.ts';
import type { SampleFiles } from '../samples/sample-files.ts';
import { scriptJson } from '../script-json.ts';
import { escapeHtml } from './escape.ts';
import { explorerSection } from './explorer-section.ts';
import { pageScript } from './page-script.ts';

/** @param pictures chart name -> SVG in the light colours */
export function renderPage(
  blocks: readonly Block[],
  pictures: ReadonlyMap<string, string>,
  samples: SampleFiles | null,
): string {
  const style = pageStyle();
  const script = pageScript();
  const title = blocks.find((block) => block.kind === 'heading' && block.level === 1);
  const name = title?.kind === 'heading' ? title.text : 'Report';
  const sections = blocks.flatMap((block, index) =>
    block.kind === 'heading' && block.level === 2 ? [{ id: `s${index}`, text: block.text, index }] : [],
  );
  const links = [
    ...sections.map(({ id, text }) => `<a href="#${id}">${escapeHtml(text)}</a>`),
    ...(samples === null ? [] : ['<a href="#questions">Questions</a>']),
  ];
  const body = blocks.map((block, index) => renderBlock(block, index, pictures)).join('\n');
  const data =
    samples === null
      ? ''
      : `<script type="application/json" id="samples">${scriptJson(samples.page)}</script>\n`;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy(script, style)}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${escapeHtml(name)}</title>
<style>${style}</style>
</head>
<body>
<a class="skip" href="#content">To the content</a>
<header class="bar">
<nav aria-label="Sections">${links.join('')}</nav>
<button type="button" id="theme" aria-pressed="false" hidden>Dark</button>
</header>
<main id="content">
${body}
${samples === null ? '' : explorerSection(samples)}
</main>
${data}<script>${script}</script>
</body>
</html>
`;
}

/**
 * Nothing is loaded but what the page's own script adds (the chunks beside it: a page from disk has no origin to
 * allow, and trust handed on is what remains), and nothing is sent.
 */
function policy(script: string, style: string): string {
  const hash = (text: string): string => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;
  return [
    "default-src 'none'",
    `script-src ${hash(script)} 'strict-dynamic'`,
    `style-src ${hash(style)}`,
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; ');
}

/** The dark theme's rules stand twice: for the reader's choice, and for the system's where none was made. */
function pageStyle(): string {
  const css = readFileSync(join(packageFolder(import.meta.url), 'page/style.css'), 'utf8');
  const dark = /:root\[data-theme="dark"\] \{([^}]*)\}/.exec(css)?.[1] ?? '';
  return (
    `${css}:root{${colourProperties('light')}}:root[data-theme="dark"]{${colourProperties('dark')}}` +
    `@media (prefers-color-scheme:dark){:root:not([data-theme="light"]){${dark}${colourProperties('dark')}}}`
  );
}

function renderBlock(block: Block, index: number, pictures: ReadonlyMap<string, string>): string {
  switch (block.kind) {
    case 'heading': {
      const text = escapeHtml(block.text);
      const inside =
        block.path === undefined
          ? text
          : `<a href="${escapeHtml(block.path.map(pathPart).join('/'))}">${text}</a>`;
      return `<h${block.level} id="s${index}">${inside}</h${block.level}>`;
    }
    case 'paragraph':
      return `<p>${inline(block.parts)}</p>`;
    case 'note':
      return `<p class="note" role="note">${inline(block.parts)}</p>`;
    case 'list':
      return `<ul>${block.items.map((item) => `<li>${escapeHtml(item)}</li>`).join('')}</ul>`;
    case 'chart':
      return chart(block.name, block.title, pictures.get(block.name));
    case 'table':
      return renderTable(block);
  }
}

function pathPart(part: string): string {
  return part === '..' ? part : encodeURIComponent(part);
}

function inline(parts: readonly Inline[]): string {
  return parts
    .map((part) =>
      typeof part === 'string'
        ? escapeHtml(part).replaceAll('\n', '<br>')
        : `<strong>${escapeHtml(part.strong)}</strong>`,
    )
    .join('');
}

const CHART_FILES = {
  svg: 'SVG',
  png: 'PNG',
  'dark.svg': 'SVG, dark',
  'dark.png': 'PNG, dark',
  'vl.json': 'Vega-Lite',
};

function chart(name: string, title: string, svg: string | undefined): string {
  if (svg === undefined) throw new RangeError(`the chart ${name} was not drawn`);
  const file = encodeURIComponent(name);
  // Vega numbers the clip paths of each picture from 0: in one page they need names of their own.
  const own = themedSvg(svg)
    .replace(/\bid="(clip|gradient)/g, `id="${escapeHtml(name)}-$1`)
    .replace(/url\(#(clip|gradient)/g, `url(#${escapeHtml(name)}-$1`)
    .replace(/^<svg /, `<svg role="group" aria-label="${escapeHtml(title)}" `);
  const formats = Object.entries(CHART_FILES).map(
    ([ending, label]) => `<a href="charts/${file}.${ending}">${label}</a>`,
  );
  return (
    `<figure class="chart"><div class="picture" tabindex="0" role="region" aria-label="Chart: ${escapeHtml(title)}">${own}</div>` +
    `<figcaption>${formats.join(' · ')}</figcaption></figure>`
  );
}

/** Longer tables scroll in a frame of their own, their headings staying in sight. */
const TALL_FROM = 20;

function renderTable(block: TableBlock): string {
  const { title, header, rows, footRows } = block;
  const isNumber = header.map(
    (_, column) => column > 0 && rows.some((row) => row[column]?.kind === 'number'),
  );
  const line = (row: readonly Cell[]): string =>
    `<tr>${row.map((cell, column) => renderCell(cell, column, isNumber[column] ?? false)).join('')}</tr>`;
  const body = rows.slice(0, rows.length - footRows);
  const foot = rows.slice(rows.length - footRows);
  const head = header
    .map(
      (text, column) =>
        `<th scope="col"${isNumber[column] ? ' class="number"' : ''}>${escapeHtml(text)}</th>`,
    )
    .join('');
  const table =
    `<div class="table${rows.length > TALL_FROM ? ' tall' : ''}" tabindex="0" role="region" aria-label="${escapeHtml(title)}">` +
    `<table data-sortable><caption class="unseen">${escapeHtml(title)}</caption><thead><tr>${head}</tr></thead>` +
    `<tbody>${body.map(line).join('')}</tbody>${foot.length > 0 ? `<tfoot>${foot.map(line).join('')}</tfoot>` : ''}</table></div>`;
  return block.isDetail === true
    ? `<details class="more-table"><summary>${escapeHtml(title)} (${formatCount(body.length)} rows)</summary>${table}</details>`
    : table;
}

function renderCell(cell: Cell, column: number, isNumber: boolean): string {
  const text =
    cell.kind === 'lines' ? cell.text.split('\n').map(escapeHtml).join('<br>') : escapeHtml(cell.text);
  const value = cell.value === null ? '' : ` data-value="${cell.value}"`;
  const inside = cell.isBest ? `<strong>${text}</strong>` : text;
  return column === 0
    ? `<th scope="row"${value}>${inside}</th>`
    : `<td${isNumber ? ' class="number"' : ''}${value}>${inside}</td>`;
}
