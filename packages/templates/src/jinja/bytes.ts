/** bytes, which str.encode() gives. */
import { weighItems } from '../python/meter.ts';
import { isIntLike, PyObject, PythonError, type Value } from '../python/value.ts';
import { Callable, given } from './runtime.ts';

/** What Python's bytes have beside decode() and hex(). */
const OTHER_BYTES_METHODS: ReadonlySet<string> = new Set(
  'capitalize center count endswith expandtabs find fromhex index isalnum isalpha isascii isdigit islower isspace istitle isupper join ljust lower lstrip maketrans partition removeprefix removesuffix replace rfind rindex rjust rpartition rsplit rstrip split splitlines startswith strip swapcase title translate upper zfill'.split(
    ' ',
  ),
);

export class PyBytes extends PyObject {
  readonly typeName = 'bytes';
  readonly bytes: Uint8Array;
  constructor(bytes: Uint8Array) {
    super();
    this.bytes = bytes;
  }
  override repr(): string {
    const quote = this.bytes.includes(39) && !this.bytes.includes(34) ? '"' : "'";
    const named: Readonly<Record<number, string>> = { 9: '\\t', 10: '\\n', 13: '\\r', 92: '\\\\' };
    let out = `b${quote}`;
    for (const byte of this.bytes) {
      const char = String.fromCharCode(byte);
      if (named[byte] !== undefined) out += named[byte];
      else if (char === quote) out += `\\${char}`;
      else out += byte < 32 || byte > 126 ? `\\x${byte.toString(16).padStart(2, '0')}` : char;
    }
    return out + quote;
  }
  override truthy(): boolean {
    return this.bytes.length > 0;
  }
  override equals(other: Value): boolean {
    return other instanceof PyBytes && Buffer.compare(this.bytes, other.bytes) === 0;
  }
  override iterate(): Iterable<Value> {
    weighItems(this.bytes.length);
    return [...this.bytes];
  }
  override size(): number {
    return this.bytes.length;
  }
  override isSubscriptable(): boolean {
    return true;
  }
  override item(key: Value): Value | undefined {
    return isIntLike(key) ? this.bytes.at(Number(key)) : undefined;
  }
  override attribute(name: string): Value | undefined {
    if (name === 'hex') return new Callable(name, () => Buffer.from(this.bytes).toString('hex'));
    if (OTHER_BYTES_METHODS.has(name)) throw new PythonError('TypeError', `bytes.${name}() is not supported`);
    if (name !== 'decode') return undefined;
    return new Callable(name, (args) => decodeBytes(this.bytes, given(args, 0, 'encoding') ?? 'utf-8'));
  }
}

function decodeBytes(bytes: Uint8Array, encoding: Value): string {
  const label = String(encoding).toLowerCase().replaceAll('_', '-');
  if (label === 'latin-1' || label === 'iso-8859-1') return Buffer.from(bytes).toString('latin1');
  if (label !== 'utf-8' && label !== 'utf8' && label !== 'ascii') {
    throw new PythonError('LookupError', `the encoding ${label} is not supported`);
  }
  try {
    if (label === 'ascii' && bytes.some((byte) => byte > 127)) throw new TypeError('not ASCII');
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new PythonError('UnicodeDecodeError', `bytes that are no ${label}`);
  }
}
