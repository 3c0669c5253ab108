/** Bytes of protocol buffers against the encoding guide's own examples, and the rotary table against torch's. */
import { inverseFrequencies } from '@evalgraph/architectures';
import { describe, expect, it } from 'vitest';
import { parseModelConfig } from '../src/index.ts';
import { bytesField, floatField, integerField, messageField, textField, varint } from '../src/protobuf.ts';
import { ropeTable } from '../src/rope.ts';

describe('protobuf', () => {
  it('encodes as https://protobuf.dev/programming-guides/encoding/ shows', () => {
    expect([...integerField(1, 150)]).toEqual([0x08, 0x96, 0x01]);
    expect([...textField(2, 'testing')]).toEqual([0x12, 0x07, 0x74, 0x65, 0x73, 0x74, 0x69, 0x6e, 0x67]);
    expect([...messageField(3, [integerField(1, 150)])]).toEqual([0x1a, 0x03, 0x08, 0x96, 0x01]);
    expect([...integerField(1, -2)]).toEqual([0x08, 0xfe, 255, 255, 255, 255, 255, 255, 255, 255, 0x01]);
    expect([...floatField(1, 1)]).toEqual([0x0d, 0, 0, 0x80, 0x3f]);
    expect([...bytesField(16, new Uint8Array(0))]).toEqual([0x82, 0x01, 0]);
  });

  it('writes sizes beyond 32 bits, and refuses what is no size', () => {
    // 2^35 + 1, as 7-bit groups from the low end.
    expect([...varint(2 ** 35 + 1)]).toEqual([0x81, 0x80, 0x80, 0x80, 0x80, 0x01]);
    expect(() => varint(0.5)).toThrow(RangeError);
    expect(() => varint(2 ** 53)).toThrow(RangeError);
  });
});

describe('the rotary table', () => {
  const base = {
    architectures: ['LlamaForCausalLM'],
    vocab_size: 8,
    hidden_size: 16,
    intermediate_size: 8,
    num_hidden_layers: 1,
    num_attention_heads: 2,
    max_position_embeddings: 4096,
  };

  it('rotates position 0 not at all and pairs of frequency 1 by the position', () => {
    const table = ropeTable(parseModelConfig('c', base).rotary, 3);
    expect([...table.cos.subarray(0, 4)]).toEqual([1, 1, 1, 1]);
    expect([...table.sin.subarray(0, 4)]).toEqual([0, 0, 0, 0]);
    expect(table.cos[8]).toBe(Math.fround(Math.cos(2)));
  });

  it('scales frequencies as transformers does', () => {
    const frequencies = (rope: Readonly<Record<string, unknown>>): number[] => [
      ...inverseFrequencies(parseModelConfig('c', { ...base, rope_parameters: rope }).rotary),
    ];
    const close = (found: readonly number[], expected: readonly number[]): void => {
      expect(found).toHaveLength(expected.length);
      found.forEach((value, i) => {
        expect(Math.abs(value / (expected[i] ?? 0) - 1)).toBeLessThan(2e-7);
      });
    };
    close(frequencies({ rope_type: 'default', rope_theta: 10000 }), [1, 0.1, 0.01, 0.001]);
    close(frequencies({ rope_type: 'linear', rope_theta: 10000, factor: 4 }), [0.25, 0.025, 0.0025, 0.00025]);
    // ROPE_INIT_FUNCTIONS["llama3"] of transformers 5.23, printed with repr.
    const llama3 = {
      rope_type: 'llama3',
      rope_theta: 10000,
      factor: 8,
      low_freq_factor: 1,
      high_freq_factor: 4,
      original_max_position_embeddings: 1024,
    };
    close(frequencies(llama3), LLAMA3);
  });
});

const LLAMA3: readonly number[] = [1.0, 0.10000000149011612, 0.003086760640144348, 0.0001250000059371814];
