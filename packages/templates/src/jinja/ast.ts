/** The template's tree as the evaluator walks it. */
import type { Value } from '../python/value.ts';

export type Node =
  | { readonly type: 'text'; readonly text: string }
  | { readonly type: 'output'; readonly value: Expr }
  | { readonly type: 'if'; readonly test: Expr; readonly body: Block; readonly otherwise: Block }
  | {
      readonly type: 'for';
      readonly target: Target;
      readonly iterable: Expr;
      readonly test: Expr | null;
      readonly recursive: boolean;
      readonly body: Block;
      readonly otherwise: Block;
    }
  | { readonly type: 'set'; readonly target: Target; readonly value: Expr }
  | {
      readonly type: 'setBlock';
      readonly target: Target;
      readonly filters: readonly FilterUse[];
      readonly body: Block;
    }
  | { readonly type: 'filterBlock'; readonly filters: readonly FilterUse[]; readonly body: Block }
  | { readonly type: 'with'; readonly pairs: readonly (readonly [Target, Expr])[]; readonly body: Block }
  /** {% block %} (unscoped, it sees the template's own names only), {% autoescape false %}, {% generation %}. */
  | { readonly type: 'scope'; readonly isolated: boolean; readonly body: Block }
  | ({ readonly type: 'macro'; readonly name: string } & Signature)
  | ({ readonly type: 'call'; readonly call: Extract<Expr, { type: 'call' }> } & Signature)
  | { readonly type: 'break' }
  | { readonly type: 'continue' };

export type Block = readonly Node[];

export interface Signature {
  readonly parameters: readonly Parameter[];
  readonly body: Block;
  /** The body names `caller`, `varargs`, `kwargs`: the macro takes what it has no parameter for. */
  readonly uses: ReadonlySet<string>;
}

export type Target =
  | { readonly type: 'name'; readonly name: string }
  | { readonly type: 'names'; readonly items: readonly Target[] }
  /** {% set namespace.name = … %} */
  | { readonly type: 'namespace'; readonly namespace: string; readonly name: string };

export interface Parameter {
  readonly name: string;
  readonly byDefault: Expr | null;
}
export interface Arguments {
  readonly positional: readonly Expr[];
  readonly named: readonly (readonly [string, Expr])[];
  /** f(*a, **b) */
  readonly more: Expr | null;
  readonly moreNamed: Expr | null;
}
export interface FilterUse {
  readonly name: string;
  readonly args: Arguments;
}

export type Expr =
  | { readonly type: 'constant'; readonly value: Value }
  | { readonly type: 'name'; readonly name: string }
  | { readonly type: 'list'; readonly items: readonly Expr[] }
  | { readonly type: 'tuple'; readonly items: readonly Expr[] }
  | { readonly type: 'dict'; readonly entries: readonly (readonly [Expr, Expr])[] }
  | { readonly type: 'and' | 'or'; readonly left: Expr; readonly right: Expr }
  | { readonly type: 'not'; readonly value: Expr }
  | { readonly type: 'sign'; readonly sign: '-' | '+'; readonly value: Expr }
  | { readonly type: 'binary'; readonly operator: string; readonly left: Expr; readonly right: Expr }
  | { readonly type: 'concat'; readonly items: readonly Expr[] }
  | { readonly type: 'compare'; readonly first: Expr; readonly rest: readonly (readonly [string, Expr])[] }
  | { readonly type: 'filter'; readonly value: Expr; readonly filter: FilterUse }
  | { readonly type: 'test'; readonly value: Expr; readonly name: string; readonly args: Arguments }
  | { readonly type: 'choose'; readonly test: Expr; readonly yes: Expr; readonly no: Expr | null }
  | { readonly type: 'attribute'; readonly object: Expr; readonly name: string }
  | { readonly type: 'item'; readonly object: Expr; readonly key: Expr }
  | {
      readonly type: 'slice';
      readonly object: Expr;
      readonly start: Expr | null;
      readonly stop: Expr | null;
      readonly step: Expr | null;
    }
  | { readonly type: 'call'; readonly callee: Expr; readonly args: Arguments };
