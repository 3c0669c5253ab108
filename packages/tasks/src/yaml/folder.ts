/** From which folder a task's YAML takes what it names: other files of its own, and Python. */
import { realpathSync } from 'node:fs';
import { dirname } from 'node:path';

/** Of a link it is the folder that holds the file itself, as lm-eval takes it; of any other file the one in its path. */
export function folderOf(yamlFile: string): string {
  const named = dirname(yamlFile);
  const actual = dirname(realpathSync(yamlFile));
  return realpathSync(named) === actual ? named : actual;
}
