/**
 * Files of JSON as a disk, a kill or a hand leaves them: cut, with bits turned, with a value of another kind, without a
 * key, with one twice, with two values in each other's places, empty, or of random bytes. The same for the same seed.
 */
export type Random = () => number;

/** mulberry32. */
export function randomOf(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

const WAYS = [cut, turned, retyped, withoutKey, doubled, swapped, emptied, random, digit, bytes] as const;

/** @returns other bytes than the given */
export function damaged(content: Buffer, next: Random): Buffer {
  for (;;) {
    const way = WAYS[below(WAYS.length, next)] ?? cut;
    const made = way(content, next);
    if (!made.equals(content)) return made;
  }
}

function below(limit: number, next: Random): number {
  return Math.min(limit - 1, Math.floor(next() * limit));
}

function cut(content: Buffer, next: Random): Buffer {
  return content.subarray(0, below(content.length, next));
}

function turned(content: Buffer, next: Random): Buffer {
  const made = Buffer.from(content);
  for (let times = 1 + below(3, next); times > 0; times -= 1) {
    const at = below(made.length, next);
    made[at] = (made[at] ?? 0) ^ (1 << below(8, next));
  }
  return made;
}

/** A digit becomes another one: what still parses, and is another number. */
function digit(content: Buffer, next: Random): Buffer {
  const places = [...content.keys()].filter((at) => /[0-9]/.test(String.fromCharCode(content[at] ?? 0)));
  const at = places[below(places.length, next)];
  if (at === undefined) return turned(content, next);
  const made = Buffer.from(content);
  made[at] = 0x30 + below(10, next);
  return made;
}

function emptied(): Buffer {
  return Buffer.alloc(0);
}

function random(content: Buffer, next: Random): Buffer {
  return Buffer.from(
    Array.from({ length: 1 + below(Math.min(content.length, 400), next) }, () => below(256, next)),
  );
}

/** Signs that a text of UTF-8 begins with, or that break it. */
function bytes(content: Buffer, next: Random): Buffer {
  const signs = [[0xef, 0xbb, 0xbf], [0xff], [0xe2, 0x82], [0], [0xed, 0xa0, 0x80]];
  const at = below(content.length + 1, next);
  const sign = Buffer.from(signs[below(signs.length, next)] ?? []);
  return Buffer.concat([content.subarray(0, at), sign, content.subarray(at)]);
}

const VALUES: readonly unknown[] = [
  null,
  true,
  -1,
  0.5,
  1e308,
  '',
  'x',
  '7',
  [],
  {},
  [null],
  { a: 1 },
  '\ud800',
];
/** What JSON.stringify does not write. */
const WORDS = ['1e999', '-1e999', 'NaN', '-', '01', `${'['.repeat(30_000)}`, `"${'x'.repeat(1e5)}"`];
const MARK = '"@damage@"';

function retyped(content: Buffer, next: Random): Buffer {
  return edited(content, next, (parent, key) => {
    const at = below(VALUES.length + WORDS.length, next);
    set(parent, key, at < VALUES.length ? VALUES[at] : '@damage@');
    return WORDS[at - VALUES.length] ?? null;
  });
}

function withoutKey(content: Buffer, next: Random): Buffer {
  return edited(content, next, (parent, key) => {
    if (Array.isArray(parent)) parent.splice(Number(key), 1);
    else delete parent[key];
    return null;
  });
}

function doubled(content: Buffer, next: Random): Buffer {
  const text = content.toString('latin1');
  const keys = [...text.matchAll(/"[^"\\]*":/g)];
  const key = keys[below(keys.length, next)];
  if (key === undefined) return Buffer.concat([content, content]);
  const value = JSON.stringify(VALUES[below(VALUES.length, next)]);
  return Buffer.from(`${text.slice(0, key.index)}${key[0]}${value},${text.slice(key.index)}`, 'latin1');
}

function swapped(content: Buffer, next: Random): Buffer {
  const values: unknown[] = [];
  edited(content, next, (parent, key) => {
    values.push((parent as Record<string, unknown>)[key]);
    return null;
  });
  return edited(content, next, (parent, key) => {
    set(parent, key, values[0]);
    return null;
  });
}

type Parent = Record<string, unknown> | unknown[];

function set(parent: Parent, key: string, value: unknown): void {
  (parent as Record<string, unknown>)[key] = value;
}

/** Of the file, or of one of its lines. @param edit gives what stands for the mark that it sets */
function edited(content: Buffer, next: Random, edit: (parent: Parent, key: string) => string | null): Buffer {
  const lines = content.toString('utf8').split('\n');
  const isWhole = parsed(content.toString('utf8')) !== null;
  const at = isWhole ? 0 : below(lines.length, next);
  const root = parsed(isWhole ? content.toString('utf8') : (lines[at] ?? ''));
  const places = root === null ? [] : placesOf(root);
  const place = places[below(places.length, next)];
  if (place === undefined || root === null) return turned(content, next);
  const word = edit(place.parent, place.key);
  const text = JSON.stringify(root, null, isWhole ? 2 : undefined);
  const made = word === null ? text : text.replace(MARK, () => word);
  return Buffer.from(isWhole ? `${made}\n` : lines.with(at, made).join('\n'));
}

function parsed(text: string): Parent | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Parent) : null;
  } catch {
    return null;
  }
}

function placesOf(parent: Parent): { readonly parent: Parent; readonly key: string }[] {
  return Object.entries(parent).flatMap(([key, value]) => [
    { parent, key },
    ...(typeof value === 'object' && value !== null ? placesOf(value as Parent) : []),
  ]);
}
