import { join } from 'node:path';
import { isMissing, readRegular, readRegularSync, UserError } from '@evalgraph/formats';
import type { RawConfig } from './config-fields.ts';
import { messages } from './messages.ts';

/** Real ones have a few kB; label maps of classifiers reach some 100 kB. */
const MAX_CONFIG_BYTES = 10_000_000;

/** Reads `<folder>/config.json`. @throws UserError missing-config, invalid-config, and those of readRegular */
export async function readConfig(folder: string): Promise<RawConfig> {
  const file = join(folder, 'config.json');
  try {
    return parseConfig(file, await readRegular(file, MAX_CONFIG_BYTES));
  } catch (error) {
    throw isMissing(error) ? new UserError(messages.missingConfig(folder)) : error;
  }
}

/** The same, without waiting. */
export function readConfigSync(folder: string): RawConfig {
  const file = join(folder, 'config.json');
  try {
    return parseConfig(file, readRegularSync(file, MAX_CONFIG_BYTES));
  } catch (error) {
    throw isMissing(error) ? new UserError(messages.missingConfig(folder)) : error;
  }
}

function parseConfig(file: string, bytes: Buffer): RawConfig {
  let value: unknown;
  try {
    value = JSON.parse(bytes.toString('utf8'));
  } catch (error) {
    throw new UserError(
      messages.invalidConfig.notJson(file, error instanceof Error ? error.message : String(error)),
    );
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new UserError(messages.invalidConfig.notJson(file, 'another value stands there'));
  }
  return value as RawConfig;
}
