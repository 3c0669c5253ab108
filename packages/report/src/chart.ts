/** JSON that a spec is made of; vega-lite's own types are unions too large to build against. */
export type JsonObject = { readonly [key: string]: JsonPart };
export type JsonPart = string | number | boolean | null | readonly JsonPart[] | JsonObject;

/** A chart as a complete Vega-Lite spec with its data inside. */
export interface Chart {
  /** File name without ending. */
  readonly name: string;
  readonly title: string;
  /** The part of the report that shows it. */
  readonly about:
    | { readonly kind: 'curves' }
    | { readonly kind: 'group'; readonly task: string }
    | { readonly kind: 'comparison'; readonly comparison: string }
    /** The chart stands beside perplexities, which belong to no one comparison. */
    | { readonly kind: 'perplexity' }
    | { readonly kind: 'training' }
    /** A user's own. */
    | { readonly kind: 'own' };
  readonly spec: JsonObject;
}
