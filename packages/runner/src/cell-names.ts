/** Names of Nx projects: `demo/demo@iter_0000100/demo_arc`, `demo/comparisons/wanda-50`, `story/base`, `story/packs/web`. */
export function cellProjectName(pipeline: string, cell: string): string {
  return `${pipeline}/${cell}`;
}

export function comparisonProjectName(pipeline: string, comparison: string): string {
  return `${pipeline}/comparisons/${comparison}`;
}

/** A model's stages share a project; its targets are `init` and `train`, or `prune`. */
export function stageProjectName(
  pipeline: string,
  { kind, name }: { readonly kind: 'corpus' | 'pack' | 'init' | 'train' | 'prune'; readonly name: string },
): string {
  if (kind === 'corpus') return `${pipeline}/corpora/${name}`;
  return kind === 'pack' ? `${pipeline}/packs/${name}` : `${pipeline}/${name}`;
}
