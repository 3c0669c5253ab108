/** Names of Nx projects: `demo/demo@iter_0000100/demo_arc`, `demo/comparisons/wanda-50`. */
export function cellProjectName(pipeline: string, cell: string): string {
  return `${pipeline}/${cell}`;
}

export function comparisonProjectName(pipeline: string, comparison: string): string {
  return `${pipeline}/comparisons/${comparison}`;
}
