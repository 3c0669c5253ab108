/** Files are built byte by byte here; real ones, written by the safetensors library, are read by the engine's tests. */
import { mkdtemp, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MAX_HEADER_BYTES, openWeights, readSafetensorsHeader, readTensor } from '../src/index.ts';
import { messages } from '../src/messages.ts';
import { problemsOf } from './problems.ts';

let folder = '';
let count = 0;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'safetensors-'));
});
afterAll(async () => {
  await rm(folder, { recursive: true });
});

function fileOf(header: string, data: Uint8Array): Buffer {
  const text = Buffer.from(header);
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(text.length));
  return Buffer.concat([length, text, data]);
}

async function written(bytes: Uint8Array | string): Promise<string> {
  count += 1;
  const path = join(folder, `${count}.safetensors`);
  await writeFile(path, bytes);
  return path;
}

const TWO =
  '{"__metadata__":{"format":"pt"},"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"b":{"dtype":"BF16","shape":[1,3],"data_offsets":[8,14]}}';

describe('readSafetensorsHeader', () => {
  it('gives places counted from the start of the file', async () => {
    const header = await readSafetensorsHeader(await written(fileOf(TWO, new Uint8Array(14))));
    const start = 8 + TWO.length;
    expect(header.metadata).toEqual({ format: 'pt' });
    expect(header.fileBytes).toBe(start + 14);
    expect([...header.tensors]).toEqual([
      ['a', { dtype: 'F32', shape: [2], offset: start, byteLength: 8 }],
      ['b', { dtype: 'BF16', shape: [1, 3], offset: start + 8, byteLength: 6 }],
    ]);
  });

  it.each([13, 15])('refuses %d bytes of data where 14 are promised', async (bytes) => {
    const path = await written(fileOf(TWO, new Uint8Array(bytes)));
    const expected = 8 + TWO.length + 14;
    expect(await problemsOf(readSafetensorsHeader(path))).toEqual([
      messages.truncatedWeights.shorter(path, expected, 8 + TWO.length + bytes),
    ]);
  });

  it('refuses a file that ends inside its header', async () => {
    const path = await written(fileOf(TWO, new Uint8Array(14)).subarray(0, 40));
    expect(await problemsOf(readSafetensorsHeader(path))).toEqual([
      messages.truncatedWeights.shorter(path, 8 + TWO.length, 40),
    ]);
  });

  it('refuses an empty file', async () => {
    const path = await written('');
    expect(await problemsOf(readSafetensorsHeader(path))).toEqual([
      messages.truncatedWeights.tooSmall(path, 0),
    ]);
  });

  it('says so where a page or a pointer was saved instead', async () => {
    const html = await written('\n<!DOCTYPE html><html><body>Sign in</body></html>');
    expect(await problemsOf(readSafetensorsHeader(html))).toEqual([messages.htmlWeights(html)]);
    const pointer = await written('version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 3\n');
    expect(await problemsOf(readSafetensorsHeader(pointer))).toEqual([messages.lfsPointer(pointer)]);
  });

  it('bounds the header', async () => {
    const path = await written(Buffer.alloc(32, 0x41));
    const announced = Number(0x4141414141414141n);
    expect(await problemsOf(readSafetensorsHeader(path))).toEqual([
      messages.invalidSafetensors.headerSize(path, announced, MAX_HEADER_BYTES),
    ]);
  });

  it.each(['[]', '{"a":', '77'])('refuses the header %s', async (header) => {
    const path = await written(fileOf(header, new Uint8Array(0)));
    expect(await problemsOf(readSafetensorsHeader(path))).toMatchObject([{ code: 'invalid-safetensors' }]);
  });

  const one = (entry: string): string => `{"a":${entry}}`;
  it.each([
    [
      'a dtype of the prototype',
      one('{"dtype":"toString","shape":[1],"data_offsets":[0,4]}'),
      'dtype "toString"',
    ],
    ['a negative size', one('{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}'), 'shape [-1]'],
    ['a fractional size', one('{"dtype":"F32","shape":[0.5],"data_offsets":[0,4]}'), 'shape [0.5]'],
    [
      'a huge shape',
      one('{"dtype":"F32","shape":[9000000000,9000000000],"data_offsets":[0,4]}'),
      'too large',
    ],
    [
      'offsets that do not fit the shape',
      one('{"dtype":"F32","shape":[2],"data_offsets":[0,4]}'),
      'needs 8 bytes',
    ],
    ['one offset', one('{"dtype":"F32","shape":[1],"data_offsets":[0]}'), 'no pair'],
    ['a gap at the start', one('{"dtype":"F32","shape":[1],"data_offsets":[4,8]}'), 'starts at byte'],
    ['no object', one('3'), 'expected an object'],
    ['metadata of numbers', '{"__metadata__":{"a":1}}', 'object of texts'],
    [
      'an overlap',
      '{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"b":{"dtype":"F32","shape":[1],"data_offsets":[2,6]}}',
      'starts at byte',
    ],
  ])('refuses %s', async (_, header, what) => {
    const path = await written(fileOf(header, new Uint8Array(8)));
    const [problem] = await problemsOf(readSafetensorsHeader(path));
    expect(problem).toMatchObject({ code: 'invalid-safetensors', message: expect.stringContaining(what) });
  });

  it('tells a dtype that it does not know from damage: another reader may know it', async () => {
    const header = one('{"dtype":"F12","shape":[1],"data_offsets":[0,4]}');
    const path = await written(fileOf(header, new Uint8Array(8)));
    expect(await problemsOf(readSafetensorsHeader(path))).toMatchObject([
      { code: 'unknown-dtype', message: expect.stringContaining('dtype "F12"') },
    ]);
  });
});

describe('openWeights', () => {
  const shard = (name: string): Buffer =>
    fileOf(`{"${name}":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}`, new Uint8Array(4));

  async function weightsFolder(files: Readonly<Record<string, Uint8Array | string>>): Promise<string> {
    const made = await mkdtemp(join(folder, 'weights-'));
    for (const [name, content] of Object.entries(files)) await writeFile(join(made, name), content);
    return made;
  }
  const index = (map: Readonly<Record<string, unknown>>): string => JSON.stringify({ weight_map: map });
  const INDEX = 'model.safetensors.index.json';

  it('joins shards', async () => {
    const made = await weightsFolder({
      [INDEX]: index({ a: '1.safetensors', b: '2.safetensors' }),
      '1.safetensors': shard('a'),
      '2.safetensors': shard('b'),
    });
    const weights = await openWeights(made);
    expect(weights.files).toEqual([join(made, '1.safetensors'), join(made, '2.safetensors')]);
    expect([...weights.tensors].map(([name, { file }]) => [name, file])).toEqual([
      ['a', join(made, '1.safetensors')],
      ['b', join(made, '2.safetensors')],
    ]);
  });

  it('prefers the single file, as transformers does', async () => {
    const made = await weightsFolder({
      'model.safetensors': shard('a'),
      [INDEX]: index({ b: '2.safetensors' }),
    });
    expect([...(await openWeights(made)).tensors.keys()]).toEqual(['a']);
  });

  it('names all shards that are missing or truncated, at once', async () => {
    const made = await weightsFolder({
      [INDEX]: index({ a: '1.safetensors', b: '2.safetensors', c: '3.safetensors' }),
      '1.safetensors': shard('a'),
      '2.safetensors': shard('b'),
    });
    await truncate(join(made, '1.safetensors'), shard('a').length - 1);
    expect(await problemsOf(openWeights(made))).toEqual([
      messages.truncatedWeights.shorter(
        join(made, '1.safetensors'),
        shard('a').length,
        shard('a').length - 1,
      ),
      messages.missingWeights.shard(join(made, INDEX), '3.safetensors'),
    ]);
  });

  it('refuses a tensor that its shard does not hold, and names that leave the folder', async () => {
    const stale = await weightsFolder({
      [INDEX]: index({ z: '1.safetensors' }),
      '1.safetensors': shard('a'),
    });
    expect(await problemsOf(openWeights(stale))).toEqual([
      messages.invalidSafetensorsIndex.otherShard(join(stale, INDEX), 'z', '1.safetensors'),
    ]);
    const outside = await weightsFolder({ [INDEX]: index({ z: '../x.safetensors' }) });
    expect(await problemsOf(openWeights(outside))).toMatchObject([{ code: 'invalid-safetensors-index' }]);
    const broken = await weightsFolder({ [INDEX]: index({ z: 3 }) });
    expect(await problemsOf(openWeights(broken))).toMatchObject([{ code: 'invalid-safetensors-index' }]);
  });

  it('says what is there instead of weights', async () => {
    const made = await weightsFolder({ 'pytorch_model.bin': '' });
    expect(await problemsOf(openWeights(made))).toEqual([
      messages.missingWeights.folder(made, ['pytorch_model.bin']),
    ]);
    expect(await problemsOf(openWeights(join(made, 'x')))).toEqual([
      messages.missingWeights.folder(join(made, 'x'), []),
    ]);
  });
});

describe('readTensor', () => {
  async function valuesOf(dtype: string, data: Uint8Array, size: number): Promise<number[]> {
    const header = `{"t":{"dtype":"${dtype}","shape":[${size}],"data_offsets":[0,${data.length}]}}`;
    const made = await mkdtemp(join(folder, 'tensor-'));
    await writeFile(join(made, 'model.safetensors'), fileOf(header, data));
    const values: number[] = [];
    for await (const chunk of readTensor(await openWeights(made), 't'))
      for (const value of chunk) values.push(value);
    return values;
  }
  const bytesOf = (array: ArrayBufferView): Uint8Array =>
    new Uint8Array(array.buffer, array.byteOffset, array.byteLength);

  it('reads F32 and F64 as they are, over chunk borders', async () => {
    const values = Float32Array.from({ length: 1_500_000 }, (_, i) => i / 3);
    const found = await valuesOf('F32', bytesOf(values), values.length);
    expect(found.length).toBe(values.length);
    expect(found.every((value, i) => value === values[i])).toBe(true);
    expect(await valuesOf('F64', bytesOf(Float64Array.of(0.5, -2, 1e300)), 3)).toEqual([
      0.5,
      -2,
      Number.POSITIVE_INFINITY,
    ]);
  });

  it('reads halves by IEEE 754', async () => {
    // Bits and values from the standard's table of examples.
    const bits = [
      0x0000, 0x8000, 0x3c00, 0xc000, 0x7bff, 0x0001, 0x03ff, 0x0400, 0x3555, 0x7c00, 0xfc00, 0x7e00,
    ];
    const expected = [
      0,
      -0,
      1,
      -2,
      65504,
      2 ** -24,
      2 ** -14 - 2 ** -24,
      2 ** -14,
      0.333251953125,
      Infinity,
      -Infinity,
      NaN,
    ];
    expect(await valuesOf('F16', bytesOf(Uint16Array.from(bits)), bits.length)).toEqual(expected);
  });

  it('reads bfloat16 as the upper half of float32', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: 0, max: 0xffff }), { minLength: 1, maxLength: 50 }),
        async (halves) => {
          const wide = new Float32Array(Uint32Array.from(halves, (half) => half * 65536).buffer);
          expect(await valuesOf('BF16', bytesOf(Uint16Array.from(halves)), halves.length)).toEqual([...wide]);
        },
      ),
      { seed: 7, numRuns: 30 },
    );
  });

  it('yields nothing for an empty tensor, and refuses integers, unknown names and a file that shrank', async () => {
    expect(await valuesOf('F32', new Uint8Array(0), 0)).toEqual([]);
    expect(await problemsOf(valuesOf('I32', new Uint8Array(4), 1))).toMatchObject([
      { code: 'unsupported-dtype' },
    ]);
    const made = await mkdtemp(join(folder, 'shrunk-'));
    const path = join(made, 'model.safetensors');
    const bytes = fileOf('{"t":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}', new Uint8Array(8));
    await writeFile(path, bytes);
    const weights = await openWeights(made);
    expect(await problemsOf(readTensor(weights, 'u').next())).toEqual([messages.missingTensor('u')]);
    await truncate(path, bytes.length - 2);
    expect(await problemsOf(readTensor(weights, 't').next())).toEqual([
      messages.truncatedWeights.shorter(path, bytes.length, bytes.length - 2),
    ]);
  });
});
