/**
 * manifest.json of a folder: what each of its files is, by its sha256. A file that a disk, a kill or a hand has changed
 * is told by it, even where it still parses: a digit that flipped makes another score, and no message.
 */
import { prettyJson, sha256Hex, shape } from '@evalgraph/formats';

export const MANIFEST_FILE = 'manifest.json';

export type Manifest = Readonly<Record<string, string>>;

export const manifestShape: shape.Shape<Manifest> = shape.dictionary(shape.digest);

export function manifestText(files: ReadonlyMap<string, string | Uint8Array>): string {
  return prettyJson(Object.fromEntries([...files].map(([name, content]) => [name, sha256Hex(content)])));
}
