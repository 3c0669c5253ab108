/** Text formatting by `%` and by str.format: the conversions that prompts use; others are errors. */
import { PyFloat } from '@evalgraph/formats';
import { repr, toStr } from '../python/repr.ts';
import {
  dictGet,
  isDict,
  isList,
  isNumber,
  PyTuple,
  PythonError,
  typeName,
  type Value,
} from '../python/value.ts';

const PERCENT = /%(?:\((\w+)\))?([-+ 0#]*)(\d*)(?:\.(\d+))?([a-zA-Z%])/g;

/** 'text %s' % value */
export function formatPercent(template: string, value: Value): string {
  const items = value instanceof PyTuple ? value.items : [value];
  let used = 0;
  const out = template.replace(
    PERCENT,
    (
      _,
      key: string | undefined,
      flags: string,
      width: string,
      precision: string | undefined,
      kind: string,
    ) => {
      if (kind === '%') return '%';
      let item: Value | undefined;
      if (key !== undefined) item = isDict(value) ? dictGet(value, key) : undefined;
      else {
        item = items[used];
        used += 1;
      }
      if (item === undefined) throw new PythonError('TypeError', 'not enough arguments for format string');
      const digits = precision === undefined ? null : Number(precision);
      return pad(
        convert(item, kind, digits, flags.includes('+')),
        Number(width),
        flags.includes('-') ? '<' : '>',
        flags.includes('0') ? '0' : ' ',
      );
    },
  );
  if (used < items.length && !isDict(value)) {
    throw new PythonError('TypeError', 'not all arguments converted during string formatting');
  }
  return out;
}

const FIELD = /\{\{|\}\}|\{([^{}!:]*)(?:!([rs]))?(?::([^{}]*))?\}/g;

/** str.format */
export function formatBraces(
  template: string,
  positional: readonly Value[],
  named: ReadonlyMap<string, Value>,
): string {
  let next = 0;
  return template.replace(FIELD, (whole, path: string | undefined, conversion?: string, spec?: string) => {
    if (whole === '{{') return '{';
    if (whole === '}}') return '}';
    const [head = '', ...rest] = (path ?? '')
      .split(/[.[\]]+/)
      .filter((part, index) => index === 0 || part !== '');
    let value: Value | undefined;
    if (head === '') {
      value = positional[next];
      next += 1;
    } else value = /^\d+$/.test(head) ? positional[Number(head)] : named.get(head);
    for (const part of rest) {
      if (value !== undefined && isDict(value)) value = dictGet(value, part);
      else value = value !== undefined && isList(value) ? value[Number(part)] : undefined;
    }
    if (value === undefined) throw new PythonError('IndexError', `no value for the field ${whole}`);
    if (conversion !== undefined)
      return formatSpec(conversion === 'r' ? repr(value) : toStr(value), spec ?? '');
    return formatSpec(value, spec ?? '');
  });
}

const SPEC = /^(?:(.)?([<>^]))?([-+ ])?(0)?(\d*)(,)?(?:\.(\d+))?([a-zA-Z%])?$/u;

/** format(value, spec) */
export function formatSpec(value: Value, spec: string): string {
  if (spec === '') return toStr(value);
  const found = SPEC.exec(spec);
  if (found === null) throw new PythonError('ValueError', `Invalid format specifier '${spec}'`);
  const [, fill, align, plus, zero, width, comma, precision, kind] = found;
  const digits = precision === undefined ? null : Number(precision);
  const numeric = isNumber(value);
  let text: string;
  if (kind === '%' && numeric)
    text = `${asNumber(value) * 100 === 0 ? (0).toFixed(digits ?? 6) : (asNumber(value) * 100).toFixed(digits ?? 6)}%`;
  else if (kind !== undefined) text = convert(value, kind, digits, plus === '+');
  else if (digits !== null && numeric) text = convert(value, 'g', digits, plus === '+');
  else text = digits === null ? toStr(value) : [...toStr(value)].slice(0, digits).join('');
  if (comma !== undefined)
    text = text.replace(
      /^(-?)(\d+)/,
      (_, minus: string, whole: string) => minus + whole.replace(/\B(?=(\d{3})+$)/g, ','),
    );
  return pad(text, Number(width), align ?? (numeric ? '>' : '<'), fill ?? (zero === undefined ? ' ' : '0'));
}

function convert(value: Value, kind: string, digits: number | null, plus: boolean): string {
  if (kind === 's') return cut(toStr(value), digits);
  if (kind === 'r') return cut(repr(value), digits);
  if (!isNumber(value))
    throw new PythonError('TypeError', `%${kind} format: a number is required, not ${typeName(value)}`);
  const number = asNumber(value);
  const mark = plus && number >= 0 ? '+' : '';
  if (kind === 'd' || kind === 'i')
    return (
      mark +
      toStr(value instanceof PyFloat ? Math.trunc(number) : typeof value === 'boolean' ? number : value)
    );
  if (digits !== null && digits > 100 && 'fFeg'.includes(kind))
    throw new PythonError('ValueError', `%.${digits}${kind}: more than 100 digits are not supported`);
  if (kind === 'f' || kind === 'F') return mark + number.toFixed(digits ?? 6);
  if (kind === 'e') return mark + number.toExponential(digits ?? 6).replace(/e([-+])(\d)$/, 'e$10$2');
  if (kind === 'g') {
    const rounded = number.toPrecision(Math.max(1, digits ?? 6));
    return (
      mark +
      (rounded.includes('e')
        ? rounded.replace(/\.?0*e([-+])(\d)$/, 'e$10$2')
        : rounded.includes('.')
          ? rounded.replace(/\.?0+$/, '')
          : rounded)
    );
  }
  if (kind === 'x' || kind === 'o' || kind === 'b')
    return mark + number.toString({ x: 16, o: 8, b: 2 }[kind]);
  throw new PythonError('ValueError', `the format character '${kind}' is not supported`);
}

function asNumber(value: number | bigint | boolean | PyFloat): number {
  return value instanceof PyFloat ? value.value : Number(value);
}

function cut(text: string, digits: number | null): string {
  return digits === null ? text : [...text].slice(0, digits).join('');
}

function pad(text: string, width: number, align: string, fill: string): string {
  const missing = width - [...text].length;
  if (missing <= 0) return text;
  if (align === '<') return text + (fill === '0' ? ' ' : fill).repeat(missing);
  if (align === '^') return fill.repeat(Math.floor(missing / 2)) + text + fill.repeat(Math.ceil(missing / 2));
  if (fill === '0' && /^[-+]/.test(text)) return `${text[0]}${'0'.repeat(missing)}${text.slice(1)}`;
  return fill.repeat(missing) + text;
}
