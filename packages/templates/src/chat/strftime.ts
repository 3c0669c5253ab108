/** Python's strftime in the C locale, local time, for the codes that chat templates use. */
import { spend } from '../python/spending.ts';
import { PythonError } from '../python/value.ts';

const DAYS = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'];
const MONTHS = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
];

const two = (value: number): string => String(value).padStart(2, '0');

const CODES: Readonly<Record<string, (date: Date) => string>> = {
  a: (date) => (DAYS[date.getDay()] ?? '').slice(0, 3),
  A: (date) => DAYS[date.getDay()] ?? '',
  b: (date) => (MONTHS[date.getMonth()] ?? '').slice(0, 3),
  B: (date) => MONTHS[date.getMonth()] ?? '',
  d: (date) => two(date.getDate()),
  e: (date) => String(date.getDate()).padStart(2, ' '),
  H: (date) => two(date.getHours()),
  I: (date) => two(date.getHours() % 12 || 12),
  m: (date) => two(date.getMonth() + 1),
  M: (date) => two(date.getMinutes()),
  p: (date) => (date.getHours() < 12 ? 'AM' : 'PM'),
  S: (date) => two(date.getSeconds()),
  y: (date) => two(date.getFullYear() % 100),
  Y: (date) => String(date.getFullYear()),
  '%': () => '%',
};

/** "-" after the percent sign drops the leading zero, as glibc does. @throws PythonError for another code. */
export function strftime(date: Date, format: string): string {
  // One step a character: the places of all codes are found before the first is written.
  spend(format.length);
  return format.replace(/%(-?)([\s\S]|$)/g, (_, bare: string, code: string) => {
    const text = Object.hasOwn(CODES, code) ? CODES[code] : undefined;
    if (text === undefined) throw new PythonError('ValueError', `strftime code %${code} is not supported`);
    return bare === '' ? text(date) : text(date).replace(/^[0 ](?=.)/, '');
  });
}
