import { join } from 'node:path';
import { isMissing, readRegular, UserError } from '@evalgraph/formats';
import type { RawConfig } from './config-fields.ts';
import { architectureMessages as messages } from './messages.ts';

/** Real ones have a few kB; label maps of classifiers reach some 100 kB. */
export const MAX_CONFIG_BYTES = 10_000_000;

/** Reads `<folder>/config.json`. @throws UserError missing-config, invalid-config, and those of readRegular */
export async function readConfig(folder: string): Promise<RawConfig> {
  const file = join(folder, 'config.json');
  let text: string;
  try {
    text = (await readRegular(file, MAX_CONFIG_BYTES)).toString('utf8');
  } catch (error) {
    if (isMissing(error)) throw new UserError(messages.noConfig(folder));
    throw error;
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new UserError(messages.configNotJson(file, error instanceof Error ? error.message : String(error)));
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new UserError(messages.configNotJson(file, 'another value stands there'));
  }
  return value as RawConfig;
}
