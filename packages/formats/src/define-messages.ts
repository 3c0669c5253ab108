/**
 * The problems that a folder can report, each a function under one name. The name gives the code: `badSeqlen` has
 * `bad-seqlen`, so a name and its code cannot differ. Where several sentences are said of one mistake, the name holds a
 * function for each, and all have its code. Texts that are no problem (lines of a log, parts of sentences) stand
 * beside, in an object of their own.
 */
import type { Problem } from './errors.ts';

/** A problem without its code. */
export type Text = {
  readonly [K in Exclude<keyof Problem, 'code'>]?: Problem[K] | undefined;
} & Pick<Problem, 'message'>;

type Say = (...values: never[]) => Text;
type Texts = Readonly<Record<string, Say | Readonly<Record<string, Say>>>>;

/** Never where a text has a key that no problem has, so that a slip in a key is an error of the compiler. */
type Told<S> = S extends (...values: infer V) => infer T
  ? [T extends unknown ? Exclude<keyof T, keyof Text> : never] extends [never]
    ? (...values: V) => Problem
    : never
  : never;

export type Messages<T> = {
  readonly [K in keyof T]: { readonly code: string } & (T[K] extends Say
    ? Told<T[K]>
    : { readonly [V in keyof T[K]]: Told<T[K][V]> });
};

/**
 * Adds the codes to the texts. `messages.name.code` is the code of a name, for those who look for a problem.
 * @param scope goes before every code: with 'hub', `gated` has the code `hub-gated`
 */
export function defineMessages<const T extends Texts>(texts: T, scope = ''): Messages<T> {
  const entries = Object.entries(texts).map(([name, said]) => {
    const code = `${scope === '' ? '' : `${scope}-`}${kebabCase(name)}`;
    const told =
      typeof said === 'function'
        ? tell(code, said)
        : Object.fromEntries(Object.entries(said).map(([variant, say]) => [variant, tell(code, say)]));
    return [name, Object.defineProperty(told, 'code', { value: code })];
  });
  return Object.fromEntries(entries) as Messages<T>;
}

/** Copies properties as they were declared: a remedy that is costly to find is a getter, and may never be asked for. */
function tell(code: string, say: Say): (...values: never[]) => Problem {
  return (...values) => {
    const properties = Object.getOwnPropertyDescriptors(say(...values));
    const given = Object.entries(properties).filter(([, { value, get }]) => (get ?? value) !== undefined);
    return Object.defineProperties({ code } as Problem, Object.fromEntries(given));
  };
}

function kebabCase(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}
