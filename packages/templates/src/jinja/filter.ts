/** How a filter is declared: its parameters as Python names them, so that wrong arguments fail as they do there. */
import { PythonError } from '../python/value.ts';
import { type CallArguments, checkArguments, Markup, type Rt } from './runtime.ts';

export type Filter = (value: Rt, args: CallArguments) => Rt;

/** @param required so many of the parameters must be given; the others are undefined where they are not */
export function define(
  names: readonly string[],
  required: number,
  run: (value: Rt, args: readonly (Rt | undefined)[]) => Rt,
): Filter {
  return (value, args) => {
    checkArguments('the filter', args, names);
    const bound = names.map((name, index) => {
      const found = args.positional.length > index ? args.positional[index] : args.named.get(name);
      return found instanceof Markup ? found.text : found;
    });
    const missing = bound.slice(0, required).indexOf(undefined);
    if (missing !== -1) {
      throw new PythonError('TypeError', `the filter misses its argument '${names[missing]}'`);
    }
    return run(value, bound);
  };
}
