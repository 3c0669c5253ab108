/**
 * A record that holds the digest of itself: for files that stand alone, where no manifest can name them. A digit that
 * flipped, or a number that a hand changed, is told from what was written.
 */
import { digestValue } from './digest.ts';
import { UserError } from './errors.ts';
import { damagedFile, parseRecord, type RecordSource } from './record-file.ts';
import { digest, json, optional, record, type Shape, type ShapeOf } from './shape.ts';

/** The name that no record of ours gives to anything else. */
const own = record({ seal: optional(digest) });

const sealedShape: Shape<ShapeOf<typeof own>> = (value, place) => {
  json(value, place);
  return own(value, place);
};

/** The record with its seal; for `JSON.stringify`. */
export function sealed<T extends object>(value: T): T & { readonly seal: string } {
  return { ...value, seal: digestValue(value) };
}

/**
 * What an earlier release wrote has no seal, and is taken as it is.
 * @throws UserError damaged-file
 */
export function parseSealed<T extends object>(
  content: string | Uint8Array,
  source: RecordSource,
  shape: Shape<T>,
): T {
  return parseRecord(content, source, (whole, place) => {
    const { seal, ...value } = sealedShape(whole, place);
    if (seal !== undefined && seal !== digestValue(value)) {
      throw new UserError(damagedFile(source, 'its content is not what its own seal says'));
    }
    return shape(value, place);
  });
}
