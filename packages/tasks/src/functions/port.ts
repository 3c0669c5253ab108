/**
 * What a ported Python function is: a role, a version, and the code. The version goes into every key that the
 * function touches: raise it whenever the output can change.
 */
import type { Dict, Value } from '@evalgraph/templates';
import type { TextRequest } from '../requests.ts';

export interface TaskClass {
  readonly version: number;
  readonly trainingSplit: string;
  readonly validationSplit: string;
  readonly text: (doc: Dict) => Value;
  readonly target: (doc: Dict) => Value;
  readonly requests: (doc: Dict, context: string) => readonly TextRequest[];
  /** generation_kwargs as a samples file has them (Python's JSON). */
  readonly generationJson: string;
  readonly processResults: (doc: Dict, results: readonly Value[]) => ReadonlyMap<string, Value>;
  /** The number over all documents; null where the metric is about documents that are not there. */
  readonly aggregate: (metric: string, items: readonly Value[]) => number | null;
  /** What one document counts for in each metric that is a mean over documents; null: not about this document. */
  readonly documentScores: (results: ReadonlyMap<string, Value>) => Readonly<Record<string, number | null>>;
  readonly higherIsBetter: Readonly<Record<string, boolean>>;
}

export type PortCode =
  | { readonly role: 'process_docs'; readonly run: (rows: readonly Dict[]) => readonly Dict[] }
  | { readonly role: 'field'; readonly run: (doc: Dict) => Value }
  | { readonly role: 'samples'; readonly run: () => readonly Dict[] }
  | {
      readonly role: 'process_results';
      /** `results`: a log-likelihood is a tuple (nats, is greedy), a rolling one a float, a generation a text. */
      readonly run: (doc: Dict, results: readonly Value[]) => ReadonlyMap<string, Value>;
    }
  | { readonly role: 'class'; readonly task: TaskClass };

export type PortRole = PortCode['role'];

export type Port = PortCode & {
  /** "family/module.function": it stands in keys. */
  readonly name: string;
  readonly version: number;
};
