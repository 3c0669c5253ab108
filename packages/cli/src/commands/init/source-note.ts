/** What `init` says of a folder that is no checkpoint as it stands. Not an error: the folder may still come. */

import { existsSync, readdirSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { phrases } from '../../messages.ts';
import type { Draft } from './draft.ts';

/** null: a checkpoint, a series, or not on this disk by nature. */
export function sourceNote(root: string, { source, checkpoints }: Draft): string | null {
  if (source.startsWith('hf:') || checkpoints?.kind === 'folder') return null;
  const folder = resolve(root, source);
  const info = statSync(folder, { throwIfNoEntry: false });
  if (info === undefined) return phrases.sourceNotThere(source);
  if (!info.isDirectory()) return phrases.sourceNoFolder(source);
  if (checkpoints !== null || existsSync(join(folder, 'config.json'))) return null;
  const below = readdirSync(folder).filter((name) => existsSync(join(folder, name, 'config.json')));
  return phrases.sourceNoCheckpoint(source, below.length, below[0] ?? null, patternOf(below));
}

/** `iter_{step:07}` where most are iter_0000100, iter_0002000 and the like; null where no pattern names two of them. */
function patternOf(names: readonly string[]): string | null {
  const numbered = names.flatMap((name) => {
    const [, prefix, digits] = /^(.*?)(\d+)$/.exec(name) ?? [];
    return prefix === undefined || digits === undefined ? [] : [{ prefix, digits }];
  });
  const series = [...Map.groupBy(numbered, ({ prefix }) => prefix).values()].reduce<typeof numbered>(
    (most, group) => (group.length > most.length ? group : most),
    [],
  );
  const [first] = series;
  if (first === undefined || (series.length === 1 && names.length > 1)) return null;
  const { prefix, digits } = first;
  if (!series.some((one) => one.digits.length > 1 && one.digits.startsWith('0'))) return `${prefix}{step}`;
  const isEven = series.every((one) => one.digits.length === digits.length);
  return isEven ? `${prefix}{step:${String(digits.length).padStart(2, '0')}}` : null;
}
