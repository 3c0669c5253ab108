/** Macros: what they tell of themselves, and how the arguments of a call become names in their body. */
import { type DictKey, PyTuple, PythonError, type Value } from '../python/value.ts';
import type { Expr, Parameter, Signature } from './ast.ts';
import { type CallArguments, Callable, type Rt, Undefined } from './runtime.ts';
import type { Scope } from './scope.ts';

export class Macro extends Callable {
  override readonly typeName: string = 'Macro';
  readonly #about: ReadonlyMap<string, Rt>;
  constructor(name: string, about: ReadonlyMap<string, Rt>, call: (args: CallArguments) => Rt) {
    super(name, call);
    this.#about = about;
  }
  override attribute(name: string): Value | undefined {
    return this.#about.get(name);
  }
}

/** Sets the parameters, and `caller`, `kwargs` and `varargs` where the body uses them, in the scope of the body. */
export function bindArguments(
  name: string,
  { parameters, uses }: Signature,
  takesCaller: boolean,
  args: CallArguments,
  inner: Scope,
  evaluated: (expr: Expr, scope: Scope) => Rt,
): void {
  const named = new Map(args.named);
  const missing: Parameter[] = [];
  for (const [index, parameter] of parameters.entries()) {
    const isPlaced = index < args.positional.length;
    const passed = isPlaced ? args.positional[index] : named.get(parameter.name);
    if (isPlaced && named.has(parameter.name)) {
      throw new PythonError('TypeError', `macro ${name} got two values for ${parameter.name}`);
    }
    named.delete(parameter.name);
    // A default sees every parameter in place of names outside, itself and later ones that are missing as undefined.
    inner.names.set(parameter.name, passed === undefined ? new Undefined(`'${parameter.name}'`) : passed);
    if (passed === undefined) missing.push(parameter);
  }
  for (const { name: parameter, byDefault } of missing) {
    inner.names.set(
      parameter,
      byDefault === null
        ? new Undefined(`parameter '${parameter}' was not provided; it`)
        : evaluated(byDefault, inner),
    );
  }
  const caller = named.get('caller');
  if (uses.has('caller') && !parameters.some((one) => one.name === 'caller')) {
    named.delete('caller');
    inner.names.set('caller', caller ?? new Undefined('No caller defined: it'));
  }
  if (caller !== undefined && !takesCaller && !uses.has('kwargs')) {
    throw new PythonError(
      'TypeError',
      `macro '${name}' was invoked with two values for the special caller argument or takes none`,
    );
  }
  const rest = args.positional.slice(parameters.length);
  if (uses.has('kwargs')) inner.names.set('kwargs', new Map<DictKey, Value>(named));
  else if (named.size > 0) {
    throw new PythonError('TypeError', `macro '${name}' takes no keyword argument '${[...named.keys()][0]}'`);
  }
  if (uses.has('varargs')) inner.names.set('varargs', new PyTuple(rest));
  else if (rest.length > 0) {
    throw new PythonError(
      'TypeError',
      `macro '${name}' takes not more than ${parameters.length} argument(s)`,
    );
  }
}
