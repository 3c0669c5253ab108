/** Blocks -> Markdown that a code host, a comment and a terminal show alike. */
import type { Block, Cell, Inline } from '../content/blocks.ts';
import { escapePath, escapeText } from './escape.ts';
import { table } from './table.ts';

export function renderMarkdown(blocks: readonly Block[]): string {
  const shown = blocks.filter((block) => block.kind !== 'table' || block.isDetail !== true);
  return `${shown.map(renderBlock).join('\n\n')}\n`;
}

function renderBlock(block: Block): string {
  switch (block.kind) {
    case 'heading': {
      const text = escapeText(block.text);
      const linked = block.path === undefined ? text : `[${text}](${block.path.map(pathPart).join('/')})`;
      return `${'#'.repeat(block.level)} ${linked}`;
    }
    case 'paragraph':
      return inline(block.parts);
    case 'note':
      return `> ${inline(block.parts)}`;
    case 'list':
      return block.items.map((item) => `- ${escapeText(item)}`).join('\n');
    case 'chart':
      // Not the PNG: a repository keeps a drawing's text in a tenth of the space, version after version.
      return `![${escapeText(block.title)}](charts/${escapePath(block.name)}.svg)`;
    case 'table':
      return table(
        block.header.map(escapeText),
        block.rows.map((row) => row.map(cellText)),
      );
  }
}

/** A folder above is a part of ours, never of a name's. */
function pathPart(part: string, index: number): string {
  return index === 0 && part === '..' ? part : escapePath(part);
}

function inline(parts: readonly Inline[]): string {
  return parts
    .map((part) => (typeof part === 'string' ? lines(part) : `**${escapeText(part.strong)}**`))
    .join('');
}

/** A line break of ours inside a paragraph; runs keep the blanks at their ends. */
function lines(text: string): string {
  return text
    .split('\n')
    .map((line) => {
      const [start = '', middle = '', end = ''] = /^(\s*)(.*?)(\s*)$/s.exec(line)?.slice(1) ?? [];
      return start + escapeText(middle) + end;
    })
    .join('  \n');
}

function cellText(cell: Cell): string {
  const text =
    cell.kind === 'number'
      ? cell.text
      : cell.kind === 'lines'
        ? cell.text.split('\n').map(escapeText).join('<br>')
        : escapeText(cell.text);
  return cell.isBest ? `**${text}**` : text;
}
