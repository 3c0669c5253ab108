/** A token that is matched in texts before the model sees them, as transformers' AddedToken describes one. */
import { objectOf } from './files.ts';

export interface TokenSpec {
  readonly content: string;
  /** A bare text in the file: transformers makes it a special token with plain flags. */
  readonly isText: boolean;
  readonly special: boolean;
  readonly singleWord: boolean;
  readonly lstrip: boolean;
  readonly rstrip: boolean;
  /** null: the opposite of `special`. */
  readonly normalized: boolean | null;
}

export function textToken(content: string): TokenSpec {
  return {
    content,
    isText: true,
    special: true,
    singleWord: false,
    lstrip: false,
    rstrip: false,
    normalized: null,
  };
}

/** AddedToken(**value); null where the value is none: transformers would raise. */
export function addedToken(value: unknown): TokenSpec | null {
  const fields = objectOf(value);
  const content = fields?.get('content');
  if (fields === null || typeof content !== 'string') return null;
  const flags = ['special', 'single_word', 'lstrip', 'rstrip', 'normalized'].map((name) => fields.get(name));
  if (flags.some((flag) => flag !== undefined && typeof flag !== 'boolean')) return null;
  const [special, singleWord, lstrip, rstrip, normalized] = flags.map((flag) =>
    typeof flag === 'boolean' ? flag : null,
  );
  return {
    content,
    isText: false,
    special: special ?? false,
    singleWord: singleWord ?? false,
    lstrip: lstrip ?? false,
    rstrip: rstrip ?? false,
    normalized: normalized ?? null,
  };
}

/** A text, or the `{"__type": "AddedToken", ...}` that transformers writes; null for what it could not use. */
export function savedToken(value: unknown): TokenSpec | null {
  if (typeof value === 'string') return textToken(value);
  return objectOf(value)?.get('__type') === 'AddedToken' ? addedToken(value) : null;
}

export function isSameToken(a: TokenSpec, b: TokenSpec): boolean {
  return (
    a.content === b.content &&
    a.isText === b.isText &&
    a.special === b.special &&
    a.singleWord === b.singleWord &&
    a.lstrip === b.lstrip &&
    a.rstrip === b.rstrip &&
    isNormalized(a) === isNormalized(b)
  );
}

export function isNormalized({ normalized, special }: TokenSpec): boolean {
  return normalized ?? !special;
}
