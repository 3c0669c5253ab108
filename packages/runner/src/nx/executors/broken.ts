/** Any target of a pipeline that cannot be planned: prints why, and fails. */
export function brokenExecutor(options: { readonly text: string }): Promise<{ success: boolean }> {
  process.stderr.write(`${options.text}\n`);
  return Promise.resolve({ success: false });
}
