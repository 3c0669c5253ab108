/**
 * Small files that promise or unpack to much. Each is read by a process of its own under a limit of memory and time, and
 * ends in a message that names it.
 */
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { brotliCompressSync, deflateRawSync, gzipSync, zstdCompressSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { parquetInfo, readParquet } from '../src/index.ts';
import { survives } from './fuzz-support.ts';

const folder = mkdtempSync(join(tmpdir(), 'evalgraph-bombs-'));
const reader = fileURLToPath(new URL('read-table.ts', import.meta.url));
const fixture = (name: string): Buffer =>
  readFileSync(fileURLToPath(new URL(`fixtures/tables/${name}`, import.meta.url)));

/** Each file has a process of its own in CI, and the bombs are large there. */
const IS_FULL = process.env['EVALGRAPH_FUZZ_RUNS'] !== undefined;
const sized = (full: number): number => (IS_FULL ? full : full / 10);

interface Answer {
  readonly said: string;
  readonly megabytes: number;
}

async function readApart(paths: readonly string[]): Promise<readonly Answer[]> {
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['--max-old-space-size=1500', '--disable-warning=ExperimentalWarning', reader, ...paths],
    { timeout: 60_000, killSignal: 'SIGKILL' },
  );
  return stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
}

interface Bomb {
  readonly name: string;
  readonly make: () => string | Uint8Array;
  /** The file's size, where it is sparse; 0: as it was made. */
  readonly bytes?: number;
}

/** A test for each, that its reader ends in a message; without CI's sizes one process reads them all. */
function expectRefusals(bombs: Readonly<Record<string, Bomb>>): void {
  const place = ([what, { name, make, bytes = 0 }]: readonly [string, Bomb]): string => {
    const path = join(folder, `${what.replaceAll(/\W+/g, '-')}-${name}`);
    writeFileSync(path, make());
    if (bytes > 0) truncateSync(path, bytes);
    return path;
  };
  let together: Promise<ReadonlyMap<string, Answer | undefined>> | null = null;
  const readTogether = async (): Promise<ReadonlyMap<string, Answer | undefined>> => {
    const paths = Object.entries(bombs).map(place);
    const answers = await readApart(paths);
    return new Map(paths.map((path, no) => [path, answers[no]]));
  };
  it.each(Object.entries(bombs))('%s is refused', async (what, bomb) => {
    const path = place([what, bomb]);
    if (!IS_FULL) together ??= readTogether();
    const answer = together === null ? (await readApart([path]))[0] : (await together).get(path);
    expect(answer?.said).toContain(path);
    expect(answer?.megabytes).toBeLessThan(2048);
  });
}

/** Thrift's compact protocol, written by hand: [field, type, bytes]. */
type Field = readonly [field: number, type: number, value: Uint8Array];

function varint(value: number | bigint): Uint8Array {
  const bytes: number[] = [];
  let left = BigInt(value);
  for (; left > 0x7fn; left >>= 7n) bytes.push(Number(left & 0x7fn) | 0x80);
  return Uint8Array.from([...bytes, Number(left)]);
}
const zigzag = (value: number): Uint8Array =>
  varint(value < 0 ? -2n * BigInt(value) - 1n : 2n * BigInt(value));
const i32 = (field: number, value: number): Field => [field, 5, zigzag(value)];
const i64 = (field: number, value: number): Field => [field, 6, zigzag(value)];
const text = (value: string): Uint8Array => Buffer.concat([varint(value.length), Buffer.from(value)]);
const struct = (...fields: readonly Field[]): Uint8Array =>
  Buffer.concat([
    ...fields.flatMap(([field, type, value]) => [Uint8Array.from([type]), zigzag(field), value]),
    Uint8Array.from([0]),
  ]);
const list = (type: number, items: readonly Uint8Array[], size = items.length): Uint8Array =>
  Buffer.concat([Uint8Array.from([0xf0 | type]), varint(size), ...items]);

interface Sizes {
  readonly codec?: number;
  readonly body?: Uint8Array;
  readonly rows?: number;
  readonly values?: number;
  readonly unpacked?: number;
  readonly packed?: number;
  readonly total?: number;
  readonly columns?: number;
  readonly pageType?: number;
  /** In front of the page: a dictionary of so many integers; the page holds its indices then. */
  readonly dictionary?: number;
  /** A column whose values may be missing. */
  readonly isOptional?: boolean;
}

/** A file of one column `n` of 32-bit integers, with one page. */
function parquetOf(sizes: Sizes): Uint8Array {
  const { codec = 0, body = new Uint8Array(40), rows = 10, values = rows, pageType = 0 } = sizes;
  const {
    unpacked = codec === 0 ? body.length : 40,
    packed = body.length,
    columns = 1,
    dictionary = 0,
  } = sizes;
  const detail: Readonly<Record<number, Field>> = {
    0: [5, 12, struct(i32(1, values), i32(2, dictionary > 0 ? 8 : 0), i32(3, 3), i32(4, 3))],
    2: [7, 12, struct(i32(1, values), i32(2, 0))],
    3: [8, 12, struct(i32(1, values), i32(2, 0), i32(3, values), i32(4, 0), i32(5, 0), i32(6, 0))],
  };
  const entries = new Uint8Array(4 * dictionary);
  const head =
    dictionary === 0
      ? new Uint8Array()
      : Buffer.concat([
          struct(i32(1, 2), i32(2, entries.length), i32(3, entries.length), [
            7,
            12,
            struct(i32(1, dictionary), i32(2, 0)),
          ]),
          entries,
        ]);
  const page = struct(i32(1, pageType), i32(2, unpacked), i32(3, packed), detail[pageType] ?? i32(9, 1));
  const total = sizes.total ?? head.length + page.length + body.length;
  const meta = struct(
    i32(1, 1),
    [2, 9, list(5, [zigzag(0)])],
    [3, 9, list(8, [text('n')])],
    i32(4, codec),
    i64(5, values),
    i64(6, 100),
    i64(7, total),
    i64(9, 4 + head.length),
    ...(dictionary > 0 ? [i64(11, 4)] : []),
  );
  const group = struct(
    [1, 9, list(12, [struct(i64(2, 4), [3, 12, meta])], columns)],
    i64(2, 100),
    i64(3, rows),
  );
  const footer = struct(
    i32(1, 1),
    [
      2,
      9,
      list(12, [
        struct([4, 8, text('schema')], i32(5, 1)),
        struct(i32(1, 1), i32(3, sizes.isOptional === true ? 1 : 0), [4, 8, text('n')]),
      ]),
    ],
    i64(3, rows),
    [4, 9, list(12, [group])],
  );
  const length = Buffer.alloc(4);
  length.writeUInt32LE(footer.length);
  return Buffer.concat([Buffer.from('PAR1'), head, page, body, footer, length, Buffer.from('PAR1')]);
}

const ZEROS = Buffer.alloc(sized(100_000_000));
const HUGE = 2 ** 31 - 1;
const [SNAPPY, GZIP, BROTLI, ZSTD, LZ4] = [1, 2, 4, 6, 7];

/** Runs of a page: one value so many times, or so many groups of eight packed values. */
const [RUN, PACKED] = ['run', 'packed'];
type Runs = readonly [] | readonly [kind: string | undefined, count: number, ...rest: readonly number[]];

function runs([kind, count = 0, ...rest]: Runs): Uint8Array {
  const header =
    kind === undefined ? new Uint8Array() : varint(2n * BigInt(count) + (kind === PACKED ? 1n : 0n));
  return Buffer.concat([header, Uint8Array.from(rest)]);
}
const indices = (bits: number, one: Runs): Uint8Array => Buffer.concat([Uint8Array.from([bits]), runs(one)]);
/** Levels with their length, and ten integers. */
function levelled(one: Runs, length = runs(one).length): Uint8Array {
  const size = Buffer.alloc(4);
  size.writeUInt32LE(length);
  return Buffer.concat([size, runs(one), new Uint8Array(40)]);
}

describe('a parquet file', () => {
  it('that is written by hand is read where it tells the truth', async () => {
    for (const [codec, body] of [
      [0, new Uint8Array(40)],
      [GZIP, gzipSync(new Uint8Array(40))],
      [GZIP, deflateRawSync(new Uint8Array(40))],
      [BROTLI, brotliCompressSync(new Uint8Array(40))],
      [ZSTD, zstdCompressSync(new Uint8Array(40))],
    ] as const) {
      const path = join(folder, 'good.parquet');
      writeFileSync(path, parquetOf({ codec, body }));
      let rows = 0;
      for await (const { value } of readParquet(path)) rows += value.get('n') === 0 ? 1 : 0;
      expect(rows).toBe(10);
    }
    for (const made of [
      parquetOf({ dictionary: 3, body: indices(2, [RUN, 10, 2]) }),
      parquetOf({ dictionary: 1, body: indices(0, []) }),
      parquetOf({ dictionary: 4, body: indices(2, [PACKED, 2, 0xe4, 0xe4, 0xe4, 0]) }),
      parquetOf({ isOptional: true, body: levelled([RUN, 10, 1]) }),
    ]) {
      const path = join(folder, 'good.parquet');
      writeFileSync(path, made);
      let rows = 0;
      for await (const { value } of readParquet(path)) rows += value.get('n') === 0 ? 1 : 0;
      expect(rows).toBe(10);
    }
  });

  const small = Buffer.from('small');
  const cases: Readonly<Record<string, () => Uint8Array>> = {
    'of two milliard values in one page': () => parquetOf({ values: HUGE }),
    'of two milliard values and rows': () => parquetOf({ rows: HUGE }),
    'of fewer than no values': () => parquetOf({ rows: 10, values: -10 }),
    'of a dictionary of two milliard values': () => parquetOf({ pageType: 2, values: HUGE }),
    'of a page of version 2 with two milliard values': () => parquetOf({ pageType: 3, values: HUGE }),
    'of a page of an unknown type': () => parquetOf({ pageType: 9 }),
    'whose page unpacks to two milliard bytes': () => parquetOf({ codec: ZSTD, unpacked: HUGE }),
    'whose page unpacks to less than nothing': () => parquetOf({ codec: SNAPPY, unpacked: -1 }),
    'whose page is larger than its column': () => parquetOf({ packed: HUGE }),
    'whose page goes backwards': () => parquetOf({ packed: -20 }),
    'whose column ends beyond the file': () => parquetOf({ total: 2 ** 50 }),
    'of two milliard columns': () => parquetOf({ columns: HUGE }),
    'whose snappy page promises a gigabyte': () =>
      parquetOf({ codec: SNAPPY, body: small, unpacked: 1_000_000_000 }),
    'whose lz4 page promises a gigabyte': () =>
      parquetOf({ codec: LZ4, body: small, unpacked: 1_000_000_000 }),
    'whose gzip page holds more': () => parquetOf({ codec: GZIP, body: gzipSync(ZEROS) }),
    'whose brotli page holds more': () =>
      parquetOf({ codec: BROTLI, body: brotliCompressSync(ZEROS.subarray(0, sized(50_000_000))) }),
    'whose zstd page holds more': () => parquetOf({ codec: ZSTD, body: zstdCompressSync(ZEROS) }),
    'whose index is beyond its dictionary': () =>
      parquetOf({ dictionary: 3, body: indices(2, [RUN, 10, 3]) }),
    'whose packed index is beyond its dictionary': () =>
      parquetOf({ dictionary: 3, body: indices(2, [PACKED, 2, 0xe4, 0xe4, 0xe4, 0]) }),
    'whose run is longer than its page': () => parquetOf({ dictionary: 3, body: indices(2, [RUN, HUGE, 2]) }),
    'whose run is a little longer than its page': () =>
      parquetOf({ dictionary: 3, body: indices(2, [RUN, 11, 2]) }),
    'whose runs end early': () => parquetOf({ dictionary: 3, body: indices(2, [RUN, 9, 2]) }),
    'whose levels are longer than its page': () =>
      parquetOf({ isOptional: true, body: levelled([RUN, HUGE, 1]) }),
    'whose level is no level': () => parquetOf({ isOptional: true, body: levelled([RUN, 10, 2]) }),
    'whose levels end beyond the page': () =>
      parquetOf({ isOptional: true, body: levelled([RUN, 10, 1], HUGE) }),
    'whose footer is nested without end': () => {
      const footer = Buffer.alloc(sized(30_000_000), 0x1c);
      const length = Buffer.alloc(4);
      length.writeUInt32LE(footer.length);
      return Buffer.concat([Buffer.from('PAR1'), footer, length, Buffer.from('PAR1')]);
    },
    'whose footer is of empty structs': () => {
      const many = list(12, [], sized(60_000_000));
      const footer = Buffer.concat([
        Buffer.from([0x29]),
        many,
        Buffer.alloc(sized(60_000_000)),
        Buffer.from([0]),
      ]);
      const length = Buffer.alloc(4);
      length.writeUInt32LE(footer.length);
      return Buffer.concat([Buffer.from('PAR1'), footer, length, Buffer.from('PAR1')]);
    },
  };
  expectRefusals(
    Object.fromEntries(
      Object.entries(cases).map(([what, make]) => [what, { name: 'bomb.parquet', make }] as const),
    ),
  );

  it('with the largest number at any place of its headers is read or refused', async () => {
    const path = join(folder, 'patched.parquet');
    const largest = Buffer.from([0xff, 0xff, 0xff, 0xff, 0x0f]);
    const bytes = Buffer.from(parquetOf({}));
    for (let at = 0; at < bytes.length; at += IS_FULL ? 1 : 10) {
      const patched = Buffer.concat([bytes.subarray(0, at), largest, bytes.subarray(at + 5)]);
      writeFileSync(path, patched.subarray(0, bytes.length));
      await survives(async () => {
        await parquetInfo(path);
        for await (const _ of readParquet(path));
      });
    }
    for (const name of ['snappy.parquet', 'zstd.parquet']) {
      const whole = fixture(name);
      const footer = whole.length - 8 - whole.readUInt32LE(whole.length - 8);
      for (let at = footer; at < whole.length - 5; at += IS_FULL ? 7 : 70) {
        const patched = Buffer.from(whole);
        largest.copy(patched, at);
        writeFileSync(path, patched);
        await survives(async () => {
          await parquetInfo(path);
          for await (const _ of readParquet(path));
        });
      }
    }
  });
});

describe('a table', () => {
  expectRefusals({
    'of one line without end': { name: 'a.jsonl', make: () => '{"text": "', bytes: 3e9 },
    'of one cell without end': { name: 'a.csv', make: () => 'a\n"', bytes: 3e9 },
    'of brackets': { name: 'a.jsonl', make: () => '['.repeat(50_000_000) },
    'of empty lists': { name: 'a.jsonl', make: () => `[${'[],'.repeat(sized(20_000_000))}1` },
  });
});

describe('a header of safetensors', () => {
  const withLength = (length: bigint, rest: string): Buffer => {
    const head = Buffer.alloc(8);
    head.writeBigUInt64LE(length);
    return Buffer.concat([head, Buffer.from(rest)]);
  };
  const name = 'a.safetensors';
  expectRefusals({
    'of 2^63 bytes': { name, make: () => withLength(2n ** 63n, '{}'), bytes: 1e9 },
    'of a gigabyte': { name, make: () => withLength(10n ** 9n, '{}'), bytes: 3e9 },
    'of the largest size, of nothing': { name, make: () => withLength(100_000_000n, '{'), bytes: 3e9 },
    'of brackets': { name, make: () => withLength(99_999_999n, '['.repeat(99_999_999)) },
    'of empty objects': {
      name,
      make: () => withLength(99_000_002n, `{"a":[${'{},'.repeat(32_999_998)}`),
      bytes: 3e9,
    },
  });
});
