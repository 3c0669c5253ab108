/**
 * The template's tree as the evaluator walks it: a closed union, made from the parser library's classes in
 * parse.ts, so that a node the evaluator does not know cannot reach it.
 */
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
      readonly body: Block;
      readonly otherwise: Block;
    }
  | { readonly type: 'set'; readonly target: Target | Attribute; readonly value: Expr }
  | { readonly type: 'setBlock'; readonly target: Target; readonly body: Block }
  | { readonly type: 'filterBlock'; readonly filter: FilterUse; readonly body: Block }
  | {
      readonly type: 'macro';
      readonly name: string;
      readonly parameters: readonly Parameter[];
      readonly body: Block;
    }
  | { readonly type: 'break' }
  | { readonly type: 'continue' };

export type Block = readonly Node[];
export type Target =
  | { readonly type: 'name'; readonly name: string }
  | { readonly type: 'names'; readonly items: readonly Target[] };
export interface Attribute {
  readonly type: 'attribute';
  readonly object: Expr;
  readonly name: string;
}
export interface Parameter {
  readonly name: string;
  readonly byDefault: Expr | null;
}
export interface Arguments {
  readonly positional: readonly Expr[];
  readonly named: readonly (readonly [string, Expr])[];
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
  | { readonly type: 'not' | 'group'; readonly value: Expr }
  | { readonly type: 'sign'; readonly sign: '-' | '+'; readonly value: Expr }
  | { readonly type: 'binary'; readonly operator: string; readonly left: Expr; readonly right: Expr }
  | { readonly type: 'compare'; readonly first: Expr; readonly rest: readonly (readonly [string, Expr])[] }
  | { readonly type: 'filter'; readonly value: Expr; readonly filter: FilterUse }
  | {
      readonly type: 'test';
      readonly value: Expr;
      readonly name: string;
      readonly args: Arguments;
      readonly negate: boolean;
    }
  | { readonly type: 'choose'; readonly test: Expr; readonly yes: Expr; readonly no: Expr | null }
  | Attribute
  | { readonly type: 'item'; readonly object: Expr; readonly key: Expr }
  | {
      readonly type: 'slice';
      readonly object: Expr;
      readonly start: Expr | null;
      readonly stop: Expr | null;
      readonly step: Expr | null;
    }
  | { readonly type: 'call'; readonly callee: Expr; readonly args: Arguments };
