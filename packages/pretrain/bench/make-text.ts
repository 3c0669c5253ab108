/**
 * Synthetic web text as JSON Lines: English-like words by Zipf's law, with planted faults. Seeded: the same bytes for the
 * same size. `npx node packages/pretrain/bench/make-text.ts <megabytes> <file>`.
 */
import { closeSync, openSync, writeSync } from 'node:fs';
import { argv } from 'node:process';

const COMMON =
  'the of and to in that was is for it with as his on be at by had not are but from or have an they which one you were all her she there would their we him been has when who will no more if out so up said what its about than into them can only other time new some could these two may first then do any like my now over such our man me even most made after also did many off before must well back through years much where your way down should because long each just state people those too mister how little good world make very year still see own work men day get here between both life being under three never know same last another while us might great old go come since against right came take used himself few house use place during without again home around small however found part school every does government number water less public put almost hand enough far took head yet system better set told nothing night end why called find going look asked later knew point next city business give group toward young let room side social given present several order national possible second rather per face among important often things early white large case big become need four within felt along children saw best church ever least power development seemed light thing want family interest others area mind members open matter help general country'.split(
    ' ',
  );
const GERMAN =
  'der die und in den von zu das mit sich des auf für ist im dem nicht ein eine als auch es an werden aus er hat dass sie nach wird bei einer um am sind noch wie einem über einen so zum war haben nur oder aber vor zur bis mehr durch man sein wurde sei ich wenn ihre schon doch kann seine gegen vom können wieder wir zwischen immer ohne ihm heute'.split(
    ' ',
  );

let state = 0x2545f491;
function random(): number {
  state = (state + 0x9e3779b9) | 0;
  let h = Math.imul(state ^ (state >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return ((h ^ (h >>> 16)) >>> 0) / 2 ** 32;
}

const pick = (list: readonly string[]): string => list[Math.floor(random() * list.length)] ?? '';
const SYLLABLES =
  'tion ing er ment re con pro ter al de com per sta tra ver low den ness ful ist able ous'.split(' ');
const RARE = Array.from({ length: 20_000 }, () => pick(SYLLABLES) + pick(SYLLABLES) + pick(SYLLABLES));

function word(): string {
  const u = random();
  if (u < 0.6) return COMMON[Math.floor(COMMON.length ** random()) - 1] ?? 'the';
  return u < 0.8 ? pick(COMMON) : (RARE[Math.floor(RARE.length ** random()) - 1] ?? 'the');
}

function sentence(words: number, from: () => string): string {
  const text = Array.from({ length: words }, from).join(' ');
  return `${text[0]?.toUpperCase() ?? ''}${text.slice(1)}.`;
}

function prose(words: number, from: () => string): string {
  const paragraphs: string[] = [];
  for (let written = 0; written < words; ) {
    const sentences = Array.from({ length: 3 + Math.floor(random() * 4) }, () =>
      sentence(8 + Math.floor(random() * 14), from),
    );
    paragraphs.push(sentences.join(' '));
    written += sentences.length * 15;
  }
  return paragraphs.join(random() < 0.5 ? '\n' : '\n\n');
}

const recent: string[] = [];

function document(): string {
  const u = random();
  const words = 60 + Math.floor(random() ** 3 * 2500);
  if (u < 0.05 && recent.length > 0) return pick(recent);
  if (u < 0.1 && recent.length > 0)
    return pick(recent).replace(/\b\w+\b/g, (found) => (random() < 0.01 ? word() : found));
  if (u < 0.15) return prose(words, () => pick(GERMAN));
  if (u < 0.18) return Array(12).fill(prose(20, word)).join('\n');
  if (u < 0.2) return sentence(5, word);
  const text = prose(words, word);
  if (recent.length < 2000) recent.push(text);
  else recent[Math.floor(random() * recent.length)] = text;
  return text;
}

const bytes = Number(argv[2]) * 1e6;
const path = argv[3];
if (!(bytes > 0) || path === undefined) throw new RangeError('make-text.ts <megabytes> <file>');
const file = openSync(path, 'w');
let written = 0;
while (written < bytes) {
  const lines: string[] = [];
  for (let no = 0; no < 500; no += 1) lines.push(`${JSON.stringify({ text: document() })}\n`);
  written += writeSync(file, lines.join(''));
}
closeSync(file);
