/** range(): its items are computed when they are asked for. */
import { spend } from '../python/spending.ts';
import { equals, isIntLike, PyObject, PythonError, type Value } from '../python/value.ts';
import { Callable, checkArguments, required } from './runtime.ts';

export class PyRange extends PyObject {
  readonly typeName = 'range';
  readonly start: number;
  readonly stop: number;
  readonly step: number;
  readonly length: number;
  constructor(start: number, stop: number, step: number) {
    super();
    this.start = start;
    this.stop = stop;
    this.step = step;
    this.length = Math.max(0, Math.ceil((stop - start) / step));
  }
  override repr(): string {
    return this.step === 1
      ? `range(${this.start}, ${this.stop})`
      : `range(${this.start}, ${this.stop}, ${this.step})`;
  }
  override truthy(): boolean {
    return this.length > 0;
  }
  override equals(other: Value): boolean {
    if (!(other instanceof PyRange) || other.length !== this.length) return false;
    return (
      this.length === 0 || (this.start === other.start && (this.length === 1 || this.step === other.step))
    );
  }
  override *iterate(): Iterable<Value> {
    for (let index = 0; index < this.length; index += 1) {
      spend(0.25);
      yield this.start + index * this.step;
    }
  }
  override size(): number {
    return this.length;
  }
  override isSubscriptable(): boolean {
    return true;
  }
  override item(key: Value): Value | undefined {
    if (!isIntLike(key)) return undefined;
    const index = Number(key) < 0 ? Number(key) + this.length : Number(key);
    return index >= 0 && index < this.length ? this.start + index * this.step : undefined;
  }
  override attribute(name: string): Value | undefined {
    switch (name) {
      case 'start':
      case 'stop':
      case 'step':
        return this[name];
      case 'index':
      case 'count':
        return new Callable(name, (args) => {
          checkArguments(name, args, ['value']);
          const wanted = required(args, 0, 'value');
          const found = [...this.iterate()].findIndex((item) => equals(item, wanted));
          if (name === 'count') return found === -1 ? 0 : 1;
          if (found === -1) throw new PythonError('ValueError', 'the value is not in range');
          return found;
        });
      default:
        return undefined;
    }
  }
}
