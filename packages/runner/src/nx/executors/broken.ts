/** Any target of a pipeline that cannot be planned: prints why, and fails. */
import { writeError } from '../../standard-output.ts';
export function brokenExecutor(options: { readonly text: string }): Promise<{ success: boolean }> {
  writeError(`${options.text}\n`);
  return Promise.resolve({ success: false });
}
