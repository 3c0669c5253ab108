/**
 * Widths of text in the font that ships with the project. Vega guesses them without a canvas (0.8 of the size for
 * each letter, half again too wide), and measures with whatever fonts a machine has where a canvas is installed;
 * either would move labels. This reads the advance widths from the TrueType file: tables head, hhea, hmtx and
 * cmap (format 4), enough for one line of text without kerning.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageFolder } from '@evalgraph/formats';

export const FONT_FILES: readonly string[] = ['Regular', 'Bold'].map((style) =>
  join(packageFolder(import.meta.url), `assets/fonts/Roboto-${style}.ttf`),
);

/** Weights from here on are drawn with the bold file. */
const BOLD_FROM = 600;

/** Width of one line in pixels. */
export type MeasureText = (text: string, fontSizePx: number, weight: number) => number;

export function loadFontMeasure(): MeasureText {
  const [regular, bold] = FONT_FILES.map((file) => advanceWidths(readFileSync(file)));
  if (regular === undefined || bold === undefined) throw new Error('the fonts are not there');
  return (text, fontSizePx, weight) => {
    const width = weight >= BOLD_FROM ? bold : regular;
    let ems = 0;
    for (const character of text) ems += width(character.codePointAt(0) ?? 0);
    return ems * fontSizePx;
  };
}

/** @returns a code point's advance in ems; that of the missing glyph for what the font lacks */
function advanceWidths(bytes: Buffer): (codePoint: number) => number {
  const tables = tableOffsets(bytes);
  const at = (tag: string): number => {
    const offset = tables.get(tag);
    if (offset === undefined) throw new Error(`the font has no table ${tag}`);
    return offset;
  };
  const unitsPerEm = bytes.readUInt16BE(at('head') + 18);
  const metrics = bytes.readUInt16BE(at('hhea') + 34);
  const hmtx = at('hmtx');
  const glyphOf = readCmap(bytes, at('cmap'));
  return (codePoint) => {
    const glyph = Math.min(glyphOf(codePoint), metrics - 1);
    return bytes.readUInt16BE(hmtx + 4 * glyph) / unitsPerEm;
  };
}

function tableOffsets(bytes: Buffer): ReadonlyMap<string, number> {
  const tables = new Map<string, number>();
  const count = bytes.readUInt16BE(4);
  for (let i = 0; i < count; i++) {
    const entry = 12 + 16 * i;
    tables.set(bytes.toString('latin1', entry, entry + 4), bytes.readUInt32BE(entry + 8));
  }
  return tables;
}

/** The Unicode subtable of format 4 (platform 3, encoding 1), which every desktop font has. */
function readCmap(bytes: Buffer, cmap: number): (codePoint: number) => number {
  const subtables = bytes.readUInt16BE(cmap + 2);
  for (let i = 0; i < subtables; i++) {
    const record = cmap + 4 + 8 * i;
    const start = cmap + bytes.readUInt32BE(record + 4);
    const isUnicode = bytes.readUInt16BE(record) === 3 && bytes.readUInt16BE(record + 2) === 1;
    if (isUnicode && bytes.readUInt16BE(start) === 4) return (codePoint) => glyphAt(bytes, start, codePoint);
  }
  throw new Error('the font has no cmap of format 4');
}

function glyphAt(bytes: Buffer, start: number, codePoint: number): number {
  if (codePoint > 0xffff) return 0;
  const doubled = bytes.readUInt16BE(start + 6);
  const ends = start + 14;
  const starts = ends + doubled + 2;
  const deltas = starts + doubled;
  const offsets = deltas + doubled;
  for (let at = 0; at < doubled; at += 2) {
    if (bytes.readUInt16BE(ends + at) < codePoint) continue;
    const first = bytes.readUInt16BE(starts + at);
    if (first > codePoint) return 0;
    const delta = bytes.readUInt16BE(deltas + at);
    const offset = bytes.readUInt16BE(offsets + at);
    if (offset === 0) return (codePoint + delta) & 0xffff;
    const glyph = bytes.readUInt16BE(offsets + at + offset + 2 * (codePoint - first));
    return glyph === 0 ? 0 : (glyph + delta) & 0xffff;
  }
  return 0;
}
