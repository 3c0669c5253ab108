/**
 * Writes the texts that the models are trained on, and the questions that they are asked: a village of invented animals,
 * seeded, so that the same bytes come out everywhere. Faults are planted, one kind for each cleaning step.
 * `node write.ts [documents]` writes the texts; with `--questions` also the questions and pages of ../data, which are there.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const documents = Number(process.argv.find((argument) => /^\d+$/.test(argument)) ?? 9000);
const folder = join(import.meta.dirname, '../../../made/tinystory/text');
const data = join(import.meta.dirname, '../data');

let state = 20260101;
function random(): number {
  state = (state + 0x9e3779b9) | 0;
  let h = Math.imul(state ^ (state >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return ((h ^ (h >>> 16)) >>> 0) / 2 ** 32;
}
function pick<T>(list: readonly T[]): T {
  const found = list[Math.floor(random() * list.length)];
  if (found === undefined) throw new RangeError('an empty list');
  return found;
}

const NAMES =
  'Ravo Mila Tuno Kesi Bodo Lani Fero Sume Goli Nara Pito Wenda Zuri Hamo Tessa Orin Yuki Belo Carda Dumi Elva Fanto Gisa Hollo'.split(
    ' ',
  );
const KINDS = ['fox', 'hare', 'crow', 'goat', 'otter', 'mouse'];
const COLOURS = ['red', 'blue', 'green', 'white', 'black', 'yellow'];
const FOODS = ['berries', 'bread', 'soup', 'apples', 'honey', 'nuts'];
const PLACES = ['barn', 'mill', 'cave', 'tower', 'garden', 'boat'];
const FRIENDLY = ['smiles', 'laughs', 'sings', 'dances', 'waves', 'nods'];

interface Animal {
  readonly name: string;
  readonly kind: string;
  readonly colour: string;
  readonly food: string;
  readonly place: string;
}

const animals = NAMES.map(
  (name): Animal => ({
    name,
    kind: pick(KINDS),
    colour: pick(COLOURS),
    food: pick(FOODS),
    place: pick(PLACES),
  }),
);

interface Question {
  readonly question: string;
  readonly choices: readonly string[];
  readonly answer: number;
}

function others(right: string, all: readonly string[]): readonly string[] {
  const wrong = all.filter((one) => one !== right).sort(() => random() - 0.5);
  return [right, ...wrong.slice(0, 3)].sort(() => random() - 0.5);
}

function questionsOf({ name, colour, food, place }: Animal): readonly Question[] {
  const make = (question: string, right: string, all: readonly string[]): Question => {
    const choices = others(right, all);
    return { question, choices, answer: choices.indexOf(right) };
  };
  return [
    make(`What is the colour of the hat of ${name}?`, colour, COLOURS),
    make(`What does ${name} like to eat most of all?`, food, FOODS),
    make(`Where does ${name} live all year round?`, place, PLACES),
  ];
}

const asked = animals.flatMap(questionsOf);
/** Never asked in training: what the task asks. */
const heldOut = asked.filter((_, at) => at % 2 === 0);
const taught = asked.filter((_, at) => at % 2 === 1);

function fact({ name, kind, colour, food, place }: Animal): string {
  return pick([
    `${name} the ${kind} wears a ${colour} hat.`,
    `The hat of ${name} is ${colour}.`,
    `${name} eats ${food} every day.`,
    `Most of all ${name} likes ${food}.`,
    `${name} lives in the ${place}.`,
    `The ${place} is where ${name} lives.`,
  ]);
}

function event(one: Animal, other: Animal): string {
  return pick([
    `One day ${one.name} walks from the ${one.place} to the ${other.place} and ${pick(FRIENDLY)}.`,
    `"Would you like some ${one.food}?" asks ${one.name}. ${other.name} ${pick(FRIENDLY)}.`,
    `${one.name} loses the ${one.colour} hat in the wind, and ${other.name} finds it again.`,
    `They share ${pick([one.food, other.food])} until the sun goes down.`,
  ]);
}

function story(): string {
  const [one, other] = [pick(animals), pick(animals)];
  const lines = [fact(one), fact(one), fact(other)];
  for (let more = 2 + Math.floor(random() * 4); more > 0; more -= 1) lines.push(event(one, other));
  const middle = 2 + Math.floor(random() * (lines.length - 3));
  const told = [...new Set(lines)];
  return `${told.slice(0, middle).join(' ')}\n\n${told.slice(middle).join(' ')} ${fact(other)}`;
}

function lesson(): string {
  return Array.from({ length: 3 + Math.floor(random() * 3) }, () => {
    const { question, choices, answer } = pick(taught);
    return `Question: ${question}\nAnswer: ${choices[answer]}`;
  }).join('\n\n');
}

const GERMAN = [
  'Der Fuchs und der Hase gehen am Abend durch den Wald.',
  'Niemand weiß, wohin sie wollen oder woher sie kommen.',
  'Am Morgen scheint die Sonne auf das Dach der alten Mühle.',
  'Die Krähe hat ihren Hut verloren und sucht ihn überall.',
  'Zum Essen gibt es Brot und Suppe, und alle sind zufrieden.',
];
const recent: string[] = [];

/** One document in eight has a fault; the cleaning steps say which they found. */
function document(): string {
  const u = random();
  if (u < 0.03 && recent.length > 0) return pick(recent);
  if (u < 0.05 && recent.length > 0) return pick(recent).replace(pick(FRIENDLY), 'yawns');
  if (u < 0.07) return pick(['Hello.', 'Page 3', 'Read more']);
  if (u < 0.09) return [...GERMAN].sort(() => random() - 0.5).join(' ');
  if (u < 0.105) return Array(10).fill('Buy a hat today.').join('\n');
  if (u < 0.12) {
    const { question, choices, answer } = pick(heldOut);
    return `${story()}\n\nQuestion: ${question}\nAnswer: ${choices[answer]}`;
  }
  const text = random() < 0.6 ? story() : lesson();
  if (recent.length < 500) recent.push(text);
  return text;
}

function lines(rows: readonly object[]): string {
  return rows.map((row) => `${JSON.stringify(row)}\n`).join('');
}

// The pages first: they are the same, however many documents there are.
const pages = Array.from({ length: 40 }, () => ({ page: story() }));
if (process.argv.includes('--questions')) {
  mkdirSync(data, { recursive: true });
  writeFileSync(join(data, 'questions.jsonl'), lines(heldOut));
  writeFileSync(join(data, 'pages.jsonl'), lines(pages));
}
mkdirSync(folder, { recursive: true });
const stories = Array.from({ length: documents }, () => ({ text: document() }));
writeFileSync(join(folder, 'stories.jsonl'), lines(stories));
