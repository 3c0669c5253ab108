/** What validation let through -> the value with its defaults. */
import { readSetting, type Setting, type SettingValue } from '@evalgraph/formats';

/**
 * Keys that are none were reported, and nobody reads them.
 * @returns null where something in the setting was reported
 */
export function settled<S extends Setting>(declared: S, input: unknown): SettingValue<S> | null {
  const { value, mistakes } = readSetting(declared, input, 'snake_case');
  return mistakes.some(({ kind }) => kind !== 'key') ? null : value;
}
