/** The folder from which a task's YAML takes what it names: other YAML files, and Python. */
import { realpathSync } from 'node:fs';
import { dirname } from 'node:path';

/** A link stands for the file that it leads to, as in lm-eval: its folder is the one that holds that file. */
export function folderOf(yamlFile: string): string {
  const named = dirname(yamlFile);
  const actual = dirname(realpathSync.native(yamlFile));
  return realpathSync.native(named) === actual ? named : actual;
}
