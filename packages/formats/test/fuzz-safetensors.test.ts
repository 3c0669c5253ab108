/** Damaged and hostile safetensors headers and indexes: opened, or refused with a message. */
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { openWeights, readSafetensorsHeader, readTensor, UserError } from '../src/index.ts';
import { damagedBytes, damagedText, FUZZ_TIMEOUT_MS, fuzz, survives } from './fuzz-support.ts';

const folder = mkdtempSync(join(tmpdir(), 'fuzz-safetensors-'));
const file = join(folder, 'model.safetensors');

function encode(header: string, data: Uint8Array, announcedBytes?: bigint): Uint8Array {
  const json = Buffer.from(header);
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(announcedBytes ?? BigInt(json.length));
  return Buffer.concat([length, json, data]);
}

const HEADER = JSON.stringify({
  __metadata__: { format: 'pt' },
  'a.weight': { dtype: 'F32', shape: [2, 3], data_offsets: [0, 24] },
  'b.weight': { dtype: 'BF16', shape: [4], data_offsets: [24, 32] },
});
const WORDS = [
  ...['"dtype"', '"shape"', '"data_offsets"', 'F64', '__proto__', '[[[[', '{"a":', '-1', '1e308', 'null'],
  ...[
    '9007199254740993',
    '0',
    '4294967296',
    '"constructor"',
    '\\ud800',
    '"',
    '}',
    '\0',
    '4611686018427387904',
  ],
];

async function opened(): Promise<number> {
  const { tensors, fileBytes } = await readSafetensorsHeader(file);
  let end = 0;
  for (const { offset, byteLength, shape } of tensors.values()) {
    expect(offset + byteLength).toBeLessThanOrEqual(fileBytes);
    expect(shape.length).toBeLessThanOrEqual(8);
    end += byteLength;
  }
  const weights = await openWeights(folder);
  for (const [name, { dtype }] of weights.tensors) {
    if (dtype === 'F32' || dtype === 'BF16')
      for await (const values of readTensor(weights, name)) expect(values.length).toBeGreaterThan(0);
  }
  return end;
}

describe('a safetensors file', () => {
  it(
    'with damaged bytes is refused or read within its bounds',
    async () => {
      const valid = encode(HEADER, new Uint8Array(32));
      await fc.assert(
        fc.asyncProperty(damagedBytes([valid], WORDS), async (bytes) => {
          writeFileSync(file, bytes);
          await survives(opened);
        }),
        fuzz(600),
      );
    },
    FUZZ_TIMEOUT_MS,
  );

  it(
    'whose header is other JSON is refused or read within its bounds',
    async () => {
      const header = fc.oneof(damagedText([HEADER], WORDS), fc.json());
      await fc.assert(
        fc.asyncProperty(header, fc.uint8Array({ maxLength: 64 }), async (text, data) => {
          writeFileSync(file, encode(text, data));
          await survives(opened);
        }),
        fuzz(600),
      );
    },
    FUZZ_TIMEOUT_MS,
  );

  it(
    'that announces any length is refused before it is read',
    async () => {
      await fc.assert(
        fc.asyncProperty(fc.bigInt({ min: 0n, max: (1n << 64n) - 1n }), async (length) => {
          fc.pre(length !== BigInt(Buffer.byteLength(HEADER)));
          writeFileSync(file, encode(HEADER, new Uint8Array(32), length));
          expect(await survives(opened)).toBeInstanceOf(UserError);
        }),
        fuzz(300),
      );
    },
    FUZZ_TIMEOUT_MS,
  );

  it.each([
    ['nested a million deep', `${'{"a":'.repeat(1e6)}1${'}'.repeat(1e6)}`],
    ['with lists nested a million deep', `{"a":${'['.repeat(1e6)}${']'.repeat(1e6)}}`],
    [
      'of 200,000 tensors',
      `{${Array.from({ length: 200_000 }, (_, i) => `"t${i}":{"dtype":"F32","shape":[0],"data_offsets":[0,0]}`).join(',')}}`,
    ],
    [
      'with a shape of a million dimensions',
      `{"a":{"dtype":"F32","shape":[${'1,'.repeat(1e6)}1],"data_offsets":[0,4]}}`,
    ],
    ['with 200,000 bad entries', `{${Array.from({ length: 200_000 }, (_, i) => `"t${i}":0`).join(',')}}`],
  ])('%s ends soon', async (_, header) => {
    writeFileSync(file, encode(header, new Uint8Array(0)));
    await survives(() => readSafetensorsHeader(file));
  });
});

describe('an index of shards', () => {
  it(
    'damaged, or naming files elsewhere, opens nothing outside its folder',
    async () => {
      const own = mkdtempSync(join(tmpdir(), 'fuzz-index-'));
      const shard = JSON.stringify({ a: { dtype: 'F32', shape: [1], data_offsets: [0, 4] } });
      writeFileSync(join(own, 'part-1.safetensors'), encode(shard, new Uint8Array(4)));
      const valid = JSON.stringify({ metadata: { total_size: 4 }, weight_map: { a: 'part-1.safetensors' } });
      const words = [
        '../',
        '/etc/passwd',
        '..',
        '\\\\',
        '\\u0000',
        '"weight_map"',
        '__proto__',
        '{',
        '[]',
        'null',
        'x'.repeat(5000),
      ];
      await fc.assert(
        fc.asyncProperty(damagedText([valid], words), async (text) => {
          writeFileSync(join(own, 'model.safetensors.index.json'), text);
          const found = await survives(() => openWeights(own));
          if (!(found instanceof UserError)) {
            for (const path of found.files) expect(path).toBe(join(own, 'part-1.safetensors'));
          }
        }),
        fuzz(600),
      );
    },
    FUZZ_TIMEOUT_MS,
  );
});
