/**
 * The protocol by which processes exclude each other, as generators that yield every access to what they share. A
 * program runs them straight through; a test decides after each step which process goes on.
 *
 * A folder holds records named `<name>.<n>`. To take a name is to make its record under the number above every number
 * in the folder, which the file system lets one process do, and then to look again: whoever finds a higher number, or
 * another record of the name that it has not seen dead, gives up its own and starts anew. The highest number of a
 * folder never disappears, so no number is used twice by holders, and whatever a process removes is a record that was
 * dead when it looked, never the one that was made in its place.
 */

/** The names of one folder, and what other processes are seen to do. Each call is one step. */
export interface ClaimFolder {
  /** Names of the records; the folder is made where there is none. */
  list(): readonly string[];
  /** null: gone. */
  read(file: string): string | null;
  /** Makes a record whole. @returns whether the name was free. */
  make(file: string, text: string): boolean;
  /** Puts another text in the record's place at once. */
  replace(file: string, text: string): void;
  /** Leaves nothing in the record, which takes no room on a full disk. */
  empty(file: string): void;
  remove(file: string): void;
  /** Shows other machines that the holder lives. */
  touch(file: string): void;
}

export interface Holder {
  readonly pid: number;
  /** What the system says of the process's start; null where it does not say. */
  readonly start: string | null;
}

export interface ClaimRecord {
  readonly host: string;
  /** Processes see each other's numbers only within one space; null: not known. */
  readonly space: string | null;
  /** The process that took it and those that compute for it, which may outlive it. */
  readonly holders: readonly Holder[];
}

/** What a process can tell of the holders of a record. Each call of a function is one step. */
export interface Observer {
  readonly self: ClaimRecord;
  /** A holder in this process's own space. */
  isAlive(holder: Holder): boolean;
  /** A record of another machine, which was looked at before or is seen for the first time. */
  isAbandoned(file: string): boolean;
}

export type Steps<T> = Generator<() => unknown, T, unknown>;

export type Attempt =
  | { readonly state: 'taken'; readonly number: number }
  | { readonly state: 'held'; readonly pid: number; readonly host: string }
  /** Others moved meanwhile: the next attempt may succeed. */
  | { readonly state: 'again' };

function* step<T>(work: () => T): Steps<T> {
  return (yield work) as T;
}

/** One attempt to take the name. */
export function* attempt(folder: ClaimFolder, name: string, observer: Observer): Steps<Attempt> {
  const before = numbered(yield* step(() => folder.list()));
  const dead = new Set<number>();
  for (const { file, number } of before.filter((record) => record.name === name)) {
    const living = yield* livingHolder(folder, file, observer);
    if (living !== null) return { state: 'held', ...living };
    dead.add(number);
  }
  const number = highest(before) + 1;
  const file = fileOf(name, number);
  const mine = textOf(observer.self);
  if (!(yield* step(() => folder.make(file, mine)))) return { state: 'again' };
  const after = numbered(yield* step(() => folder.list()));
  const own = after.filter((record) => record.name === name);
  const isAlone = own.every((record) => record.number === number || dead.has(record.number));
  if (!isAlone || highest(after) !== number) {
    yield* giveBack(folder, name, number);
    return { state: 'again' };
  }
  for (const record of after) {
    if (record.file === file || record.number >= number) continue;
    const isOver = record.name === name || (yield* livingHolder(folder, record.file, observer)) === null;
    if (isOver) yield* step(() => folder.remove(record.file));
  }
  return { state: 'taken', number };
}

/** The record goes; where its number is the folder's highest it stays, empty. */
export function* giveBack(folder: ClaimFolder, name: string, number: number): Steps<void> {
  const file = fileOf(name, number);
  const isHighest = highest(numbered(yield* step(() => folder.list()))) <= number;
  yield* step(() => (isHighest ? folder.empty(file) : folder.remove(file)));
}

/** @returns false where another machine, which saw nothing of us for long, has taken the name. */
export function* renew(folder: ClaimFolder, name: string, number: number): Steps<boolean> {
  const file = fileOf(name, number);
  const records = numbered(yield* step(() => folder.list()));
  const own = records.filter((record) => record.name === name);
  if (!own.some((record) => record.file === file) || own.some((record) => record.number > number))
    return false;
  yield* step(() => folder.touch(file));
  return true;
}

/** The claim lasts as long as one of the processes does. */
export function* extend(
  folder: ClaimFolder,
  name: string,
  number: number,
  { self }: Observer,
  others: readonly Holder[],
): Steps<void> {
  const text = textOf({ ...self, holders: [...self.holders, ...others] });
  yield* step(() => folder.replace(fileOf(name, number), text));
}

function* livingHolder(
  folder: ClaimFolder,
  file: string,
  observer: Observer,
): Steps<{ readonly pid: number; readonly host: string } | null> {
  for (let text = yield* step(() => folder.read(file)); text !== null; ) {
    const record = parseRecord(text);
    const [first] = record?.holders ?? [];
    // Records come into being whole: what is none was given back, or torn by a power loss.
    if (record === null || first === undefined) return null;
    if (!isHere(record, observer.self)) {
      const isAbandoned = yield* step(() => observer.isAbandoned(file));
      return isAbandoned ? null : { pid: first.pid, host: record.host };
    }
    for (const holder of record.holders) {
      if (yield* step(() => observer.isAlive(holder))) return { pid: holder.pid, host: record.host };
    }
    // A holder may have passed the claim on to a process of its own between our look and its end.
    const now: string | null = yield* step(() => folder.read(file));
    if (now === text) return null;
    text = now;
  }
  return null;
}

function isHere({ host, space }: ClaimRecord, self: ClaimRecord): boolean {
  return host === self.host && (space === null || self.space === null || space === self.space);
}

interface Numbered {
  readonly file: string;
  readonly name: string;
  readonly number: number;
}

export function fileOf(name: string, number: number): string {
  return `${name}.${number}`;
}

function numbered(files: readonly string[]): readonly Numbered[] {
  return files.flatMap((file) => {
    const match = /^(.+)\.(\d{1,15})$/s.exec(file);
    return match === null ? [] : [{ file, name: match[1] ?? '', number: Number(match[2]) }];
  });
}

function highest(records: readonly Numbered[]): number {
  return records.reduce((most, { number }) => Math.max(most, number), 0);
}

export function textOf(record: ClaimRecord): string {
  return `${JSON.stringify(record)}\n`;
}

/** null: no record. */
export function parseRecord(text: string): ClaimRecord | null {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
  const { host, space, holders } = (value ?? {}) as Partial<Record<keyof ClaimRecord, unknown>>;
  if (typeof host !== 'string' || !Array.isArray(holders)) return null;
  return { host, space: typeof space === 'string' ? space : null, holders: holders.filter(isHolder) };
}

function isHolder(value: unknown): value is Holder {
  const { pid, start } = (value ?? {}) as Partial<Record<keyof Holder, unknown>>;
  return Number.isSafeInteger(pid) && (start === null || typeof start === 'string');
}
