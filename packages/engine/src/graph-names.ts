/** Names of inputs and outputs that the session feeds and fetches. */
export const GRAPH_NAMES = {
  tokens: 'tokens',
  positions: 'positions',
  cos: 'cos',
  sin: 'sin',
  bias: 'bias',
  lastKeys: 'last_keys',
  totalKeys: 'total_keys',
  rows: 'rows',
  targets: 'targets',
  logProbs: 'log_probs',
  greedy: 'greedy',
  greedyLogProbs: 'greedy_log_probs',
  logProbRows: 'log_prob_rows',
  logits: 'logits',
  pastKey: (layer: number): string => `past_key.${layer}`,
  pastValue: (layer: number): string => `past_value.${layer}`,
  newKey: (layer: number): string => `new_key.${layer}`,
  newValue: (layer: number): string => `new_value.${layer}`,
} as const;

/** Names of constants: shapes that nodes reshape to. */
export const HEADS_SHAPE = 'shape.heads';
export const FLAT_SHAPE = 'shape.flat';
export const COLUMN_SHAPE = 'shape.column';
