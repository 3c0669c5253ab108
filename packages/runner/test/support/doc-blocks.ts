/** Blocks of code in Markdown: fenced ones, and those that are indented by four more than the text around them. */

export interface DocBlock {
  /** `docs/terminal.md`. */
  readonly doc: string;
  /** Of the block's first line, from 1. */
  readonly line: number;
  /** The fence's word; empty where the block is only indented. */
  readonly language: string;
  /** Without the indentation that they have in common with the text around them. */
  readonly lines: readonly string[];
}

const ITEM = /^(\s*)(\d+\.|[-*])\s+/;

export function docBlocks(doc: string, text: string): readonly DocBlock[] {
  const lines = text.split('\n');
  const blocks: DocBlock[] = [];
  // Where the text of the list item begins that the lines belong to.
  let base = 0;
  for (let at = 0; at < lines.length; at += 1) {
    const line = lines[at] ?? '';
    if (line.trim() === '') continue;
    const fence = /^(\s*)```(\w*)\s*$/.exec(line);
    if (fence !== null) {
      const end = lines.findIndex((other, index) => index > at && other.trim() === '```');
      if (end < 0) throw new Error(`${doc}:${at + 1}: a fence without an end`);
      const indent = (fence[1] ?? '').length;
      const own = lines.slice(at + 1, end).map((one) => one.slice(Math.min(indent, one.search(/\S|$/))));
      blocks.push({ doc, line: at + 2, language: fence[2] ?? '', lines: own });
      at = end;
      continue;
    }
    const indent = line.search(/\S/);
    if (indent >= base + 4 && (lines[at - 1] ?? '').trim() === '') {
      let end = at;
      while (end < lines.length && isWithin(lines, end, base + 4)) end += 1;
      const own = lines.slice(at, end).map((one) => one.slice(base + 4));
      blocks.push({ doc, line: at + 1, language: '', lines: own });
      at = end - 1;
      continue;
    }
    const item = ITEM.exec(line);
    if (item !== null && indent <= base) base = item[0].length;
    else if (indent === 0) base = 0;
  }
  return blocks;
}

/** A blank line belongs to the block where the next line does. */
function isWithin(lines: readonly string[], at: number, indent: number): boolean {
  const line = lines[at];
  if (line === undefined) return false;
  if (line.trim() !== '') return line.search(/\S/) >= indent;
  const next = lines.slice(at).find((one) => one.trim() !== '');
  return next !== undefined && next.search(/\S/) >= indent && !ITEM.test(next.slice(0, indent));
}

/** A command as it is typed: joined where it goes on in the next line, with the text that is fed to it. */
export function shellCommands(lines: readonly string[]): readonly string[] {
  const commands: string[] = [];
  for (let at = 0; at < lines.length; at += 1) {
    let command = lines[at] ?? '';
    if (command.trim() === '' || command.trim().startsWith('#')) continue;
    while (command.endsWith('\\')) {
      at += 1;
      command = `${command}\n${lines[at] ?? ''}`;
    }
    const marker = /<<'?(\w+)'?/.exec(command)?.[1];
    if (marker === undefined) command = withoutComment(command);
    else {
      const end = lines.findIndex((line, index) => index > at && line.trim() === marker);
      if (end < 0) throw new Error(`no line '${marker}' ends what is fed to: ${command}`);
      command = [command, ...lines.slice(at + 1, end + 1)].join('\n');
      at = end;
    }
    commands.push(command.trim());
  }
  return commands;
}

/** A comment begins with a # after white space, outside of quotes. */
function withoutComment(command: string): string {
  let quote = '';
  for (let at = 0; at < command.length; at += 1) {
    const sign = command[at] ?? '';
    if (quote !== '') quote = sign === quote ? '' : quote;
    else if (sign === "'" || sign === '"') quote = sign;
    else if (sign === '#' && /\s/.test(command[at - 1] ?? ' ')) return command.slice(0, at).trimEnd();
  }
  return command;
}
