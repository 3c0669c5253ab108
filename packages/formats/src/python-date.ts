/**
 * Dates as Python's str() writes them. A document keeps a date as that text: it is what lm-eval hashes, what its
 * samples files hold, and what a template prints.
 */

const SECONDS_A_DAY = 86_400n;
/** Years 1 to 9999, Python's. */
const FIRST_DAY = -719_162n;
const LAST_DAY = 2_932_896n;

/** @param days since 1970-01-01. null: outside of Python's years. */
export function pythonDate(days: bigint): string | null {
  if (days < FIRST_DAY || days > LAST_DAY) return null;
  return new Date(Number(days) * 86_400_000).toISOString().slice(0, 10);
}

/**
 * A moment without a time zone: `2024-02-29 23:59:58`, with six digits more where there are microseconds, nine
 * where there are nanoseconds.
 * @param nanos since 1970-01-01T00:00:00. null: outside of Python's years.
 */
export function pythonDatetime(nanos: bigint): string | null {
  const seconds = floorDivide(nanos, 1_000_000_000n);
  const days = floorDivide(seconds, SECONDS_A_DAY);
  const date = pythonDate(days);
  if (date === null) return null;
  const time = Number(seconds - days * SECONDS_A_DAY);
  const clock = [Math.floor(time / 3600), Math.floor(time / 60) % 60, time % 60].map((part) =>
    twoDigits(part),
  );
  const digits = String(nanos - seconds * 1_000_000_000n).padStart(9, '0');
  const fraction = digits.endsWith('000') ? digits.slice(0, 6) : digits;
  return `${date} ${clock.join(':')}${Number(fraction) === 0 ? '' : `.${fraction}`}`;
}

const ISO = /^(\d{4})-(\d\d)-(\d\d)(?:[ T](\d\d)(?::(\d\d)(?::(\d\d))?)?(?:Z|([+-])(\d\d)(?::?(\d\d))?)?)?$/;

/**
 * A text that arrow's JSON reader takes for a moment, as Python then writes it (zones are applied, and lost).
 * null: it stays a text.
 */
export function isoToPythonDatetime(text: string): string | null {
  const [, year, month, day, hour = '0', minute = '0', second = '0', sign, zoneHour = '0', zoneMinute = '0'] =
    ISO.exec(text) ?? [];
  if (year === undefined || month === undefined || day === undefined) return null;
  const legal =
    Number(hour) < 24 &&
    Number(minute) < 60 &&
    Number(second) < 60 &&
    Number(zoneHour) < 24 &&
    Number(zoneMinute) < 60;
  const milliseconds = Date.parse(`${year}-${month}-${day}T00:00:00Z`);
  // Date.parse takes the 30th of February for the 1st of March.
  if (!legal || Number.isNaN(milliseconds)) return null;
  if (new Date(milliseconds).toISOString().slice(0, 10) !== `${year}-${month}-${day}`) return null;
  const offset = (Number(zoneHour) * 60 + Number(zoneMinute)) * (sign === '-' ? -60 : 60);
  const time = Number(hour) * 3600 + Number(minute) * 60 + Number(second) - offset;
  return pythonDatetime(BigInt(milliseconds / 1000 + time) * 1_000_000_000n);
}

function floorDivide(value: bigint, by: bigint): bigint {
  const quotient = value / by;
  return value % by < 0n ? quotient - 1n : quotient;
}

function twoDigits(value: number): string {
  return String(value).padStart(2, '0');
}
